"""Empty templates in which people suggest practices, with the permitted values beside each column."""

import csv
import io
from collections.abc import Callable

from assets.contributions.suggestion_files import COMMENT, columns
from warehouse.catalogue import codebook, practice_fields


def csv_template() -> str:
    """Return a CSV file with the names of the columns, and a row of comments on what each takes."""
    written = io.StringIO(newline="")
    told = [hint(name) for name in columns()]
    csv.writer(written, lineterminator="\r\n").writerows([columns(), [f"{COMMENT} {told[0]}", *told[1:]]])
    # Excel takes a file without the mark for one in Windows-1252.
    return "\ufeff" + written.getvalue()


def yaml_template() -> str:
    """Return a YAML file with one empty practice, and comments on what each column takes."""
    lines = ["# One item for each practice. Leave out what you do not know.", "practices:"]
    for number, name in enumerate(columns()):
        lines += [f"    # {hint(name)}", f"{'  - ' if number == 0 else '    '}{name}:"]
    return "\n".join(lines) + "\n"


def hint(name: str) -> str:
    """Return what a column takes: whether it is required, its text, and its permitted values."""
    if field := practice_fields().get(name):
        sectors = f" Sectors: {', '.join(codebook()['sector'].permitted)}." if field.kind == "partners" else ""
        return f"{'Required. ' if field.is_required else ''}{field.hint_en}{sectors}"
    axis = codebook()[name]
    required = "Required. " if name == "confidence" else ""
    return f"{required}{axis.question} {', '.join(axis.permitted)}."


TEMPLATES: dict[str, Callable[[], str]] = {"csv": csv_template, "yaml": yaml_template}

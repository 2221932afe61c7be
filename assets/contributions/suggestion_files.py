"""Reads a file of suggested practices, a spreadsheet or YAML, into rows of text and the problems of its form."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import zip_longest
from pathlib import Path
from typing import Any

import yaml

from assets.contributions.problems import Problem, shown
from assets.ingest.tabular import Grid, decode_mixed, is_workbook, read_workbook, records, tidy, utf8_of_mixed
from assets.sources.practices.record_files import read_records
from warehouse.catalogue import codebook, practice_fields
from warehouse.errors import BadRecord, RefusedFile
from warehouse.yaml_loader import TEXT_LOADER

YAML_SUFFIXES = (".yaml", ".yml")
DELIMITERS = ",;\t"
# The first line with which Excel names the delimiter of a CSV file.
NAMED_DELIMITER = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
COMMENT = "#"
# The list, a practice, its partners and a partner.
MOST_NESTED = 10
AS_TEMPLATE = "Use the columns of `cpower practices template`."


@dataclass(frozen=True)
class Suggestion:
    """A row of a file: its place, and the text of its columns without surrounding space; empty columns are left out.

    `partners` are (name, sector).
    """

    place: str
    values: Mapping[str, str]
    partners: tuple[tuple[str, str], ...] = ()


def columns() -> tuple[str, ...]:
    """Return the columns of a suggestion, in order: those that describe the practice, then those that code it."""
    return (*practice_fields(), *(axis.id for axis in codebook().values() if axis.is_read))


def read_suggestions(name: str, content: bytes) -> tuple[list[Suggestion], list[Problem]]:
    """Return the rows of a file and the problems of its form, which make it invalid as a whole.

    A file called `.yaml` or `.yml` is YAML with a list `practices`. Any other is CSV, with commas, semicolons or tabs,
    in UTF-8 or Windows-1252, or a workbook. Rows that start with `#` are comments.
    """
    try:
        if Path(name).suffix.lower() in YAML_SUFFIXES:
            return _yaml(content)
        return _table(read_grid(content))
    except RefusedFile as error:
        fix = "Save the file as CSV (UTF-8) or as a workbook, and check it again."
        return [], [Problem("file", "", error.expected, error.got, fix)]
    except BadRecord as error:
        return [], [Problem(f"line {error.line}", "", "readable YAML", error.reason, "Correct this line.")]


def read_grid(content: bytes) -> Grid:
    """Return the rows of a CSV file, or of the first sheet of a workbook that has a column of the template.

    Raises `RefusedFile` for a file that is neither, or that cannot be read.
    """
    if is_workbook(content):
        sheets = list(read_workbook("practices", content).values())
        return next((sheet for sheet in sheets if sheet.rows and _heads(sheet.rows[0])), sheets[0])
    text, _ = decode_mixed("practices", content)
    named = NAMED_DELIMITER.match(text)
    if named:
        text = text[named.end() :]
    first = text.lstrip().partition("\n")[0]
    delimiter = named[1] if named else max(DELIMITERS, key=first.count)
    return records("practices", text, delimiter)


def _heads(row: Sequence[str]) -> bool:
    return bool({tidy(cell) for cell in row} & set(columns()))


def _table(grid: Grid) -> tuple[list[Suggestion], list[Problem]]:
    rows = [(f"row {number}", row) for number, row in grid.numbered_rows() if not is_comment(row)]
    if not rows:
        return [], [Problem("file", "", "a row of column names", "only comments", AS_TEMPLATE)]
    (place, first), *below = rows
    headings = [tidy(cell) for cell in first]
    suggestions: list[Suggestion] = []
    if problems := list(_wrong_headings(place, headings)):
        return [], problems
    for place, row in below:
        beyond = [cell for heading, cell in zip_longest(headings, row, fillvalue="") if cell.strip() and not heading]
        if beyond:
            fix = "Put text that has the delimiter between quotation marks, or give the column a name of the template."
            problems.append(Problem(place, "", "text under column names only", shown(beyond[0]), fix))
        values = {name: cell.strip() for name, cell in zip(headings, row, strict=False) if cell.strip()}
        if values:
            partners, wrong = _partners(place, values.pop("partners", ""))
            problems += wrong
            suggestions.append(Suggestion(place, values, partners))
    return suggestions, problems


def is_comment(row: Sequence[str]) -> bool:
    """Return whether a row is blank or starts with `#`."""
    return next((cell.strip() for cell in row if cell.strip()), COMMENT).startswith(COMMENT)


def _wrong_headings(place: str, headings: Sequence[str]) -> Iterator[Problem]:
    for name in dict.fromkeys(filter(None, headings)):
        if name not in columns():
            yield _unknown(place, name)
        elif headings.count(name) > 1:
            yield Problem(place, name, "each column once", f"{headings.count(name)} columns", "Remove all but one.")
    for name, field in practice_fields().items():
        if field.is_required and name not in headings:
            yield Problem(place, name, "this column", "none", AS_TEMPLATE)


def _unknown(place: str, name: str) -> Problem:
    near = get_close_matches(name, columns(), n=1)
    fix = f"Did you mean {near[0]}?" if near else AS_TEMPLATE
    return Problem(place, name, "a column of the template", f"an unknown one, {shown(name)}", fix)


def _yaml(content: bytes) -> tuple[list[Suggestion], list[Problem]]:
    text, _ = utf8_of_mixed("practices", content)
    _require_shallow(text)
    item, lines = read_records(text, TEXT_LOADER, "practices")
    if not isinstance(item, dict) or set(item) != {"practices"} or not isinstance(item["practices"], list):
        got = ", ".join(map(str, item)) if isinstance(item, dict) else "no keys"
        return [], [Problem("line 1", "", "one key, practices, with a list of practices", shown(got), AS_TEMPLATE)]
    suggestions: list[Suggestion] = []
    problems: list[Problem] = []
    for record, line in zip(item["practices"], lines, strict=True):
        suggestion, wrong = _record(f"line {line}", record)
        problems += wrong
        suggestions += [suggestion] if suggestion else []
    return suggestions, problems


def _require_shallow(content: bytes) -> None:
    """Raise `BadRecord` for lists in lists without end, on which the loader of YAML would crash."""
    depth = 0
    # What is not YAML is explained by the reader of records.
    with suppress(yaml.YAMLError, ValueError):
        for event in yaml.parse(content, Loader=TEXT_LOADER):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MOST_NESTED:
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise BadRecord("practices", line, "lists in lists, more than a practice has")


def _record(place: str, record: Any) -> tuple[Suggestion | None, list[Problem]]:
    if not isinstance(record, dict):
        return None, [Problem(place, "", "a practice with its columns", shown(str(record)), AS_TEMPLATE)]
    problems = [_unknown(place, str(name)) for name in record if name not in columns()]
    given = {name: value for name, value in record.items() if value and name in columns()}
    listed = given.pop("partners", "")
    for name, value in given.items():
        if not isinstance(value, str):
            problems.append(Problem(place, name, "text", shown(str(value)), "Put the text between quotation marks."))
    partners, wrong = _partners(place, listed) if isinstance(listed, str) else _listed_partners(place, listed)
    values = {name: value.strip() for name, value in given.items() if isinstance(value, str) and value.strip()}
    return (Suggestion(place, values, partners) if values or partners else None), [*problems, *wrong]


def _partners(place: str, text: str) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    """Return the partners of `name: sector; name: sector`."""
    pairs = [part.rpartition(":") for part in text.split(";") if part.strip()]
    without = [sector for name, _, sector in pairs if not name.strip()]
    if without:
        fix = "Write the name, a colon and the sector; separate partners by semicolons."
        return (), [Problem(place, "partners", "name: sector", shown(without[0]), fix)]
    return tuple((name.strip(), sector.strip()) for name, _, sector in pairs), []


def _listed_partners(place: str, listed: Any) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
    """Return the partners of a list of `{name, sector}`."""
    fix = "Write each partner as {name: NAME, sector: SECTOR}."
    pairs = []
    for item in listed if isinstance(listed, list) else [listed]:
        is_pair = isinstance(item, dict) and set(item) == {"name", "sector"}
        if not is_pair or not all(isinstance(value, str) and value.strip() for value in item.values()):
            return (), [Problem(place, "partners", "a name and a sector", shown(str(item)), fix)]
        pairs.append((item["name"].strip(), item["sector"].strip()))
    return tuple(pairs), []

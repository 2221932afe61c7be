"""Output of the commands: tables and JSON to standard output, progress and errors to standard error, exit codes."""

import json
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from warehouse.errors import CommunityPowerError

F = TypeVar("F", bound=Callable[..., None])
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
# A table in a file or a pipe keeps its full width, so that nothing is cut off unnoticed.
FULL_WIDTH = 10_000
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FULL_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def explained(command: F) -> F:
    """Wrap a command so that a `CommunityPowerError` ends in its message and exit code, not in a traceback."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CommunityPowerError as error:
            err.print(f"[bold red]cpower:[/] {escape(str(error))}")
            sys.exit(error.exit_code)

    return wrapper  # type: ignore[return-value]


def watched(as_json: bool) -> Console | None:
    """Return the console that shows progress, or None if standard error is not a terminal or the output is JSON."""
    return err if err.is_terminal and not as_json else None


def print_json(answer: Any) -> None:
    """Print an answer as JSON; values without a JSON type, such as dates, as text."""
    click.echo(json.dumps(answer, default=str, ensure_ascii=False, indent=2))


def print_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print rows under headings; None is an empty cell."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        table.add_column(escape(heading))
    for row in rows:
        table.add_row(*("" if cell is None else escape(str(cell)) for cell in row))
    out.print(table)

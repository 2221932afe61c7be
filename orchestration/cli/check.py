"""The command `cpower check`: whether the parts of the project agree."""

import sys

import click
from rich.markup import escape

from orchestration.cli.terminal import JSON, err, explained, out, print_json


@click.command()
@JSON
@explained
def check(as_json: bool) -> None:
    """Check that catalogue, queries, messages, sources and tests agree.

    Takes seconds and builds nothing. Prints all gaps, each with its file and what to do; the exit code is 1 if there
    are any. For people who change the project.
    """
    from assets.consistency import gaps

    found = gaps()
    if as_json:
        print_json([{"file": gap.place, "problem": gap.problem, "fix": gap.fix} for gap in found])
    for gap in found if not as_json else []:
        out.print(f"[bold]{escape(gap.place)}[/]: {escape(gap.problem)}\n  {escape(gap.fix)}")
    err.print(f"{len(found)} {'gap' if len(found) == 1 else 'gaps'}" if found else "no gaps: all parts agree")
    sys.exit(bool(found))


COMMANDS = (check,)

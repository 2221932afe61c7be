"""Commands on practice records: a template, the check and addition of suggestions, readings, and their addresses."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape

from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table, watched
from warehouse.storage.home import Home

if TYPE_CHECKING:
    from assets.contributions.adding import Addition
    from assets.contributions.problems import Problem

FILE = click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
DRY_RUN = click.option("--dry-run", is_flag=True, help="Print the changes as a diff; write nothing.")


@click.group()
def practices() -> None:
    """Suggest, check and add practice records.

    docs/practices.md describes how a record is suggested and reviewed.
    """


@practices.command()
@click.option("--format", "form", type=click.Choice(["csv", "yaml"]), default="csv", show_default=True, help="Form.")
def template(form: str) -> None:
    """Print an empty template for practices.

    Each column has a comment with what it takes and the permitted values. Save it with:
    cpower practices template > practices.csv
    """
    from assets.contributions.templates import TEMPLATES

    sys.stdout.buffer.write(TEMPLATES[form]().encode())


@practices.command("check")
@FILE
@JSON
@explained
def check_suggestions(file: Path, as_json: bool) -> None:
    """Check a FILE of suggested practices.

    FILE is a filled template: CSV as any spreadsheet saves it, a workbook, or YAML. Prints all problems, each with its
    row, what was expected, what came and what to do; the exit code is 1 if there are any but warnings.
    """
    from assets.contributions.checking import check_file

    checked = check_file(file.name, file.read_bytes())
    if as_json:
        print_json(
            {
                "is_valid": checked.is_valid,
                "practices": [
                    {"place": item.place, "locality_code": item.locality.code, "title": item.values["title"]}
                    for item in checked.contributions
                ],
                "problems": [asdict(problem) for problem in checked.problems],
            }
        )
    else:
        _print_problems(checked.problems)
        err.print(_verdict(len(checked.contributions), "practice") if checked.is_valid else "The file is not valid.")
    sys.exit(not checked.is_valid)


@practices.command()
@FILE
@DRY_RUN
@explained
def add(file: Path, dry_run: bool) -> None:
    """Add the practices of a FILE to the reference records.

    For a checkout of the repository. Checks FILE first; if any row is invalid, nothing is written. A record gets the
    next free id of its locality, and its codes become the first reading. It enters an edition when it has two readings.
    """
    from assets.contributions.adding import additions, require_checkout
    from assets.contributions.checking import check_file

    require_checkout()
    checked = check_file(file.name, file.read_bytes())
    _print_problems(checked.problems)
    if not checked.is_valid:
        err.print("Nothing was written.")
        sys.exit(1)
    added = additions(checked.contributions)
    _finish(added, dry_run)
    if not dry_run:
        once = len(added.practice_ids) - len(added.unread)
        out.print(f"{once} with one reading, {len(added.unread)} without a reading; both stay out of editions.")
        out.print("Next: another reader fills in the sheet of cpower practices unread; then")
        out.print("  cpower practices add-reading FILE")


@practices.command()
@explained
def unread() -> None:
    """Print a sheet of the records that lack a reading.

    A CSV file with what each record says and empty columns for the codes. It does not show the codes of an earlier
    reading. The codes are described in docs/method/codebook-2.md.
    """
    from assets.contributions.readings import unread_sheet

    sys.stdout.buffer.write(unread_sheet().encode())


@practices.command("add-reading")
@FILE
@DRY_RUN
@explained
def add_reading(file: Path, dry_run: bool) -> None:
    """Add the codes of a filled FILE of cpower practices unread.

    For a checkout of the repository. The reader of a second reading must be another one, who has not seen the codes of
    the first. If any row is invalid, nothing is written.
    """
    from assets.contributions.adding import require_checkout
    from assets.contributions.readings import check_readings, reading_additions

    require_checkout()
    readings, problems = check_readings(file.read_bytes())
    _print_problems(problems)
    if problems:
        err.print("Nothing was written.")
        sys.exit(1)
    _finish(reading_additions(readings), dry_run)


@practices.command()
@click.option("--limit", type=click.IntRange(min=1), help="Ask at most this many addresses.")
@JSON
@explained
def links(limit: int | None, as_json: bool) -> None:
    """Check that the addresses of the records still lead to a page.

    Writes links/YYYY-MM-DD.csv in CPOWER_HOME. Every host is asked for one address at a time, with a pause, so that all
    take about half an hour; a run that was stopped goes on where it ended. A dead address changes no record.
    """
    from rich.progress import Progress

    from assets.contributions.links import addresses_of_records, check_links

    home = Home.resolve().prepare()
    addresses = addresses_of_records()
    with Progress(console=err, transient=True, disable=not watched(as_json)) as shown:
        task = shown.add_task("addresses", total=min(limit or len(addresses), len(addresses)))
        checked = check_links(home, addresses, limit=limit, on_result=lambda _: shown.advance(task))
    if as_json:
        print_json(checked.to_dict())
        return
    dead = [link for link in checked.links if link.result in ("gone", "failed")]
    print_table(("address", "records", "result"), ((link.address, link.practices, link.error) for link in dead))
    for result, count in checked.counts.items():
        out.print(f"{result}: {count:,}")
    out.print(f"{checked.asked_n:,} asked now, {checked.left_n:,} still to be asked today. {escape(str(checked.path))}")


def _finish(added: "Addition", dry_run: bool) -> None:
    """Write what is added and print the ids, or print the diff."""
    if dry_run:
        click.echo("".join(change.diff() for change in added.changes), nl=False)
        return
    added.write()
    for practice_id in added.practice_ids:
        out.print(practice_id)
    out.print("Set the date in warehouse/reference/AS_OF, and look at the change with git diff.")


def _print_problems(problems: "tuple[Problem, ...] | list[Problem]") -> None:
    for problem in problems:
        out.print(escape(problem.to_text()))


def _verdict(count: int, what: str) -> str:
    return f"The file is valid: {count} {what}{'' if count == 1 else 's'}."


COMMANDS = (practices,)

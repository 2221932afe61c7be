"""The command `cpower`: what a person or a script asks of the project, in words. No data is computed here."""

import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from warehouse.errors import CommunityPowerError
from warehouse.home import Home

if TYPE_CHECKING:
    from assets.pull import Pulled

F = TypeVar("F", bound=Callable[..., None])
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON for a script.")
ACCEPT = click.option("--accept", is_flag=True, help="Land what holds far less or more than the last file, too.")
# Into a file or a pipe a table keeps its full width: nothing is cut off where nobody can see that it was.
FULL_WIDTH = 10_000
out = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else FULL_WIDTH)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def explained(command: F) -> F:
    """Wrap a command so that an error a person can mend ends in its message and exit code, not in a traceback."""

    @wraps(command)
    def wrapper(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except CommunityPowerError as error:
            err.print(f"[bold red]cpower:[/] {escape(str(error))}")
            sys.exit(error.exit_code)

    return wrapper  # type: ignore[return-value]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="community-power", prog_name="cpower")
def main() -> None:
    """Community power by locality: pull, build, query and explain editions of the warehouse.

    Everything is written under CPOWER_HOME (default: var/ in the project).

    Exit codes: 0 done; 1 failed, or a source could not be pulled; 2 no such name or wrong usage; 3 a file, record or
    table was refused; 4 CPOWER_HOME cannot be used (in use, another's, or full); 5 a part of the server ended by
    itself.
    """


@main.command()
@click.argument("source", nargs=-1)
@ACCEPT
@JSON
@explained
def pull(source: tuple[str, ...], accept: bool, as_json: bool) -> None:
    """Ask the publishers for what is new and land it: of each SOURCE named, or of all that can be pulled.

    A source that has not changed lands nothing. One that fails, or sends what may not be landed, stops no other:
    its last good landing stays in use, and the exit code is 1.
    """
    ended = _pull(Home.resolve().prepare(), source, accept, as_json)
    if as_json:
        click.echo(json.dumps([pulled.to_dict() for pulled in ended], ensure_ascii=False, indent=2))
    elif any(pulled.new_files for pulled in ended):
        out.print("cpower build publishes an edition with what is new.")
    sys.exit(any(pulled.is_in_trouble for pulled in ended))


@main.command()
@click.argument("source", nargs=-1)
@ACCEPT
@JSON
@explained
def refresh(source: tuple[str, ...], accept: bool, as_json: bool) -> None:
    """Pull, as cpower pull does, and build: publishes an edition if anything changed, and says why if none.

    The build goes on from the last good landing of a source that failed; the exit code is 1 then.
    """
    from orchestration.build import run_build

    home = Home.resolve().prepare()
    ended = _pull(home, source, accept, as_json)
    outcome = run_build(home, console=_terminal(as_json)).to_dict()
    if as_json:
        report = {"pulled": [pulled.to_dict() for pulled in ended], "build": outcome}
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    elif outcome["is_new"]:
        _print_outcome(outcome)
    else:
        new = sum(len(pulled.new_files) for pulled in ended)
        why = "nothing new was landed" if not new else "what was landed is what it was built from"
        out.print(f"No new edition: {why}, and {outcome['edition_id']} is of this input and code. It stays current.")
    sys.exit(any(pulled.is_in_trouble for pulled in ended))


def _pull(home: Home, source_ids: tuple[str, ...], accept: bool, as_json: bool) -> "list[Pulled]":
    """Pull with progress on a terminal, print a line for each source, and return how each went."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from assets.pull import pull_all, pullable
    from warehouse.store import Warehouse

    wanted = list(source_ids) or pullable()
    waiting = dict.fromkeys(wanted)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    home.require_room()
    ended = {}
    with home.lock("pull"), Progress(*columns, console=err, transient=True, disable=not _terminal(as_json)) as shown:
        task = shown.add_task("", total=len(waiting))
        for pulled in pull_all(Warehouse(home), wanted, accept=accept):
            ended[pulled.source_id] = pulled
            del waiting[pulled.source_id]
            shown.update(task, advance=1, description=f"waiting for {', '.join(waiting)}"[:100] if waiting else "")
    in_order = [ended[source_id] for source_id in dict.fromkeys(wanted)]
    if not as_json:
        for pulled in in_order:
            _print_pulled(pulled)
    return in_order


def _print_pulled(pulled: "Pulled") -> None:
    """Print how the pull of a source went in one line, and what a person should know beneath it."""
    colour = {"ok": "green", "failed": "red", "refused": "red"}.get(pulled.state, "default")
    name, _, told = pulled.to_text().partition(": ")
    out.print(f"{escape(name)}: [{colour}]{escape(told)}[/]")
    for note in pulled.notes:
        out.print(f"  {escape(note)}")


def _terminal(as_json: bool) -> Console | None:
    """Return where progress is shown: a terminal in which a person watches."""
    return err if err.is_terminal and not as_json else None


@main.command()
@click.option("--force", is_flag=True, help="Publish an edition even where nothing has changed.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Build from what had been landed by the end of DATE (UTC). The edition does not become current.",
)
@click.option(
    "--sign-off",
    metavar="REASON",
    help="Publish although more than a tenth of the localities move a band with no input change; REASON is published.",
)
@click.option("--composite", is_flag=True, help="Work out the experimental composite, which its gates may withhold.")
@JSON
@explained
def build(force: bool, as_of: datetime | None, sign_off: str | None, composite: bool, as_json: bool) -> None:
    """Rebuild everything from what is on disk, check it, publish an edition.

    Reads the reference records and what has been landed; needs no network. Readers keep the current edition
    until the new one is complete.
    """
    from orchestration.build import run_build

    if sign_off is not None and not sign_off.strip():
        raise click.BadParameter("say why, in words that may be published", param_hint="--sign-off")
    home = Home.resolve().prepare()
    day = as_of.date() if as_of else None
    outcome = run_build(
        home, force=force, sign_off=sign_off or "", as_of=day, composite=composite, console=_terminal(as_json)
    )
    if sign_off and not outcome.edition.sign_off:
        err.print("Nothing had to be signed off, so the reason is not published.")
    if as_json:
        click.echo(json.dumps(outcome.to_dict(), ensure_ascii=False, indent=2))
        return
    _print_outcome(outcome.to_dict())


def _print_outcome(outcome: dict[str, Any]) -> None:
    grid = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, value in outcome["counts"].items():
        grid.add_row(label, f"{value:,}")
    for state, count in outcome["metric_values_by_state"].items():
        grid.add_row(f"  {state}", f"{count:,}")
    grid.add_row("checks", f"{outcome['checks_passed']:,} passed, {outcome['checks_failed']:,} failed")
    grid.add_row("quarantined rows", f"{outcome['quarantined_rows']:,}")
    grid.add_row("sources in trouble", f"{len(outcome['sources_in_trouble']):,}")
    for source, what in outcome["sources_in_trouble"].items():
        grid.add_row(f"  {escape(source)}", escape(what))
    out.print(grid)
    state = "published" if outcome["is_new"] else "nothing changed, so it stays"
    out.print(f"\nEdition [bold]{outcome['edition_id']}[/], version {outcome['version']} ({state})")
    for why in outcome["version_why"]:
        out.print(f"  {escape(why)}")
    out.print(escape(outcome["path"]))
    if not outcome["is_current"]:
        out.print(f"It holds what had been landed by {outcome['as_of']}. The current edition stays current.\n")
        return
    out.print()
    cpower = sys.argv[0] if Path(sys.argv[0]).name == "cpower" else "cpower"
    profile = "select locality_name, prac_records_n from marts.locality_profile where is_case_study"
    out.print("Next:")
    out.print(f'  {cpower} query "{profile}"')
    out.print(f"  {cpower} up     opens the Dagster UI on http://127.0.0.1:3000")
    out.print(f"  {cpower} pull   asks the publishers for what is new; {cpower} status lists the sources")


@main.command()
@click.option(
    "--weights",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML: weights of the pillars, missing, location (split, unallocated); what is not given is as published.",
)
@JSON
@explained
def whatif(file: Path, as_json: bool) -> None:
    """Work out the composite by other rules, beside the published one and never in its place.

    Works on the current edition and writes under whatif/ in CPOWER_HOME. The gates stand as they do for an edition.
    """
    from assets.uncertainty.whatif import read_wish, what_if
    from warehouse.edition import current

    home = Home.resolve().prepare()
    answer = what_if(home, current(home), read_wish(file)).to_dict()
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    headings = ("nation", "localities", "shown", "shown as published", "median interval", "mean shift of rank")
    for heading in headings:
        table.add_column(heading)
    for row in answer["nations"]:
        numbers = [row["localities"], row["shown"], row["published_shown"]]
        spans = [row["median_interval"], row["mean_shift_of_rank"]]
        table.add_row(row["nation"], *map(str, numbers), *("" if span is None else f"{span:.1f}" for span in spans))
    out.print(table)
    for row in answer["nations"]:
        for gate in row["closed_gates"]:
            out.print(f"{row['nation']} is withheld, gate {escape(gate)}")
    if imputed := sum(row["imputed"] for row in answer["nations"]):
        out.print(f"{imputed:,} values are made up: the median of their nation.")
    out.print(f"\nBeside edition {answer['edition_id']}, not in its place: {escape(answer['path'])}")


@main.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@ACCEPT
@JSON
@explained
def land(source: str, file: Path, accept: bool, as_json: bool) -> None:
    """Take in FILE, downloaded by a person, as a file of SOURCE.

    The file is read first: what cannot be that source, or holds far less or more than the last file, is refused.
    """
    from assets.door import land as take_in
    from warehouse.store import Warehouse

    home = Home.resolve().prepare()
    with home.lock(f"land {source}"):
        arrival = take_in(Warehouse(home).landing, source, file.read_bytes(), file_name=file.name, accept=accept)
    if as_json:
        rows = {table: {"kept": kept, "quarantined": refused} for table, (kept, refused) in arrival.rows.items()}
        record = {"source_id": source, "sha256": arrival.file.sha256, "is_new": arrival.is_new, "tables": rows}
        click.echo(json.dumps(record, indent=2))
        return
    out.print(f"{source}: {'landed' if arrival.is_new else 'landed before, the same bytes'} {arrival.file.sha256[:12]}")
    for table, (kept, refused) in arrival.rows.items():
        out.print(f"  {table}: {kept:,} rows{f', {refused:,} to be quarantined' if refused else ''}")
    for name in arrival.replaced:
        out.print(f"  in place of {escape(name)}, which stays in the landing")
    for name, count in arrival.shared.items():
        out.print(f"  {count:,} of its awards stand in {escape(name)} too, and count once")
    if arrival.is_new:
        out.print("cpower build publishes an edition with it.")


@main.command()
@JSON
@explained
def status(as_json: bool) -> None:
    """Say how the last pull of each source went, what the current edition is of, and whether it is up to date."""
    from orchestration.status import status as current_status

    report = current_status(Home.resolve().prepare())
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
        return
    edition = report["edition"]
    out.print(
        f"home     {escape(report['home'])}{' (in use: ' + escape(report['in_use']) + ')' if report['in_use'] else ''}"
    )
    out.print(f"edition  {edition or 'none yet; cpower build makes one'}" + _currency(report))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("source", "state", "last try", "last success", "last change", "age", "files", "what"):
        table.add_column(heading)
    for source in report["sources"]:
        instants = (source[f"last_{what}_at"] for what in ("try", "success", "change"))
        table.add_row(
            source["source_id"],
            source["state"],
            *((instant or "")[:16] for instant in instants),
            "" if source["age_days"] is None else f"{source['age_days']:,} d",
            f"{source['files']:,}" if source["files"] else "",
            escape(source["reason"] or source["title"]),
        )
    out.print(table)


def _currency(report: dict[str, Any]) -> str:
    if not report["edition"]:
        return ""
    return " (up to date)" if report["is_up_to_date"] else " (the input has changed since: cpower build)"


@main.command()
@click.argument("sql")
@JSON
@explained
def query(sql: str, as_json: bool) -> None:
    """Run one read-only SQL select on the current edition.

    The query sees core, metrics, marts and meta, and nothing outside the edition's file.
    """
    from warehouse.edition import current
    from warehouse.query import run

    columns, rows = run(current(Home.resolve().prepare()).path, sql)
    if as_json:
        click.echo(
            json.dumps(
                [dict(zip(columns, row, strict=True)) for row in rows], default=str, ensure_ascii=False, indent=2
            )
        )
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(escape(column))
    for row in rows:
        table.add_row(*("" if value is None else escape(str(value)) for value in row))
    out.print(table)
    err.print(f"{len(rows):,} rows")


@main.command()
@click.argument("metric")
@click.argument("locality")
@JSON
@explained
def explain(metric: str, locality: str, as_json: bool) -> None:
    """Explain the value of METRIC for LOCALITY back to the files that it came from.

    LOCALITY is a GSS code, current or retired, or a name in English or Welsh.
    """
    from warehouse.edition import current
    from warehouse.explain import explain as explained_value

    explanation = explained_value(current(Home.resolve().prepare()).path, metric, locality)
    if as_json:
        click.echo(json.dumps(explanation.to_dict(), default=str, ensure_ascii=False, indent=2))
    else:
        out.print(explanation.to_text(), markup=False)


@main.command()
@click.argument("program", required=False, type=click.Choice(["cli", "python", "r", "node", "bi"]))
@JSON
@explained
def connect(program: str | None, as_json: bool) -> None:
    """Print ready lines that open the current edition, for reading, in PROGRAM or in all that are known.

    They name the edition that is current now and stay with it. To follow the newest, put current in the path in
    place of the edition's id.
    """
    from warehouse.connect import lines
    from warehouse.edition import current

    ready = lines(current(Home.resolve().prepare()).path)
    wanted = {name: found for name, found in ready.items() if program in (None, name)}
    if as_json:
        click.echo(json.dumps({name: vars(found) for name, found in wanted.items()}, ensure_ascii=False, indent=2))
        return
    for found in wanted.values():
        if not program:
            err.print(f"[bold]{found.program}[/] ({escape(found.needs)})")
        click.echo(found.lines + ("" if program else "\n"))


@main.group(invoke_without_command=True)
@JSON
@click.pass_context
@explained
def editions(context: click.Context, as_json: bool) -> None:
    """List the editions, newest first; pin one, or compare two.

    The newest CPOWER_KEEP_EDITIONS (default: 10) stay on the disk, with the current one and every one that is pinned;
    those of an earlier day are counted by themselves.

    EDITION is an id, a version (the newest of it) or the word current.
    """
    if context.invoked_subcommand:
        return
    from warehouse.edition import editions as published
    from warehouse.edition import find_current
    from warehouse.release.retention import pins

    home = Home.resolve().prepare()
    now, pinned = find_current(home), pins(home)
    found: list[dict[str, Any]] = [
        {
            "edition_id": edition.id,
            "version": edition.version,
            "as_of": edition.as_of.isoformat(),
            "tables": len(edition.tables),
            "rows": sum(edition.tables.values()),
            "is_current": bool(now and now.id == edition.id),
            "is_pinned": edition.id in pinned,
            "pinned_why": pinned.get(edition.id) or None,
            "why": list(edition.version_why),
            "sign_off": edition.sign_off,
            "path": str(edition.path),
        }
        for edition in reversed(published(home))
    ]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    if not found:
        out.print("none yet; cpower build makes one")
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("edition", "version", "as of", "tables", "rows", "kept", "why"):
        table.add_column(heading)
    for edition in found:
        pin_said = f"pinned{': ' + edition['pinned_why'] if edition['pinned_why'] else ''}"
        kept = [*(["current"] if edition["is_current"] else []), *([pin_said] if edition["is_pinned"] else [])]
        signed = [f"signed off: {edition['sign_off']}"] if edition["sign_off"] else []
        table.add_row(
            edition["edition_id"],
            edition["version"],
            edition["as_of"],
            f"{edition['tables']:,}",
            f"{edition['rows']:,}",
            escape(", ".join(kept)),
            escape("; ".join([*edition["why"], *signed])),
        )
    out.print(table)


@editions.command("pin")
@click.argument("edition")
@click.option("--why", default="", help="What it is kept for.")
@explained
def pin_edition(edition: str, why: str) -> None:
    """Keep EDITION for good, however many come after it."""
    from warehouse.edition import find
    from warehouse.release.retention import pin

    home = Home.resolve().prepare()
    with home.lock("pin an edition"):
        found = find(home, edition)
        pin(home, found.id, " ".join(why.split()))
    out.print(f"{found.id} (version {found.version}) is pinned.")


@editions.command("unpin")
@click.argument("edition")
@explained
def unpin_edition(edition: str) -> None:
    """Keep EDITION no longer than the others: it goes when enough have come after it."""
    from warehouse.edition import find
    from warehouse.release.retention import unpin

    home = Home.resolve().prepare()
    with home.lock("unpin an edition"):
        found = find(home, edition)
        was_pinned = unpin(home, found.id)
    out.print(f"{found.id} (version {found.version}) {'is pinned no longer' if was_pinned else 'was not pinned'}.")


@editions.command("compare")
@click.argument("older", metavar="EDITION")
@click.argument("newer", metavar="EDITION")
@JSON
@explained
def compare_editions(older: str, newer: str, as_json: bool) -> None:
    """Say what the second EDITION holds otherwise than the first, as CHANGES.md does of the one before."""
    from warehouse.edition import find
    from warehouse.release.compare import compare
    from warehouse.release.notes import comparison_notes
    from warehouse.release.sides import Side

    home = Home.resolve().prepare()
    first, second = (Side.of_edition(found.label, found.path) for found in (find(home, older), find(home, newer)))
    compared = compare(first, second)
    if as_json:
        click.echo(json.dumps(compared.to_dict(), ensure_ascii=False, indent=2))
    else:
        click.echo(comparison_notes(compared), nl=False)


@main.command()
@click.argument("edition", default="current")
@JSON
@explained
def verify(edition: str, as_json: bool) -> None:
    """Check that EDITION is as it was published: checksums, rows, columns, types, keys and listed values.

    EDITION is an id, a version, the word current, or a folder with a copy of an edition. Each thing that is wrong is
    one line, and the exit code is 1 then.
    """
    from warehouse.edition import find, ids
    from warehouse.verify import verify as wrong_with

    home = Home.resolve().prepare()
    # By its id also where it is too damaged to be found.
    named = [home.published / edition] if edition in ids(home) else [Path(edition)] if edition else []
    path = (named[0] if named and named[0].is_dir() else find(home, edition).path).resolve()
    problems = wrong_with(path)
    if as_json:
        click.echo(json.dumps({"edition": path.name, "path": str(path), "problems": problems}, ensure_ascii=False))
    else:
        for problem in problems:
            err.print(f"{path.name}: {escape(problem)}")
        if not problems:
            out.print(f"{path.name}: every file is as it was published, and all forms agree.")
    sys.exit(bool(problems))


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Beyond loopback CPOWER_PASSWORD must be set.")
@click.option("--port", default=3000, show_default=True, help="Port of the UI.")
@explained
def up(host: str, port: int) -> None:
    """Serve the Dagster UI with the daemon, so that schedules and sensors run, until interrupted."""
    from orchestration.server import serve

    serve(Home.resolve().prepare(), host=host, port=port, password=os.environ.get("CPOWER_PASSWORD"))


if __name__ == "__main__":
    main()

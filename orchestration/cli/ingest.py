"""Commands on sources: check-publishers, pull, refresh, land, unland and status."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from orchestration.cli.build import print_outcome
from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table, watched
from warehouse.storage.home import Home

if TYPE_CHECKING:
    from assets.landing.pull import Pulled

ACCEPT = click.option(
    "--accept",
    is_flag=True,
    help="Accept a file that differs much from the last one, of which a fifth or more of the rows would be "
    "quarantined, or that was taken back.",
)
COLOURS = {"ok": "green", "failed": "red", "refused": "red"}


@click.command()
@click.argument("source", nargs=-1)
@ACCEPT
@JSON
@explained
def pull(source: tuple[str, ...], accept: bool, as_json: bool) -> None:
    """Download new files from the publishers and land them.

    Pulls each SOURCE named, or all sources that can be pulled. A source that has not changed lands nothing. A source
    that fails, or whose file is refused, does not stop the others: its last good landing stays in use, and the exit
    code is 1.
    """
    from warehouse.storage.mirror import landing_held

    home = Home.resolve().prepare()
    with landing_held(home, "pull"):
        ended = _pull(home, source, accept, as_json)
    if as_json:
        print_json([pulled.to_dict() for pulled in ended])
    elif any(pulled.is_blocked for pulled in ended):
        out.print("cpower build publishes no edition until the broken rules are fixed.")
    elif any(pulled.is_used for pulled in ended):
        out.print("cpower build publishes an edition with the new files.")
    elif any(pulled.new_files for pulled in ended):
        out.print("cpower build publishes an edition that lists the new files and has no figures from them.")
    sys.exit(any(pulled.is_failing for pulled in ended))


@click.command()
@click.argument("source", nargs=-1)
@ACCEPT
@JSON
@explained
def refresh(source: tuple[str, ...], accept: bool, as_json: bool) -> None:
    """Pull, then build an edition if anything changed.

    Pulls as cpower pull does, and prints the reason if there is no new edition. For a source that failed, the build
    uses the last good landing, and the exit code is 1.
    """
    from orchestration.build_runner import run_build
    from warehouse.storage.mirror import landing_held

    home = Home.resolve().prepare()
    with landing_held(home, "refresh"):
        ended = _pull(home, source, accept, as_json)
        outcome = run_build(home, is_held=True, console=watched(as_json)).to_dict()
    if as_json:
        print_json({"pulled": [pulled.to_dict() for pulled in ended], "build": outcome})
    elif outcome["is_new"]:
        print_outcome(outcome)
    else:
        new = sum(len(pulled.new_files) for pulled in ended)
        why = "nothing new was landed" if not new else "the edition has the landed files already"
        current = outcome["edition_id"]
        out.print(f"No new edition: {why}. Edition {current} is of the same input and code and stays current.")
    sys.exit(any(pulled.is_failing for pulled in ended))


def _pull(home: Home, source_ids: tuple[str, ...], accept: bool, as_json: bool) -> "list[Pulled]":
    """Pull with progress, print a line for each source and return the results; the caller holds the home."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from assets.landing.pull import pull_all, pullable
    from warehouse.storage.workspace import Warehouse

    wanted = list(source_ids) or pullable()
    waiting = dict.fromkeys(wanted)
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    home.require_room()
    ended = {}
    with Progress(*columns, console=err, transient=True, disable=not watched(as_json)) as shown:
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


@click.command("check-publishers")
@click.argument("source", nargs=-1)
@click.option(
    "--report",
    default="",
    metavar="FILE",
    help="Name of the report in checks/ of CPOWER_HOME: .md, or .json. By default it is named by the time.",
)
@JSON
@explained
def check_publishers(source: tuple[str, ...], report: str, as_json: bool) -> None:
    """Check whether publishers answer as expected.

    Nothing is landed. Asks the publisher of each SOURCE named, or of all sources that can be pulled, for as little as
    tells whether address, certificate, answer and shape are as expected. Prints what was expected, what came and what
    to do, and writes a report that can be attached to an issue: it has no queries and no secrets. The exit code is 1 if
    a publisher does not answer as expected.
    """
    from rich.progress import Progress

    from assets.landing.check_publishers import check_publishers as check_all
    from assets.landing.publisher_report import COLUMNS, report_path, rows, write_report
    from warehouse.storage.mirror import landing_held
    from warehouse.storage.workspace import Warehouse

    home = Home.resolve().prepare()
    path = report_path(home, report)
    with (
        landing_held(home, "check-publishers"),
        Progress(console=err, transient=True, disable=not watched(as_json)) as shown,
    ):
        ended = list(shown.track(check_all(Warehouse(home), source or None), description="asking the publishers"))
        checks = sorted(ended, key=lambda check: check.source_id)
        write_report(path, checks)
    failing, asked = (sum(getattr(check, of) for check in checks) for of in ("is_failing", "is_asked"))
    if as_json:
        print_json({"report": str(path), "checks": [check.to_dict() for check in checks]})
    else:
        print_table(COLUMNS, rows(checks))
        out.print(f"As expected: {asked - failing:,} of {asked:,} sources that were asked. Report: {escape(str(path))}")
    sys.exit(bool(failing))


def _print_pulled(pulled: "Pulled") -> None:
    """Print the result of the pull of a source in one line, and its notes below."""
    name, _, told = pulled.to_text().partition(": ")
    out.print(f"{escape(name)}: [{COLOURS.get(pulled.state, 'default')}]{escape(told)}[/]")
    for note in pulled.notes:
        out.print(f"  {escape(note)}")


@click.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, readable=False, path_type=Path))
@click.option("--from", "address", default="", metavar="URL", help="The address from which FILE was downloaded.")
@ACCEPT
@JSON
@explained
def land(source: str, file: Path, address: str, accept: bool, as_json: bool) -> None:
    """Land FILE, a manual upload, as a file of SOURCE.

    The file is validated and tried in a build first. It is refused if it cannot be of that source, if it differs much
    from the last file or a fifth or more of its rows would be quarantined (unless --accept), or if it breaks a rule
    that stops a build. The address is published with the editions; parameters that may be secret are masked.
    """
    from assets.landing.ingest_file import land as land_file
    from assets.landing.manual_upload import read_upload, upload_address
    from warehouse.catalogue import pick, sources
    from warehouse.storage.landing import address_text
    from warehouse.storage.mirror import landing_held
    from warehouse.storage.workspace import Warehouse

    pick("source", sources, source)
    recorded = upload_address(address) if address else ""
    home = Home.resolve().prepare()
    with landing_held(home, f"land {source}"):
        landing = Warehouse(home).landing
        content = read_upload(source, file)
        arrival = land_file(landing, source, content, file_name=file.name, address=recorded, accept=accept)
    if as_json:
        print_json(arrival.to_dict())
        return
    out.print(
        f"{source}: {'landed' if arrival.is_new else 'already landed (identical content)'} {arrival.file.sha256[:12]}"
    )
    out.print(f"  from: {escape(address_text(arrival.file.address))}")
    for table, (kept, refused) in arrival.rows.items():
        out.print(f"  {table}: {kept:,} rows{f', {refused:,} to be quarantined' if refused else ''}")
    if arrival.areas:
        out.print("  {:,} of {:,} areas".format(*arrival.areas))
    for name in arrival.replaced:
        out.print(f"  replaces {escape(name)}, which stays in the landing")
    for table, used in arrival.trial.used.items():
        if used:
            out.print(f"  used in {table}: {used:,} rows")
    for remark in arrival.remarks():
        out.print(f"  {escape(remark)}")
    if arrival.is_new:
        out.print(arrival.outcome())


@click.command()
@click.argument("source")
@click.argument("file", default="")
@click.option(
    "--reason", default="", help="Why the file is taken back; published with the editions that are built from then on."
)
@JSON
@explained
def unland(source: str, file: str, reason: str, as_json: bool) -> None:
    """Take back a landed file of SOURCE.

    Builds no longer read the file, and the file that it replaced is used again. FILE is its name or the first digits
    of its SHA-256; by default, the file that was landed last. Its content stays in the landing, with a record of who
    took it back, when and why. cpower land lands it again; cpower pull refuses it unless --accept.
    """
    from warehouse.storage.mirror import landing_held
    from warehouse.storage.workspace import Warehouse

    home = Home.resolve().prepare()
    with landing_held(home, f"unland {source}"):
        landing = Warehouse(home).landing
        before = landing.current(source)
        unlanding = landing.unland(source, file, reason=reason)
        current = landing.current(source)
    again = [item for item in current if item not in before]
    if as_json:
        print_json(
            {
                "source_id": source,
                "file_name": unlanding.file_name,
                "sha256": unlanding.sha256,
                "unlanded_at": unlanding.unlanded_at.isoformat(),
                "reason": unlanding.reason,
                "used_again": [{"file_name": item.file_name, "sha256": item.sha256} for item in again],
                "files": len(current),
            }
        )
        return
    out.print(f"{source}: {escape(unlanding.called)} {escape(unlanding.to_text())}")
    for item in again:
        out.print(f"  {escape(item.called)}, landed on {item.landed_at:%Y-%m-%d}, is used again")
    if not again:
        out.print(f"  files of {source} that are still used: {len(current):,}")
    out.print("cpower build publishes an edition without it.")


@click.command()
@JSON
@explained
def status(as_json: bool) -> None:
    """Show the state of the sources and of the current edition.

    For each source: the result of the last pull, and the files taken back since its last change. For the edition:
    whether it is up to date with the landed files and the code.
    """
    from orchestration.status import status as current_status

    report = current_status(Home.resolve().prepare())
    if as_json:
        print_json(report)
        return
    in_use = f" (in use: {escape(report['in_use'])})" if report["in_use"] else ""
    out.print(f"home     {escape(report['home'])}{in_use}")
    if report["shared"]:
        out.print(f"shared   {escape(report['shared']['address'])}: {escape(_comparison(report))}")
    out.print(f"edition  {report['edition'] or 'none yet; run cpower build'}{_currency(report)}")
    print_table(
        ("source", "state", "last try", "last success", "last change", "age", "files", "what"),
        (
            (
                source["source_id"],
                source["state"],
                *((source[f"last_{what}_at"] or "")[:16] for what in ("try", "success", "change")),
                None if source["age_days"] is None else f"{source['age_days']:,} d",
                f"{source['files']:,}" if source["files"] else None,
                _what(source),
            )
            for source in report["sources"]
        ),
    )


def _what(source: dict[str, Any]) -> str:
    """Return the notes on a source: what is wrong, which files were taken back, or else its title."""
    told = [source["reason"]] if source["reason"] else []
    for item in source["unlanded"]:
        if item["unlanded_at"] >= (source["last_change_at"] or ""):
            why = f" ({item['reason']})" if item["reason"] else ""
            told.append(f"{item['file_name']} {item['sha256'][:12]} taken back on {item['unlanded_at'][:10]}{why}")
    return "; ".join(told) or str(source["title"])


def _comparison(report: dict[str, Any]) -> str:
    """Return how the home compares with the shared store."""
    shared = report["shared"]
    if shared["problem"]:
        return f"cannot be used. {shared['problem']}"
    if not (shared["to_fetch"] or shared["to_share"] or shared["current_edition"] != report["edition"]):
        return "answers; the home is up to date"
    current = shared["current_edition"] or "none"
    return (
        f"answers; landed records to fetch: {shared['to_fetch']:,}, to share: {shared['to_share']:,}; current edition "
        f"there: {current}. cpower sync brings both up to date"
    )


def _currency(report: dict[str, Any]) -> str:
    if not report["edition"]:
        return ""
    return " (up to date)" if report["is_up_to_date"] else " (out of date: the input has changed; run cpower build)"


COMMANDS = (check_publishers, pull, refresh, land, unland, status)

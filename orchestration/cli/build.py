"""Commands that build: an edition, the parsed rows that it reads, and the composite with other rules."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table, watched
from warehouse.spark.engine import ENGINES
from warehouse.storage.home import Home

# The example query that a build prints: metrics that have a value for every case study.
FIRST_QUERY = (
    "select locality_name, prac_records_n, dep_prop10_areas, fun_place_total_gbp, pop_total "
    "from marts.locality_profile where is_case_study"
)


def _day(_context: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    """Return the date of an option; raise a usage error that shows the format."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; use YYYY-MM-DD, such as 2026-01-31.") from None


@click.command()
@click.option("--force", is_flag=True, help="Publish an edition even if nothing has changed.")
@click.option(
    "--as-of",
    callback=_day,
    metavar="DATE",
    help="As-of date: build from the files landed by the end of DATE (UTC). The edition does not become current.",
)
@click.option(
    "--sign-off",
    metavar="REASON",
    help="Publish although more than a tenth of the localities change band with no input change; REASON is published.",
)
@click.option("--composite", is_flag=True, help="Compute the experimental composite; its gates may withhold it.")
@click.option("--engine", type=click.Choice(ENGINES), help="What runs queries that read many rows.")
@click.option("--master", metavar="URL", default="", help="Address of the Spark master, such as spark://host:7077.")
@click.option(
    "--spark-from-rows",
    type=click.IntRange(min=0),
    default=None,
    help="Queries that read fewer rows run on DuckDB also with --engine spark.",
)
@click.option(
    "--select",
    metavar="TABLES",
    help="Make only these tables and run their checks; publish nothing. A table, such as metrics.metric_value; with + "
    "before it, also the tables that it reads; with + after it, also the tables that read it; or a group, such as "
    "group:marts.",
)
@JSON
@explained
def build(
    force: bool,
    as_of: date | None,
    sign_off: str | None,
    composite: bool,
    engine: str | None,
    master: str,
    spark_from_rows: int | None,
    select: str | None,
    as_json: bool,
) -> None:
    """Build all tables from the files on disk and publish an edition.

    Reads the reference records and the landed files, and checks every table before it publishes. Needs no network.
    Readers keep the current edition until the new one is complete.
    """
    from orchestration.build_runner import build_selected, run_build

    if select is not None and (force or as_of or sign_off is not None):
        raise click.UsageError("--select publishes nothing; do not use it with --force, --as-of or --sign-off.")
    if sign_off is not None and not sign_off.strip():
        raise click.BadParameter("expected a reason, which is published, got an empty text", param_hint="--sign-off")
    home = Home.resolve().prepare()
    settings: Any = {
        "composite": composite,
        "engine": {"engine": engine or "", "spark_master": master, "spark_from_rows": spark_from_rows},
        "console": watched(as_json),
    }
    if select is not None:
        print_selected(build_selected(home, select, **settings), as_json)
        return
    outcome = run_build(home, force=force, sign_off=sign_off or "", as_of=as_of, **settings)
    if sign_off and not outcome.edition.sign_off:
        err.print("No sign-off was needed, so the reason is not published.")
    if as_json:
        print_json(outcome.to_dict())
    else:
        print_outcome(outcome.to_dict())


def print_selected(made: dict[str, bool], as_json: bool) -> None:
    """Print which tables were made, and which of them have not changed."""
    if as_json:
        print_json({"tables": {name: {"is_as_before": is_same} for name, is_same in made.items()}, "published": None})
        return
    print_table(("table", ""), ((name, "unchanged" if is_same else "changed") for name, is_same in made.items()))
    out.print("\nNothing was published; the current edition has not changed. To publish an edition, run cpower build.")


def print_outcome(outcome: dict[str, Any]) -> None:
    """Print the counts of a build, its edition and the commands to run next."""
    grid = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for label, value in outcome["counts"].items():
        grid.add_row(label, f"{value:,}")
    for state, count in outcome["metric_values_by_state"].items():
        grid.add_row(f"  {state}", f"{count:,}")
    grid.add_row("checks", f"{outcome['checks_passed']:,} passed, {outcome['checks_failed']:,} failed")
    grid.add_row("quarantined rows", f"{outcome['quarantined_rows']:,}")
    grid.add_row("failing sources", f"{len(outcome['sources_in_trouble']):,}")
    for source, what in outcome["sources_in_trouble"].items():
        grid.add_row(f"  {escape(source)}", escape(what))
    out.print(grid)
    state = "published" if outcome["is_new"] else "nothing changed, so there is no new edition"
    out.print(f"\nEdition [bold]{outcome['edition_id']}[/], version {outcome['version']} ({state})")
    for why in outcome["version_why"]:
        out.print(f"  {escape(why)}")
    out.print(escape(outcome["path"]))
    if not outcome["is_current"]:
        out.print(f"It is built from the files landed by {outcome['as_of']}. The current edition has not changed.\n")
        return
    out.print()
    cpower = sys.argv[0] if Path(sys.argv[0]).name == "cpower" else "cpower"
    out.print("Next:")
    out.print(f'  {cpower} query "{FIRST_QUERY}"')
    out.print(f"  {cpower} up     starts the Dagster UI on http://127.0.0.1:3000")
    out.print(f"  {cpower} pull   downloads new files from the publishers; {cpower} status lists the sources")


@click.command()
@click.option(
    "--processes",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many files are parsed at the same time; by default one for each core.",
)
@JSON
@explained
def parse(processes: int | None, as_json: bool) -> None:
    """Parse landed files in several processes.

    The next build finds their rows. A build parses what is missing itself, one file after another. Use this command
    first when many large files have to be parsed again, as after a new version of a parser. A file that cannot be
    parsed does not stop the others.
    """
    from orchestration.parse_job import run_parse

    outcome = run_parse(Home.resolve().prepare(), processes)
    files = {"parsed": outcome.parsed, "unparsed": outcome.unparsed, "refused": outcome.refused}
    if as_json:
        print_json({name: [[file.source_id, file.called] for file in found] for name, found in files.items()})
    else:
        told = [(file.source_id, file.called, name) for name, found in files.items() for file in found]
        print_table(("source", "file", ""), told)
        out.print(f"\n{len(outcome.parsed):,} files were parsed, {len(outcome.unparsed):,} could not be.")
        if outcome.refused:
            out.print(
                f"{len(outcome.refused):,} earlier files are refused by the present parser. They are left out of the "
                "list of revisions."
            )
    if outcome.cause:
        raise outcome.cause.to_error()


@click.command()
@click.option(
    "--weights",
    "file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML file: weights of the pillars, missing, location (split, unallocated); what is left out is as published.",
)
@JSON
@explained
def whatif(file: Path, as_json: bool) -> None:
    """Compute the composite of the current edition with other rules.

    Writes to whatif/ in CPOWER_HOME; the published composite does not change. The gates apply as they do to an edition.
    """
    from assets.uncertainty.composite.whatif import read_scenario, what_if
    from warehouse.editions.find import current

    home = Home.resolve().prepare()
    answer = what_if(home, current(home), read_scenario(file)).to_dict()
    if as_json:
        print_json(answer)
        return
    print_table(
        ("nation", "localities", "shown", "shown as published", "median interval", "mean shift of rank"),
        (
            (
                row["nation"],
                *(row[number] for number in ("localities", "shown", "published_shown")),
                *(
                    None if row[span] is None else f"{row[span]:.1f}"
                    for span in ("median_interval", "mean_shift_of_rank")
                ),
            )
            for row in answer["nations"]
        ),
    )
    for row in answer["nations"]:
        for gate in row["closed_gates"]:
            out.print(f"{row['nation']} is withheld by gate {escape(gate)}")
    if imputed := sum(row["imputed"] for row in answer["nations"]):
        out.print(f"{imputed:,} values are imputed: each is the median of its nation.")
    out.print(f"\nWritten beside edition {answer['edition_id']}, which has not changed: {escape(answer['path'])}")


COMMANDS = (build, parse, whatif)

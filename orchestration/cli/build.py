"""What is made: an edition, and the composite by other rules beside it."""

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table, watched
from warehouse.storage.home import Home

# What to ask an edition first: measures of which every case study has a value.
FIRST_QUERY = (
    "select locality_name, prac_records_n, dep_prop10_areas, fun_place_total_gbp, pop_total "
    "from marts.locality_profile where is_case_study"
)


def _day(_context: click.Context, _option: click.Parameter, text: str | None) -> date | None:
    """Return the date that an option names; end in a usage error that shows how one is written."""
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date; use YYYY-MM-DD, such as 2026-01-31.") from None


@click.command()
@click.option("--force", is_flag=True, help="Publish an edition even where nothing has changed.")
@click.option(
    "--as-of",
    callback=_day,
    metavar="DATE",
    help="Build from what had been landed by the end of DATE (UTC). The edition does not become current.",
)
@click.option(
    "--sign-off",
    metavar="REASON",
    help="Publish although more than a tenth of the localities move a band with no input change; REASON is published.",
)
@click.option("--composite", is_flag=True, help="Work out the experimental composite, which its gates may withhold.")
@click.option(
    "--select",
    metavar="TABLES",
    help="Make only these tables and run their checks; publish nothing. A table, as metrics.metric_value; with + "
    "before or after it, also what it is made of or what is made of it; or a group, as group:marts.",
)
@JSON
@explained
def build(
    force: bool, as_of: date | None, sign_off: str | None, composite: bool, select: str | None, as_json: bool
) -> None:
    """Rebuild everything from what is on disk, and publish it.

    Reads the reference records and what has been landed, checks every table, publishes an edition; needs no network.
    Readers keep the current edition until the new one is complete.
    """
    from orchestration.build_runner import build_selected, run_build

    if select is not None and (force or as_of or sign_off is not None):
        raise click.UsageError("--select publishes nothing, so --force, --as-of and --sign-off do not go with it.")
    if sign_off is not None and not sign_off.strip():
        raise click.BadParameter("say why, in words that may be published", param_hint="--sign-off")
    home = Home.resolve().prepare()
    if select is not None:
        print_selected(build_selected(home, select, composite=composite, console=watched(as_json)), as_json)
        return
    outcome = run_build(
        home, force=force, sign_off=sign_off or "", as_of=as_of, composite=composite, console=watched(as_json)
    )
    if sign_off and not outcome.edition.sign_off:
        err.print("Nothing had to be signed off, so the reason is not published.")
    if as_json:
        print_json(outcome.to_dict())
    else:
        print_outcome(outcome.to_dict())


def print_selected(made: dict[str, bool], as_json: bool) -> None:
    """Print which tables were made, and which of them are as they were before."""
    if as_json:
        print_json({"tables": {name: {"is_as_before": is_same} for name, is_same in made.items()}, "published": None})
        return
    print_table(("table", ""), ((name, "as before" if is_same else "changed") for name, is_same in made.items()))
    out.print("\nNothing was published: the current edition, if there is one, stays. cpower build publishes.")


def print_outcome(outcome: dict[str, Any]) -> None:
    """Print what a build came to, where its edition is, and what a person may want next."""
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
    out.print("Next:")
    out.print(f'  {cpower} query "{FIRST_QUERY}"')
    out.print(f"  {cpower} up     opens the Dagster UI on http://127.0.0.1:3000")
    out.print(f"  {cpower} pull   asks the publishers for what is new; {cpower} status lists the sources")


@click.command()
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
    """Work out the composite by other rules, beside the published one.

    Never in its place: works on the current edition and writes under whatif/ in CPOWER_HOME. The gates stand as they
    do for an edition.
    """
    from assets.uncertainty.composite.whatif import read_wish, what_if
    from warehouse.editions.publish import current

    home = Home.resolve().prepare()
    answer = what_if(home, current(home), read_wish(file)).to_dict()
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
            out.print(f"{row['nation']} is withheld, gate {escape(gate)}")
    if imputed := sum(row["imputed"] for row in answer["nations"]):
        out.print(f"{imputed:,} values are made up: the median of their nation.")
    out.print(f"\nBeside edition {answer['edition_id']}, not in its place: {escape(answer['path'])}")


COMMANDS = (build, whatif)

"""What an edition says: a query, the explanation of a value, and how another program opens it."""

import click
from rich.markup import escape

from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table
from warehouse.storage.home import Home


@click.command()
@click.argument("sql")
@JSON
@explained
def query(sql: str, as_json: bool) -> None:
    """Run one read-only SQL select on the current edition.

    The query sees core, metrics, marts and meta, the views in en and cy, and nothing outside the edition's file.
    "from en.tables" lists the tables: the public ones for a first analysis, then those in detail.
    """
    from warehouse.editions.publish import current
    from warehouse.query import run

    columns, rows = run(current(Home.resolve().prepare()).path, sql)
    if as_json:
        print_json([dict(zip(columns, row, strict=True)) for row in rows])
        return
    print_table(columns, rows)
    err.print(f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}")


@click.command()
@click.argument("metric")
@click.argument("locality")
@click.option("--period", help="Period of the value, as start/end; by default that of the headline value.")
@click.option("--breakdown", help="Part of the metric, such as size_class_3; by default the whole.")
@JSON
@explained
def explain(metric: str, locality: str, period: str | None, breakdown: str | None, as_json: bool) -> None:
    """Explain a value back to the files that it came from.

    The value of METRIC for LOCALITY, which is a GSS code, current or retired, or a name in English or Welsh.
    """
    from warehouse.editions.publish import current
    from warehouse.explain.explanation import explain as explained_value
    from warehouse.explain.printing import to_text

    explanation = explained_value(current(Home.resolve().prepare()).path, metric, locality, period, breakdown)
    if as_json:
        print_json(explanation.to_dict())
    else:
        out.print(to_text(explanation), markup=False)


@click.command()
@click.argument("program", required=False, type=click.Choice(["cli", "python", "r", "node", "bi"]))
@JSON
@explained
def connect(program: str | None, as_json: bool) -> None:
    """Print ready lines that open the edition in another program.

    For reading, in PROGRAM or in all that are known. They name the edition that is current now and stay with it. To
    follow the newest, put current in the path in place of the edition's id.
    """
    from warehouse.editions.connect import lines
    from warehouse.editions.publish import current

    ready = lines(current(Home.resolve().prepare()).path)
    wanted = {name: found for name, found in ready.items() if program in (None, name)}
    if as_json:
        print_json({name: vars(found) for name, found in wanted.items()})
        return
    for found in wanted.values():
        if not program:
            err.print(f"[bold]{found.program}[/] ({escape(found.needs)})")
        click.echo(found.lines + ("" if program else "\n"))


COMMANDS = (query, explain, connect)

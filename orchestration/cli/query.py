"""Commands that read an edition: query, explain and connect."""

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

    The query can read the schemas core, metrics, marts and meta, and the views in en and cy; nothing outside the
    edition's file. "from en.tables" lists the tables: first the public ones, then the detailed ones.
    """
    from warehouse.editions.find import current
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
@click.option("--period", help="Period of the value, as start/end; by default the period of the headline value.")
@click.option("--breakdown", help="Part of the metric, such as size_class_3; by default the total.")
@JSON
@explained
def explain(metric: str, locality: str, period: str | None, breakdown: str | None, as_json: bool) -> None:
    """Trace a value back to the files that it comes from.

    Explains the value of METRIC for LOCALITY: a GSS code, current or retired, or a name in English or Welsh.
    """
    from warehouse.editions.find import current
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
    """Print code that opens the edition in another program.

    For PROGRAM, or for all known programs; read-only. The code names the edition that is current now. To follow the
    newest edition, replace the edition's id in the path with current.
    """
    from warehouse.editions.connect import lines
    from warehouse.editions.find import current

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

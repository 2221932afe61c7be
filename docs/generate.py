"""Writes what is made from the catalogue, the queries and the command line; with --check compares only.

Written by hand are the other documents; what stands here is never edited by hand.
"""

import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import click

from orchestration.cli import main as cpower
from warehouse import catalogue, column_lineage, lineage, views

DOCS = Path(__file__).parent
NOTICE = "<!-- Made from the catalogue by `make docs`; edit warehouse/catalogue, not this file. -->\n"


def cell(text: str) -> str:
    """Return text fit for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(headings: list[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines) + "\n"


def dictionary() -> str:
    """Return the data dictionary: every table that an edition holds, with every column."""
    parts = [
        NOTICE,
        "# Data dictionary\n",
        "Every table of an edition: what one row is, its key, and what each column says.\n",
    ]
    published = [item for item in catalogue.tables().values() if item.is_in_edition]
    for schema, items in groupby(published, key=lambda item: item.schema_name):
        parts.append(f"## Schema `{schema}`\n")
        for item in items:
            parts.append(f"### `{item.name}`\n\nOne row per {item.grain}. {item.description}\n")
            parts.extend(f"- {caveat}\n" for caveat in item.caveats)
            rows = [
                [
                    f"`{column.name}`{' (key)' if column.name in item.key else ''}",
                    column.type,
                    column.unit,
                    "may be null" if column.nullable else "",
                    column.description + (f" One of: {', '.join(column.values)}." if column.values else ""),
                ]
                for column in item.columns
            ]
            parts.append(table(["column", "type", "unit", "", "what it says"], rows))
    parts += [
        "## Views\n",
        "The schema `en` holds these views in English, `cy` in Welsh: names that people read, and words for codes."
        + ("" if views.catalogue().is_cy_reviewed else " No Welsh reader has reviewed the Welsh names yet.")
        + "\n",
        *map(view, views.catalogue().views),
        "## Tables that are in no edition\n",
        "What is read from files, row by row, and steps on the way to `metrics.metric_value`; see the Dagster UI.\n",
        table(
            ["table", "one row per", "what it says"],
            [
                [f"`{item.name}`", item.grain, item.description]
                for item in catalogue.tables().values()
                if not item.is_in_edition
            ],
        ),
    ]
    return "\n".join(parts)


def view(name: str) -> str:
    """Return what a view says: its names, and each column in both languages with the columns that it comes from."""
    said = views.catalogue()
    rows = [
        [f"`{said.columns[column].en}`", f"`{said.columns[column].cy}`", views.origin(name, column)]
        for column in views.columns(name)
    ]
    names, told = said.views[name].name, said.views[name].description
    return f"### `en.{names.en}` · `cy.{names.cy}`\n\n{told.en}\n\n*{told.cy}*\n\n" + table(
        ["English", "Welsh", "what it says"], rows
    )


def metrics() -> str:
    """Return the catalogue of metrics by family."""
    parts = [
        NOTICE,
        "# Metrics\n",
        "What each metric says, how it is worked out, and within what it may be compared.\n",
    ]
    ordered = sorted(catalogue.metrics().values(), key=lambda metric: metric.family)
    for family, items in groupby(ordered, key=lambda metric: metric.family):
        parts.append(f"## {family}\n")
        for metric in items:
            parts.append(
                f"### `{metric.id}`: {metric.name}\n\n{metric.definition}\n\n"
                f"- Formula: {metric.formula}\n"
                f"- Unit: {metric.unit}; direction: {metric.direction}; level: {metric.level}\n"
                f"- Nations: {', '.join(metric.nations)}; comparable within: {metric.comparable_within}\n"
                f"- Edge cases: {metric.edge_cases}\n- Source of the method: {metric.method_source}\n"
            )
    return "\n".join(parts)


def sources() -> str:
    """Return the sources with licence, address and attribution."""
    rows = [
        [
            f"`{source.id}`",
            f"[{source.title}]({source.landing_page})",
            source.publisher,
            source.licence,
            source.attribution,
        ]
        for source in catalogue.sources().values()
    ]
    return "\n".join([NOTICE, "# Sources\n", table(["source", "title", "publisher", "licence", "attribution"], rows)])


def traceability() -> str:
    """Return what the report and the blog ask for, with the metrics that speak to each and what they leave open."""
    parts = [
        NOTICE,
        "# From the report to the metrics\n",
        "What the report and the blog ask for, in our own words, the metrics that speak to each, and what they leave "
        "open. In an edition `meta.traceability` also names the metrics that have no value.\n",
    ]
    for kind, elements in groupby(catalogue.traceability().values(), key=lambda element: element.kind):
        rows = [
            [
                f"`{element.id}`",
                element.name,
                ", ".join(f"[`{metric}`](metrics.md)" for metric in element.metrics) or "none",
                element.gap,
            ]
            for element in elements
        ]
        parts.append(f"## {kind.capitalize()}s\n")
        parts.append(table(["id", "what is asked", "metrics", "left open"], rows))
    return "\n".join(parts)


def commands() -> str:
    """Return the help of the command line."""
    context = click.Context(cpower, info_name="cpower", **cpower.context_settings)
    parts = [NOTICE, "# The command `cpower`\n", f"```text\n{cpower.get_help(context)}\n```\n"]
    return "\n".join([*parts, *subcommands(cpower, context, "##")])


def subcommands(group: click.Group, context: click.Context, heading: str) -> Iterator[str]:
    """Yield the help of every command of a group, and beneath it that of its own commands."""
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = click.Context(command, info_name=name, parent=context)
        yield f"{heading} `{inner.command_path}`\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from subcommands(command, inner, f"{heading}#")


DOCUMENTS = {
    DOCS / "data-dictionary.md": dictionary,
    DOCS / "metrics.md": metrics,
    DOCS / "sources.md": sources,
    DOCS / "cpower.md": commands,
    DOCS / "traceability.md": traceability,
    lineage.KNOWN: lineage.known_reads,
    column_lineage.KNOWN: column_lineage.known_column_sources,
}


def main() -> int:
    """Write or, with --check, compare each generated document; return the exit code."""
    stale = []
    for path, make in DOCUMENTS.items():
        text = make()
        if "--check" not in sys.argv:
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
    if stale:
        print(f"Not as the catalogue says: {', '.join(stale)}. Run make docs.", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())

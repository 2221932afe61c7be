"""Writes what is made from the catalogue, the queries, the command line and vl-convert; with --check compares only.

Written by hand are the other documents; what stands here is never edited by hand.
"""

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from itertools import groupby
from pathlib import Path

import click
import yaml

from assets.door import parser_of
from orchestration.cli import main as cpower
from warehouse import catalogue, column_lineage, lineage, views
from warehouse.report import charts, runtime, site

DOCS = Path(__file__).parent
TIER_HEADINGS = {"public": "Public tables", "detail": "Tables in detail"}
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
        "Every table of an edition: what one row is, its key, and what each column says. Public tables are for a "
        "first analysis; those in detail are for those who trace or recompute a value. In an edition `en.tables` lists "
        "them.\n",
    ]
    published = catalogue.edition_tables(composite=True)
    for (tier, schema), items in groupby(published, key=lambda item: (item.tier, item.schema_name)):
        parts.append(f"## {TIER_HEADINGS[tier]}, schema `{schema}`\n")
        for item in items:
            parts.append(f"### `{item.name}`\n\nOne row per {item.grain}. {item.description}\n")
            parts.extend(f"- {said}\n" for said in (*item.notes, item.joins))
            rows = [
                [
                    f"`{column.name}`{' (key)' if column.name in item.key else ''}",
                    column.type,
                    catalogue.units()[column.unit].said if column.unit else "",
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
        "## Internal tables, in no edition\n",
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


def _places(entry: catalogue.MethodId) -> tuple[str, ...]:
    """Return what an id of the method is here: metrics, or columns with their table."""
    return entry.metrics or tuple(f"{statistic.table}.{statistic.column}" for statistic in entry.statistics)


def metrics() -> str:
    """Return the catalogue of metrics by family."""
    readings = catalogue.readings()
    parts = [
        NOTICE,
        "# Metrics\n",
        "What each metric says, how to read it, how it is worked out, and within what it may be compared. Welsh that "
        "no Welsh reader has reviewed is marked *unreviewed*.\n",
    ]
    parts += [
        "## Where an id of the method is another here\n",
        table(
            ["method.md", "here", "why"],
            [
                [
                    f"`{entry.id}`",
                    (", ".join(f"`{name}`" for name in _places(entry)) or "not a metric")
                    + (f", by [{entry.breakdown}](#breakdowns)" if entry.breakdown else ""),
                    entry.why,
                ]
                for entry in catalogue.method_ids().values()
            ],
        ),
    ]
    parts += [
        "## Breakdowns\n",
        "The parts of which metrics have values, by list. Each has a row with its code in the column `breakdown`; the "
        "row of the whole has `all`.\n",
        table(
            ["list", "code", "name", "Welsh"],
            [
                [f"`{listed.id}`", f"`{part.code}`", part.name, part.name_cy]
                for listed in catalogue.breakdowns().values()
                for part in listed.values
            ],
        ),
        "## Ids that were metrics and are now parts\n",
        table(
            ["was", "metric", "breakdown"],
            [
                [f"`{entry.id}`", f"`{entry.metric}`", f"`{entry.breakdown}`"]
                for entry in catalogue.former_ids().values()
            ],
        ),
    ]
    order = list(catalogue.families())
    ordered = sorted(catalogue.metrics().values(), key=lambda metric: order.index(metric.family))
    for family, items in groupby(ordered, key=lambda metric: metric.family):
        named = catalogue.families()[family]
        parts.append(f"## {family}\n\n**{named.en}.** {named.reading} In Welsh (*unreviewed*): {named.cy}.\n")
        for metric in items:
            reading, missing = readings[metric.id], catalogue.reasons()[metric.missing_reason]
            made_of = list(dict.fromkeys(f"`{source.table}`" for source in metric.inputs))
            parts.append(
                f"### `{metric.id}`: {metric.name}\n\n{metric.definition}\n\n"
                f"- How to read it: {reading.en}\n"
                f"- Welsh{unreviewed(metric.is_name_cy_reviewed and reading.is_cy_reviewed)}: {metric.name_cy}. "
                f"{reading.cy}\n"
                f"- Formula: {metric.formula}\n"
                f"{broken_down(metric)}"
                f"- Unit: {catalogue.units()[metric.unit].said}; direction: {metric.direction}; level: {metric.level}\n"
                f"- Nations: {', '.join(metric.nations)}; comparable within: {metric.comparable_within}; "
                f"rule of aggregation: {metric.aggregation}\n"
                f"- Inputs: {', '.join(made_of) or 'none on record as rows'}\n"
                f"- Edge cases: {metric.edge_cases}\n"
                f"- Where nothing is on record: {missing.gap}, {missing.en} ([`{missing.id}`](reasons.md))\n"
                f"- Source of the method: {metric.method_source}\n"
            )
    return "\n".join(parts)


def broken_down(metric: catalogue.Metric) -> str:
    """Return the line that says which parts a metric has; empty where it has none."""
    if not metric.breakdowns:
        return ""
    lists = [
        f"{named.of} ({', '.join(f'`{code}`' for code in named.codes)})" if named.codes else f"{named.of}"
        for named in metric.breakdowns
    ]
    return f"- Breakdowns: {', '.join(lists)}{'' if metric.has_whole else '; no value of the whole'}\n"


def units() -> str:
    """Return the units of values and columns, each with how it is written and read."""
    rows = [
        [
            f"`{unit.id}`",
            unit.label(),
            unit.label("cy"),
            unit.kind,
            "as needed, at most 2" if unit.decimals is None else str(unit.decimals),
            unit.reading,
        ]
        for unit in catalogue.units().values()
    ]
    return "\n".join(
        [
            NOTICE,
            "# Units\n",
            "Every unit of a value or a column. The id is in the columns `unit` of the tables; headings, els.csv and "
            "the workbook have the name. No Welsh reader has reviewed the Welsh names yet.\n",
            table(["id", "English", "Welsh", "kind of value", "decimals", "how it is read"], rows),
        ]
    )


def reasons() -> str:
    """Return the reasons: every code with the states that follow from it, its arguments and its texts."""
    rows = [
        [
            f"`{reason.id}`",
            reason.gap or "",
            reason.with_value or "",
            ", ".join(f"{name} ({kind})" for name, kind in reason.arguments.items()),
            reason.en,
            reason.cy + unreviewed(reason.is_cy_reviewed),
        ]
        for reason in catalogue.reasons().values()
    ]
    return "\n".join(
        [
            NOTICE,
            "# Reasons\n",
            "Why a value is missing, doubtful or to be read with a note. A table has a reason as its code, with its "
            "arguments after bars: `dated_months|5|36`. As a gap it gives the row its state; with a value it is a "
            "caution (`ok_low`) or a note (`ok`). `core.dim_reason` holds the same.\n",
            table(["Code", "State of a gap", "State with a value", "Arguments", "English", "Welsh"], rows),
        ]
    )


def unreviewed(is_reviewed: bool) -> str:
    """Return the mark of Welsh that no Welsh reader has reviewed."""
    return "" if is_reviewed else " (*unreviewed*)"


def bearers() -> dict[str, list[tuple[str, str]]]:
    """Return what holds each rule of honesty, by its id: checks and tests that bear its number, with their words."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((lineage.SQL_ROOT / "checks").rglob("*.sql")):
        if said := re.match(r"(H\d+): (.*)", lineage.first_comment(path.read_text("utf-8"))):
            found[said[1]].append((str(path.relative_to(DOCS.parent)), said[2]))
    for path in sorted((DOCS.parent / "tests").rglob("test_*.py")):
        for number, name in re.findall(r"^def test_h(\d+)_(\w+)", path.read_text("utf-8"), re.MULTILINE):
            found[f"H{number}"].append((str(path.relative_to(DOCS.parent)), f"{name.replace('_', ' ').capitalize()}."))
    return found


def honesty() -> str:
    """Return the rules of honesty, each with the checks and tests that hold it."""
    held = bearers()
    parts = [
        NOTICE,
        "# Rules of honesty\n",
        "Checks run on the tables of every build and stop it; tests run on the code. Each bears the number of its "
        "rule.\n",
    ]
    for rule in catalogue.honesty_rules().values():
        parts.append(f"## {rule.id}\n\n{rule.says}\n")
        if rule.left_open:
            parts.append(f"*Left open:* {rule.left_open}\n")
        rows = [["check" if path.endswith(".sql") else "test", f"`{path}`", said] for path, said in held[rule.id]]
        parts.append(table(["", "where", "what it holds"], rows))
    return "\n".join(parts)


def sources() -> str:
    """Return the sources with licence, address and attribution; each has a page of its own."""
    rows = [
        [
            f"[`{source.id}`](sources/{source.id}.md)",
            f"[{source.title}]({source.landing_page})",
            source.publisher,
            source.licence,
            source.attribution,
        ]
        for source in catalogue.sources().values()
    ]
    return "\n".join([NOTICE, "# Sources\n", table(["source", "title", "publisher", "licence", "attribution"], rows)])


def source_page(source_id: str) -> str:
    """Return the page of a source: what it is, its licence, how it comes here, and what it has got wrong before."""
    source = catalogue.sources()[source_id]
    licence = catalogue.licences()[source.licence]
    parser = parser_of(source_id)
    filled = sorted(parser.tables) if parser else []
    facts = [
        f"- Publisher: {source.publisher} ([page]({source.landing_page}))",
        f"- Licence: [{licence.title}]({licence.url}) (`{licence.id}`)"
        + ("; what is made of it must carry the same licence" if licence.share_alike else ""),
        f"- Attribution: {source.attribution}",
        f"- Cadence: {source.cadence}" + (f"; period: {source.period}" if source.period else ""),
        *([f"- Formats: {', '.join(source.formats)}"] if source.formats else []),
        *([f"- A whole file has {source.expected_rows:,} rows"] if source.expected_rows else []),
        *([f"- Read into {', '.join(f'`{name}`' for name in filled)}"] if filled else []),
    ]
    known = [f"- {fault}" for fault in source.known_faults] or ["Nothing is on record."]
    return "\n".join(
        [
            NOTICE,
            f"# `{source.id}`\n",
            f"{source.title}.\n",
            *facts,
            "\n## How it comes here\n",
            how_it_comes(source),
            "\n## What it has got wrong before, and what to mind\n",
            *known,
            "\n[All sources](../sources.md) · [How pulling works](../sources-pulling.md)\n",
        ]
    )


def how_it_comes(source: catalogue.Source) -> str:
    """Return how a source is pulled, landed by a person, or shipped."""
    if source.file:
        return f"It ships with the project: `warehouse/reference/{source.file}`."
    if source.package:
        return f"It ships as the Python package `{source.package}`, which is installed with the project."
    if not source.protocol:
        return (
            f"{source.by_hand} A person downloads it and lands it:\n\n```text\ncpower land {source.id} FILE\n```\n\n"
            f"`cpower pull {source.id}` says so, too."
        )
    module = inspect.getdoc(import_module(f"warehouse.publishers.{source.protocol}")) or ""
    said = " ".join(module.partition("\n\n")[0].split())
    days = "every day" if source.kind == "awards" else "every week"
    pace = f", at most {source.max_requests_per_minute} requests a minute" if source.max_requests_per_minute else ""
    keep = (
        "Every file counts until a later one takes its place."
        if source.keep == "all"
        else "The newest file alone counts."
    )
    options = yaml.safe_dump(source.options, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join(
        [
            f"Pulled {days} by the schedule, and by `cpower pull {source.id}`, from <{source.address}>.\n",
            f"- Protocol `{source.protocol}`. {said}",
            f"- Asked of {', '.join(f'`{host}`' for host in source.hosts)} alone{pace}, "
            f"within {source.deadline_s:,.0f} seconds and {source.max_bytes / 1e6:,.0f} MB.",
            f"- {keep}",
            *([f"\n```yaml\n{options}```"] if source.options else []),
        ]
    )


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


def profile_query() -> str:
    """Return the query of `marts.locality_profile`: value and state of each metric that the catalogue puts there."""
    columns = [
        f"    max(case when value.metric_id = '{metric.id}' then value.{part} end)\n        as {metric.id}{ending}"
        for metric in catalogue.profile_metrics()
        for part, ending in (("value", ""), ("state", "_state"))
    ]
    place = [
        "locality.locality_code",
        "locality.locality_name",
        "locality.locality_name_cy",
        "locality.nation",
        "locality.region_name",
        "locality.authority_type",
        "locality.comparable_group",
        "locality.is_case_study",
        "standing.search_status",
    ]
    return "\n".join(
        [
            "-- One row a locality for people who want one row a locality. Written by `make docs` from metrics that",
            "-- the catalogue puts into the profile (is_in_profile); edit those, not this file.",
            "select",
            ",\n".join([*(f"    {name}" for name in place), *columns]),
            "from core.dim_locality as locality",
            "inner join metrics.practice_standing as standing",
            "    on locality.locality_code = standing.locality_code",
            "inner join metrics.headline_value as value",
            "    on locality.locality_code = value.locality_code",
            "group by",
            ",\n".join(f"    {name}" for name in place),
            "",
        ]
    )


DOCUMENTS = {
    DOCS / "data-dictionary.md": dictionary,
    DOCS / "metrics.md": metrics,
    DOCS / "units.md": units,
    DOCS / "reasons.md": reasons,
    DOCS / "method" / "honesty-rules.md": honesty,
    DOCS / "sources.md": sources,
    **{DOCS / "sources" / f"{name}.md": partial(source_page, name) for name in catalogue.sources()},
    DOCS / "cpower.md": commands,
    DOCS / "traceability.md": traceability,
    # Before what is read from the queries.
    lineage.SQL_ROOT / "marts" / "locality_profile.sql": profile_query,
    lineage.KNOWN: lineage.known_reads,
    column_lineage.KNOWN: column_lineage.known_column_sources,
    site.STATIC / runtime.FILE: runtime.script,
    site.STATIC / charts.SPECS_FILE: charts.specs_script,
}


def main() -> int:
    """Write or, with --check, compare each generated document; return the exit code."""
    stale = []
    for path, make in DOCUMENTS.items():
        text = make()
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
    if stale:
        print(f"Not as the catalogue says: {', '.join(stale)}. Run make docs.", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())

"""Generates documents and files from the catalogue, the queries and the command line; with --check compares them only.

The documents that are not in `DOCUMENTS` are written by hand.
"""

import inspect
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from itertools import groupby
from pathlib import Path

import click
import yaml

from assets.subjects import parsers
from orchestration.cli import main as cpower
from warehouse import catalogue, column_lineage, lineage
from warehouse.exports import views

DOCS = Path(__file__).parent
TIER_HEADINGS = {"public": "Public tables", "detail": "Detail tables"}
NOTICE = "<!-- Generated from the catalogue by `make docs`; edit warehouse/catalogue, not this file. -->\n"


def cell(text: str) -> str:
    """Return text escaped for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")


def table(headings: list[str], rows: Iterator[list[str]] | list[list[str]]) -> str:
    """Return a Markdown table."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines) + "\n"


def dictionary() -> str:
    """Return the data dictionary: every table of an edition, with every column."""
    parts = [
        NOTICE,
        "# Data dictionary\n",
        "Every table of an edition with its grain, its key and its columns. Public tables are for a first analysis; "
        "detail tables are for tracing or recomputing a value. `from en.tables` lists them in an edition. A locality "
        "is the area of one local authority.\n",
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
            parts.append(table(["column", "type", "unit", "null", "description"], rows))
    parts += [
        "## Views\n",
        "These views have readable names, and text for codes: in English in the schema `en`, in Welsh in `cy`."
        + ("" if views.catalogue().is_cy_reviewed else " No Welsh reader has reviewed the Welsh names yet.")
        + "\n",
        *map(view, views.catalogue().views),
        "## Internal tables\n",
        "These tables are not in an edition: the rows of files, and steps before `metrics.metric_value`. The Dagster "
        "UI shows them.\n",
        table(
            ["table", "one row per", "description"],
            [
                [f"`{item.name}`", item.grain, item.description]
                for item in catalogue.tables().values()
                if not item.is_in_edition
            ],
        ),
    ]
    return "\n".join(parts)


def view(name: str) -> str:
    """Return the section of a view: its names, and its columns in both languages with the columns they come from."""
    said = views.catalogue()
    rows = [
        [f"`{said.columns[column].en}`", f"`{said.columns[column].cy}`", views.origin(name, column)]
        for column in views.columns(name)
    ]
    names, told = said.views[name].name, said.views[name].description
    return f"### `en.{names.en}` · `cy.{names.cy}`\n\n{told.en}\n\n*{told.cy}*\n\n" + table(
        ["English", "Welsh", "comes from"], rows
    )


def _places(entry: catalogue.MethodId) -> tuple[str, ...]:
    """Return the metrics, or the columns with their tables, that implement an id of the method."""
    return entry.metrics or tuple(f"{statistic.table}.{statistic.column}" for statistic in entry.statistics)


def metrics() -> str:
    """Return the catalogue of metrics by family."""
    readings = catalogue.readings()
    parts = [
        NOTICE,
        "# Metrics\n",
        "The definition of each metric, how to read it, its formula, and the group within which it may be compared. A "
        "locality is the area of one local authority. Welsh that no Welsh reader has reviewed is marked "
        "*unreviewed*.\n",
    ]
    parts += [
        "## Ids of the method with another name\n",
        table(
            ["method.md", "metric or column", "reason"],
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
        "The parts of metrics, by list. A row for a part has its code in the column `breakdown`; the row of the whole "
        "has `all`.\n",
        table(
            ["list", "code", "name", "Welsh"],
            [
                [f"`{listed.id}`", f"`{part.code}`", part.name, part.name_cy]
                for listed in catalogue.breakdowns().values()
                for part in listed.values
            ],
        ),
        "## Previous ids that are now parts\n",
        table(
            ["previous id", "metric", "breakdown"],
            [
                [f"`{entry.id}`", f"`{entry.metric}`", f"`{entry.breakdown}`"]
                for entry in catalogue.former_ids().values()
            ],
        ),
    ]
    for family, items in groupby(
        catalogue.in_order_of_families(catalogue.metrics().values()), key=lambda metric: metric.family
    ):
        named = catalogue.families()[family]
        parts.append(f"## {family}\n\n**{named.en}.** {named.reading} In Welsh (*unreviewed*): {named.cy}.\n")
        for metric in items:
            reading, missing = readings[metric.id], catalogue.reasons()[metric.missing_reason]
            inputs = list(dict.fromkeys(f"`{source.table}`" for source in metric.inputs))
            parts.append(
                f"### `{metric.id}`: {metric.name}\n\n{metric.definition}\n\n"
                f"- How to read it: {reading.en}\n"
                f"- Welsh{unreviewed(metric.is_name_cy_reviewed and reading.is_cy_reviewed)}: {metric.name_cy}. "
                f"{reading.cy}\n"
                f"- Formula: {metric.formula}\n"
                f"{broken_down(metric)}"
                f"- Unit: {catalogue.units()[metric.unit].said}; direction: {metric.direction}; level: {metric.level}\n"
                f"- Nations: {', '.join(metric.nations)}; comparable within: {metric.comparable_within}; "
                f"aggregation: {metric.aggregation}\n"
                f"- Inputs: {', '.join(inputs) or 'no rows on record'}\n"
                f"- Edge cases: {metric.edge_cases}\n"
                f"- If nothing is on record: {missing.gap}, {missing.en} ([`{missing.id}`](reasons.md))\n"
                f"- Source of the method: {metric.method_source}\n"
            )
    return "\n".join(parts)


def broken_down(metric: catalogue.Metric) -> str:
    """Return the line with the parts of a metric; empty if it has none."""
    if not metric.breakdowns:
        return ""
    lists = [
        f"{named.of} ({', '.join(f'`{code}`' for code in named.codes)})" if named.codes else f"{named.of}"
        for named in metric.breakdowns
    ]
    return f"- Breakdowns: {', '.join(lists)}{'' if metric.has_whole else '; there is no value for the whole'}\n"


def units() -> str:
    """Return the units of values and columns, each with its format and meaning."""
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
            "Every unit of a value or a column. The columns `unit` of the tables have the id; headings, els.csv and "
            "the workbook have the name. No Welsh reader has reviewed the Welsh names yet.\n",
            table(["id", "English", "Welsh", "kind of value", "decimals", "meaning"], rows),
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
            "The reasons why a value is missing, is unreliable or has a note. In a table a reason is its code, with "
            "its arguments after bars: `dated_months|5|36`. The reason of a gap sets the state of the row. With a "
            "value a reason is a caution (`ok_low`) or a note (`ok`). `core.dim_reason` has the same list.\n",
            table(["Code", "State of a gap", "State with a value", "Arguments", "English", "Welsh"], rows),
        ]
    )


def unreviewed(is_reviewed: bool) -> str:
    """Return the mark of Welsh that no Welsh reader has reviewed."""
    return "" if is_reviewed else " (*unreviewed*)"


def enforcement() -> dict[str, list[tuple[str, str]]]:
    """Return the checks and tests of each honesty rule, by its id: path and description of those with its number."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for path in sorted((lineage.SQL_ROOT / "checks").rglob("*.sql")):
        if said := re.match(r"(H\d+): (.*)", lineage.first_comment(path.read_text("utf-8"))):
            found[said[1]].append((str(path.relative_to(DOCS.parent)), said[2]))
    for path in sorted((DOCS.parent / "tests").rglob("test_*.py")):
        for number, name in re.findall(r"^def test_h(\d+)_(\w+)", path.read_text("utf-8"), re.MULTILINE):
            found[f"H{number}"].append((str(path.relative_to(DOCS.parent)), f"{name.replace('_', ' ').capitalize()}."))
    return found


def honesty() -> str:
    """Return the honesty rules, each with the checks and tests that enforce it."""
    enforced = enforcement()
    parts = [
        NOTICE,
        "# Honesty rules\n",
        "A check runs on the tables of every build, and stops the build if it fails. A test runs on the code. The name "
        "or comment of each has the number of its rule.\n",
    ]
    for rule in catalogue.honesty_rules().values():
        parts.append(f"## {rule.id}\n\n{rule.says}\n")
        if rule.left_open:
            parts.append(f"*Not covered:* {rule.left_open}\n")
        rows = [["check" if path.endswith(".sql") else "test", f"`{path}`", said] for path, said in enforced[rule.id]]
        parts.append(table(["kind", "where", "description"], rows))
    return "\n".join(parts)


def sources() -> str:
    """Return the list of sources with licence, address and attribution, and links to their pages."""
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
    """Return the page of a source: its licence, how its files are obtained, and its known faults."""
    source = catalogue.sources()[source_id]
    licence = catalogue.licences()[source.licence]
    parser = parsers().get(source_id)
    filled = sorted(parser.tables) if parser else []
    facts = [
        f"- Publisher: {source.publisher} ([page]({source.landing_page}))",
        f"- Licence: [{licence.title}]({licence.url}) (`{licence.id}`)"
        + ("; derived data must have the same licence" if licence.share_alike else ""),
        f"- Attribution: {source.attribution}",
        f"- Cadence: {source.cadence}" + (f"; period: {source.period}" if source.period else ""),
        *([f"- Formats: {', '.join(source.formats)}"] if source.formats else []),
        *([f"- A complete file has {source.expected_rows:,} rows"] if source.expected_rows else []),
        *([f"- Parsed into {', '.join(f'`{name}`' for name in filled)}"] if filled else []),
    ]
    known = [f"- {fault}" for fault in source.known_faults] or ["None is on record."]
    return "\n".join(
        [
            NOTICE,
            f"# `{source.id}`\n",
            f"{source.title}.\n",
            *facts,
            "\n## How its files are obtained\n",
            access(source),
            "\n## Known faults and notes\n",
            *known,
            "\n[All sources](../sources.md) · [Pulling](../sources-pulling.md)\n",
        ]
    )


def access(source: catalogue.Source) -> str:
    """Return how the files of a source are obtained: pulled, uploaded manually, or shipped."""
    if source.file:
        return f"It ships with the project: `warehouse/reference/{source.file}`."
    if source.package:
        return f"It is in the Python package `{source.package}`, which is installed with the project."
    if not source.protocol:
        return f"{source.by_hand} Download the file and land it:\n\n```text\ncpower land {source.id} FILE\n```"
    module = inspect.getdoc(import_module(f"warehouse.publishers.{source.protocol}")) or ""
    said = " ".join(module.partition("\n\n")[0].split())
    days = "every day" if source.kind == "awards" else "every week"
    pace = f", at most {source.max_requests_per_minute} requests a minute" if source.max_requests_per_minute else ""
    keep = (
        "Every file is used until a later one replaces it." if source.keep == "all" else "Only the newest file is used."
    )
    options = yaml.safe_dump(source.options, sort_keys=False, allow_unicode=True, width=110)
    return "\n".join(
        [
            f"The schedule pulls it {days} from <{source.address}>; so does `cpower pull {source.id}`.\n",
            f"- Protocol `{source.protocol}`. {said}",
            f"- Requests go only to {', '.join(f'`{host}`' for host in source.hosts)}{pace}, with a limit of "
            f"{source.deadline_s:,.0f} seconds and {source.max_bytes / 1e6:,.0f} MB.",
            f"- {keep}",
            *([f"\n```yaml\n{options}```"] if source.options else []),
        ]
    )


def traceability() -> str:
    """Return the elements of the report and the blog, with the metrics for each and what is not covered."""
    parts = [
        NOTICE,
        "# From the report to the metrics\n",
        "What the report and the blog ask for, in our own words, with the metrics for each element and what they do "
        "not cover. In an edition `meta.traceability` also names the metrics that have no value.\n",
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
        parts.append(table(["id", "element", "metrics", "not covered"], rows))
    return "\n".join(parts)


def codebook() -> str:
    """Return the second codebook of practices: every axis with its question and its codes."""
    parts = [
        NOTICE,
        "# Second codebook of practices\n",
        "The codes of the national scan and of contributed practices. The study of 2021 has "
        "[a codebook of its own](codebook-notes.md), and the two are never mixed.\n",
        "The unit is one practice in one locality, as a public source describes it. Two readers code it, each alone, "
        "from what the record says and from nothing else. In doubt they choose `unknown` or `doubtful`; they never "
        "guess.\n",
    ]
    for axis in catalogue.codebook().values():
        parts.append(f"## {axis.en}: `{axis.id}`\n\n{axis.question}\n")
        if axis.codes_of:
            parts.append(f"The codes of `{axis.codes_of}`, separated by semicolons, without the one chosen there.\n")
        else:
            rows = [[f"`{code.code}`", code.en, code.meaning] for code in axis.codes]
            parts.append(table(["code", "name", "meaning"], rows))
    parts += [
        "## Decided codes\n",
        "Where the two readings agree, their code is used. Where they differ:\n\n"
        "- On type, side, mechanism and direction a third reading decides and gives its reason.\n"
        "- On shift and evidence the lower code is used.\n"
        "- On began, response to the pandemic and status the code is `unknown`.\n",
        "## Known weak points\n",
        "- The codes of the direction have short meanings only; readers agree on it least.\n"
        '- For emergency hubs, "mainly" and "take the first clear yes" can lead to different types (A2, A1, C1); '
        "for boards, to C1 or I2.\n"
        "- Ordinary grants and one-off consultations have no type of their own. Most are `doubtful`, with C1 or I2.\n"
        "- There is no rule yet for the side of housing associations.\n",
    ]
    return "\n".join(parts)


def commands() -> str:
    """Return the help of the command line."""
    context = click.Context(cpower, info_name="cpower", **cpower.context_settings)
    notice = NOTICE.replace("the catalogue", "the help texts").replace("warehouse/catalogue", "orchestration/cli")
    parts = [notice, "# The command `cpower`\n", f"```text\n{cpower.get_help(context)}\n```\n"]
    return "\n".join([*parts, *subcommands(cpower, context, "##")])


def subcommands(group: click.Group, context: click.Context, heading: str) -> Iterator[str]:
    """Yield the help of every command of a group, followed by that of its subcommands."""
    for name in group.list_commands(context):
        command = group.commands[name]
        inner = click.Context(command, info_name=name, parent=context)
        yield f"{heading} `{inner.command_path}`\n\n```text\n{command.get_help(inner)}\n```\n"
        if isinstance(command, click.Group):
            yield from subcommands(command, inner, f"{heading}#")


def profile_query() -> str:
    """Return the query of `marts.locality_profile`: value and state of each metric with `is_in_profile`."""
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
            "-- One row per locality with value and state of its main metrics. `make docs` makes this file from the",
            "-- metrics of the catalogue with is_in_profile: edit the catalogue, not this file.",
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


DOCUMENTS: dict[Path, Callable[[], str]] = {
    DOCS / "data-dictionary.md": dictionary,
    DOCS / "metrics.md": metrics,
    DOCS / "units.md": units,
    DOCS / "reasons.md": reasons,
    DOCS / "method" / "honesty-rules.md": honesty,
    DOCS / "method" / "codebook-2.md": codebook,
    DOCS / "sources.md": sources,
    **{DOCS / "sources" / f"{name}.md": partial(source_page, name) for name in catalogue.sources()},
    DOCS / "cpower.md": commands,
    DOCS / "traceability.md": traceability,
    # Before the files that are computed from the queries.
    lineage.SQL_ROOT / "marts" / "locality_profile.sql": profile_query,
    lineage.KNOWN: lineage.known_reads,
    column_lineage.KNOWN: column_lineage.known_column_sources,
}


def main() -> int:
    """Write each generated file or, with --check, compare it; return the exit code."""
    stale = []
    for path, make in DOCUMENTS.items():
        text = make()
        if "--check" not in sys.argv:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        elif not path.exists() or path.read_text("utf-8") != text:
            stale.append(path.name)
    if stale:
        print(f"Out of date: {', '.join(stale)}. Run make docs.", file=sys.stderr)
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())

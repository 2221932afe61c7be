"""Explains a value: its input rows, the files they were read from, and their sources.

All data are read from one edition. The catalogue has the tables and columns of the inputs of a metric, and so all
identifiers in the queries here; names and codes from users are query parameters.
"""

import contextlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from warehouse import catalogue, query
from warehouse.catalogue import WHOLE, MetricInput, pick
from warehouse.errors import CommunityPowerError, MovedName, UnknownName
from warehouse.explain.used_rows import PROVENANCE, Asked, behind, selection, tables_of
from warehouse.explain.value_statistics import ValueStatistics, of_value
from warehouse.storage.table_store import Tables, quoted

SHOWN_ROWS = 20
CITED = ("cited_title", "cited_url")
CITATIONS = "core.fct_citation"
HEADLINE = "metrics.headline_value"
VALUES = "metrics.metric_value"


@dataclass(frozen=True)
class MetricFacts:
    """Definition and formula of a metric, from `core.dim_metric` of the edition."""

    metric_id: str
    metric_name: str
    definition: str
    formula: str
    unit: str
    method_source: str
    method_version: str


@dataclass(frozen=True)
class MetricPart:
    """The explained breakdown, `all` for values without one, and the codes of the other breakdowns."""

    code: str
    name: str
    others: list[str]


@dataclass(frozen=True)
class ExplainedPlace:
    """A locality, a nation, the United Kingdom or `unallocated`; `asked` is the name that the user gave."""

    code: str
    name: str
    nation: str
    asked: str


@dataclass(frozen=True)
class Value:
    """One value of the metric for the place, from `metrics.metric_value`."""

    period: str
    period_start: date
    period_end: date
    value: float | None
    unit: str
    lci: float | None
    uci: float | None
    ci_level: float | None
    ci_method: str
    state: str
    state_reason: str | None
    reliability: str | None
    coverage: float | None
    staleness_days: int | None
    source_ids: list[str]


@dataclass(frozen=True)
class InputRows:
    """The input rows of one table: at most `SHOWN_ROWS` rows, and their total number.

    `absent` is the reason if the edition cannot have these rows.
    """

    table: str
    condition: str
    total: int
    rows: list[dict[str, Any]]
    absent: str | None = None


@dataclass(frozen=True)
class File:
    """A file that rows were read from, from `meta.landed_file`."""

    source_id: str
    file_sha256: str
    file_name: str
    address: str | None
    licence_id: str
    landed_at: datetime | None


@dataclass(frozen=True)
class SourceFacts:
    """A source of the rows or values, from `core.dim_source`."""

    source_id: str
    source_title: str
    publisher: str
    landing_page: str
    licence_id: str
    attribution: str


@dataclass(frozen=True)
class Explanation:
    """The explanation of one value of a metric for a place, with the values of other periods.

    `explained` is the period of `inputs`, `statistics`, `files` and `sources`; None if there is no value. `statistics`
    are those of a value that is compared with others or with its own past.
    """

    edition_id: str
    metric: MetricFacts
    breakdown: MetricPart
    place: ExplainedPlace
    values: list[Value]
    explained: str | None
    inputs: list[InputRows]
    files: list[File]
    sources: list[SourceFacts]
    statistics: ValueStatistics | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as JSON-ready values; dates and timestamps are ISO 8601."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain


def explain(
    edition: Path, metric_id: str, locality: str, period: str | None = None, breakdown: str | None = None
) -> Explanation:
    """Return the explanation of a value of a metric for a locality, from the edition in a folder.

    The metric is given by id; the locality by a GSS code (also a former one), a StatsWales code or a name in English or
    Welsh; a nation by code or name; unallocated money by `unallocated`. The default period is that of the headline
    value, and the default breakdown is none. Raises `UnknownName`, with the nearest names, for each of the four,
    `MovedName` for a former metric that is now a column or a breakdown, and `CommunityPowerError` if there is no
    edition, or if a metric with breakdowns only is requested without one.
    """
    with contextlib.closing(query.connect(edition)) as database:
        metric = _metric(database, metric_id)
        place = _place(database, locality)
        part = _part(database, metric_id, place, breakdown)
        values = _values(database, metric_id, place.code, part.code)
        value = _explained(database, metric_id, place.code, values, period)
        entry = catalogue.metrics().get(metric_id)
        inputs: list[InputRows] = []
        read: set[tuple[str, str]] = set()
        named = set(value.source_ids) if value else set()
        if entry and value:
            asked = Asked(metric_id, place.code, value.period_start, value.period_end, value.state, part.code)
            for found in filter(None, (_input_rows(database, item, asked) for item in behind(entry.inputs, part.code))):
                inputs.append(found[0])
                read |= found[1]
                named |= found[2]
        said = None
        if value and part.code == WHOLE:
            said = of_value(database, metric_id, place.code, value.period_start, value.period_end, SHOWN_ROWS)
            named |= set(said.source_ids) if said else set()
        return Explanation(
            edition_id=database.execute("select edition_id from meta.edition").fetchall()[0][0],
            metric=metric,
            breakdown=part,
            place=place,
            values=values,
            explained=value.period if value else None,
            inputs=inputs,
            files=_files(database, read, named),
            sources=_sources(database, named | {source_id for source_id, _ in read}),
            statistics=said,
        )


def _explained(
    database: duckdb.DuckDBPyConnection, metric_id: str, code: str, values: list[Value], period: str | None
) -> Value | None:
    """Return the value of the requested period, or the headline value."""
    by_period = {value.period: value for value in values}
    if period is not None:
        if period not in by_period:
            raise UnknownName("period", period, list(by_period))
        return by_period[period]
    newest = next(iter(values), None)
    if HEADLINE not in query.table_names(database):
        return newest
    headlines = database.execute(
        f"select period from {HEADLINE} where metric_id = ? and locality_code = ?", [metric_id, code]
    ).fetchall()
    return next((by_period[name] for (name,) in headlines if name in by_period), newest)


def _metric(database: duckdb.DuckDBPyConnection, metric_id: str) -> MetricFacts:
    found = query.records(
        database,
        "select metric_id, metric_name, definition, formula, unit, method_source, method_version "
        "from core.dim_metric where metric_id = ?",
        [metric_id],
    )
    if not found and (moved := catalogue.moved_ids().get(metric_id)):
        raise MovedName(
            f"{metric_id} is not a metric: it is the column {moved.column} of {moved.table}, in the rows of "
            f"{', '.join(moved.metrics)}. Use: cpower explain {moved.metrics[0]} LOCALITY"
        )
    if not found and (part := catalogue.part_of(metric_id)):
        raise MovedName(
            f"{metric_id} is not a metric: it is the breakdown {part[1]} of {part[0]}. "
            f"Use: cpower explain {part[0]} LOCALITY --breakdown {part[1]}"
        )
    if not found:
        known = database.execute("select metric_id from core.dim_metric").fetchall()
        raise UnknownName("metric", metric_id, [name for (name,) in known])
    return MetricFacts(**found[0])


def _place(database: duckdb.DuckDBPyConnection, asked: str) -> ExplainedPlace:
    """Return the place with a code or name."""
    text = asked.strip()
    # Names are compared in the form of the names in the edition, created by the same macro.
    with Tables(Path()).connect(()) as macros:
        key = macros.execute("select name_key(?)", [text]).fetchall()[0][0]
    found = database.execute(
        """
        with meant as (
            select locality_code from core.bridge_locality_code where area_code = $code
            union
            select locality_code from core.bridge_locality_name where name_key = $key
        )
        select locality_code, locality_name, nation
        from core.dim_locality
        where locality_code in (select locality_code from meant)
        union all
        select nation_code, nation, nation
        from core.dim_nation
        where nation_code = $code or lower(nation) = lower($text) or lower(nation_name_cy) = lower($text)
        union all
        select 'unallocated', 'Unallocated', 'United Kingdom'
        where lower($text) = 'unallocated'
        """,
        {"code": text.upper(), "key": key, "text": text},
    ).fetchall()
    if len(found) != 1:
        wider = database.execute(
            "select distinct locality_code from core.fct_practice_study where geo_precision = 'upper_tier' and "
            "(lower(place) = lower(?) or locality_code = ?)",
            [text, text.upper()],
        ).fetchall()
        if wider:
            raise CommunityPowerError(
                f"{text} ({wider[0][0]}) is larger than a locality, and its records are not split by district. "
                "To list them: select practice_name, summary from core.fct_practice_study "
                f"where locality_code = '{wider[0][0]}'"
            )
        known = database.execute(
            """
            select locality_name from core.dim_locality
            union
            select locality_name_cy from core.dim_locality where locality_name_cy is not null
            union
            select nation from core.dim_nation
            """
        ).fetchall()
        raise UnknownName("locality", asked, [name for (name,) in known])
    code, name, nation = found[0]
    return ExplainedPlace(code, name, nation, asked)


def _part(database: duckdb.DuckDBPyConnection, metric_id: str, place: ExplainedPlace, asked: str | None) -> MetricPart:
    """Return the requested breakdown; a metric that has only breakdowns in a place needs one."""
    # Previous versions of editions have no breakdowns.
    if "breakdown" not in query.column_names(database, VALUES):
        if asked not in (None, WHOLE):
            raise UnknownName("breakdown", str(asked), [WHOLE])
        return MetricPart(WHOLE, "All", [])
    found = database.execute(
        f"""
        select listed.breakdown, listed.breakdown_name, bool_or(value.locality_code = ?) as is_here
        from {VALUES} as value
        inner join core.dim_breakdown as listed on value.breakdown = listed.breakdown
        where value.metric_id = ?
        group by listed.breakdown, listed.breakdown_name, listed.breakdown_list, listed.breakdown_position
        order by listed.breakdown_list, listed.breakdown_position
        """,
        [place.code, metric_id],
    ).fetchall()
    names = {code: name for code, name, _ in found}
    here = [code for code, _, is_here in found if is_here and code != WHOLE]
    if asked is None and here and not any(code == WHOLE and is_here for code, _, is_here in found):
        raise CommunityPowerError(
            f"{metric_id} has only values by breakdown for {place.name}. Choose one with --breakdown: {', '.join(here)}"
        )
    if asked is not None and asked not in (WHOLE, *names):
        raise UnknownName("breakdown", asked, list(names))
    code = asked or WHOLE
    return MetricPart(code, names.get(code, "All"), [other for other in here if other != code])


def _values(database: duckdb.DuckDBPyConnection, metric_id: str, code: str, breakdown: str) -> list[Value]:
    of_part = "and breakdown = ?" if "breakdown" in query.column_names(database, VALUES) else ""
    records = query.records(
        database,
        "select period, period_start, period_end, value, unit, lci, uci, ci_level, ci_method, state, state_reason, "
        f"reliability, coverage, staleness_days, source_ids from {VALUES} "
        f"where metric_id = ? and locality_code = ? {of_part} order by period_end desc, period desc",
        [metric_id, code, *([breakdown] if of_part else [])],
    )
    return [Value(**(record | {"source_ids": list(record["source_ids"] or [])})) for record in records]


def _input_rows(
    database: duckdb.DuckDBPyConnection, part: MetricInput, asked: Asked
) -> tuple[InputRows, set[tuple[str, str]], set[str]] | None:
    """Return the rows of one input of a value, with their files and sources.

    Files are (source id, SHA-256); sources are those named by rows of other values. None if values in that state do not
    use this input.
    """
    table = pick("table", catalogue.tables, part.table)
    published = query.table_names(database)
    lacking = [name for name in tables_of(part) if name not in published]
    if lacking:
        return InputRows(part.table, "any", 0, [], f"This edition has no table {lacking[0]}."), set(), set()
    # A previous version of an edition may lack columns of the current catalogue.
    held = query.column_names(database, part.table)
    chosen = selection(part, set(held), asked)
    if chosen is None:
        return None
    columns = ", ".join([*(f"rows.{quoted(name)}" for name in held), *chosen.columns])
    order = ", ".join(f"rows.{quoted(name)}" for name in table.key)
    total = database.execute(f"select count(*) {chosen.source}", chosen.parameters).fetchall()[0][0]
    rows = query.records(
        database, f"select {columns} {chosen.source} order by {order} limit {SHOWN_ROWS}", chosen.parameters
    )
    files: set[tuple[str, str]] = set()
    if chosen.provenance:
        found = f"select distinct {chosen.provenance}.source_id, {chosen.provenance}.file_sha256 {chosen.source}"
        files.update(database.execute(found, chosen.parameters).fetchall())
    named: set[str] = set()
    if "source_ids" in held:
        found = f"select distinct unnest(rows.source_ids) {chosen.source}"
        named.update(name for (name,) in database.execute(found, chosen.parameters).fetchall())
    _cite(database, rows)
    return InputRows(part.table, chosen.shown, total, rows), files, named


def _cite(database: duckdb.DuckDBPyConnection, rows: list[dict[str, Any]]) -> None:
    """Add the cited page to rows of reference files."""
    placed = [row for row in rows if all(row.get(name) is not None for name in PROVENANCE)]
    if not placed or CITATIONS not in query.table_names(database):
        return
    for source_id, file_sha256 in {(row["source_id"], row["file_sha256"]) for row in placed}:
        cited = database.execute(
            f"select source_row, source_title, source_url from {CITATIONS} where source_id = ? and file_sha256 = ?",
            [source_id, file_sha256],
        ).fetchall()
        pages = {number: {"cited_title": title, "cited_url": url} for number, title, url in cited}
        for row in placed:
            if (row["source_id"], row["file_sha256"]) == (source_id, file_sha256):
                row |= pages.get(row["source_row"], {})


def _files(database: duckdb.DuckDBPyConnection, behind: set[tuple[str, str]], named: set[str]) -> list[File]:
    """Return the files of the rows and of the sources of a value: a zero can depend on a complete list."""
    records = query.records(
        database,
        "select source_id, file_sha256, file_name, address, licence_id, landed_at, is_current from meta.landed_file "
        "order by source_id, file_name, file_sha256",
        [],
    )
    return [
        File(**{name: cell for name, cell in record.items() if name != "is_current"})
        for record in records
        if (record["source_id"], record["file_sha256"]) in behind
        or (record["source_id"] in named and record["is_current"])
    ]


def _sources(database: duckdb.DuckDBPyConnection, named: set[str]) -> list[SourceFacts]:
    records = query.records(
        database,
        "select source_id, source_title, publisher, landing_page, licence_id, attribution from core.dim_source "
        "order by source_id",
        [],
    )
    return [SourceFacts(**record) for record in records if record["source_id"] in named]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime) else value

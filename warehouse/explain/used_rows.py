"""Finds the input rows of a value in an edition, from the inputs in the catalogue entry of its metric.

This module converts an input (`of`, `period`, `where`) to SQL. `warehouse.explain.explanation` shows the rows and finds
their files.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.catalogue import WHOLE, Fixed, MetricInput
from warehouse.errors import ProjectFault
from warehouse.storage.table_store import literal, quoted

AWARD_BASIS = "best"
PROVENANCE = ("source_id", "file_sha256", "source_row")
UNITED_KINGDOM = "K02000001"
# Tables of values of other metrics: a row of counts does not depend on counts.
VALUE_TABLES = ("metrics.headline_value", "metrics.metric_value")
WITHIN_LOCALITY = "('lad', 'sub_lad')"
WINDOWS = "select window_id from metrics.award_window where period_start = $period_start and period_end = $period_end"
INDICES = "core.dim_index"
YEAR_OF_INDEX = f"(select edition.index_year from {INDICES} as edition where edition.index_id = rows.index_id)"
NEWEST_YEAR = f"""(
    select max(edition.index_year)
    from core.fct_deprivation_profile as own inner join {INDICES} as edition on own.index_id = edition.index_id
    where own.locality_code = rows.locality_code
)"""
DAYS_PLANNED = "(case when rows.planned_months > 0 then rows.planned_months else 12 end) * 365.25 / 12"


@dataclass(frozen=True)
class Asked:
    """The value to explain: metric, area, dates, state and breakdown."""

    metric_id: str
    area: str
    period_start: date
    period_end: date
    state: str
    breakdown: str = WHOLE


@dataclass(frozen=True)
class RowSelection:
    """A query for input rows: SQL from `from` on, parameters, additional columns, and its condition as text.

    `provenance` is the alias of the table with the source_id and file_sha256 of the rows, if any.
    """

    source: str
    parameters: dict[str, Any]
    columns: tuple[str, ...]
    provenance: str | None
    shown: str


def selection(part: MetricInput, names: set[str], asked: Asked) -> RowSelection | None:
    """Return the query for the rows of an input of a value; None if its state does not use them.

    `names` are the columns of the table in the edition. Raises `ProjectFault` if it lacks a column by which the
    catalogue selects its rows.
    """
    if part.state not in (None, asked.state):
        return None
    for name in part.where:
        if name not in names:
            raise ProjectFault(f"{part.table} has no column {name!r}, by which the catalogue selects its rows.")
    joins, columns, provenance = _provenance(names)
    area, place_join = area_of(part, names)
    area_test, shown = _area(part, asked, area)
    if area_test and place_join:
        joins = [place_join, *joins]
        columns = ["place.weight", *columns] if "place." in str(area) else columns
    if part.table == VALUE_TABLES[0]:
        joins = [*joins, "inner join core.dim_metric as own on rows.metric_id = own.metric_id"]
    tests = [
        area_test,
        "not own.is_of_other_metrics" if part.table == VALUE_TABLES[0] else "",
        f"rows.geo_precision in {WITHIN_LOCALITY}" if "geo_precision" in names and area_test else "",
        *_period(part, names),
        *fixed(part),
    ]
    source = f"from {part.table} as rows {' '.join(joins)} where {' and '.join(filter(None, tests)) or 'true'}"
    known = {"metric_id": asked.metric_id, "area": asked.area} | {
        "period_start": asked.period_start,
        "period_end": asked.period_end,
    }
    parameters = {name: value for name, value in known.items() if f"${name}" in source}
    words = [shown, *_period_shown(part, asked), *(f"{name} = {_words(value)}" for name, value in part.where.items())]
    return RowSelection(source, parameters, tuple(columns), provenance, " and ".join(filter(None, words)))


def tables_of(part: MetricInput) -> tuple[str, ...]:
    """Return the tables that an edition must contain to find the rows of an input."""
    return (part.table, INDICES) if part.period in ("index", "newest_index", "order") else (part.table,)


def behind(inputs: tuple[MetricInput, ...], breakdown: str) -> list[MetricInput]:
    """Return the inputs of the value of a breakdown: its own if it has any, else those without a breakdown."""
    own = [part for part in inputs if breakdown in part.breakdown]
    return own or [part for part in inputs if not part.breakdown]


def area_of(part: MetricInput, names: set[str]) -> tuple[str | None, str]:
    """Return the expression for the area of a row, and the join it needs; None if rows have no area.

    Rows of awards have no area: their localities are in `core.bridge_award_locality` on the best basis. A table of
    practices can use `core.fct_practice_study`.
    """
    if part.area_column in names:
        return f"rows.{quoted(part.area_column)}", ""
    if "award_key" in names:
        join = "inner join core.bridge_award_locality as place on rows.award_key = place.award_key"
        return "place.locality_code", f"{join} and place.basis = '{AWARD_BASIS}' and place.weight > 0"
    if "practice_id" in names:
        join = "inner join core.fct_practice_study as practice on rows.practice_id = practice.practice_id"
        return "practice.locality_code", f"{join} and practice.geo_precision in {WITHIN_LOCALITY}"
    return None, ""


def fixed(part: MetricInput) -> list[str]:
    """Return the conditions for the fixed values of an input."""
    return [f"rows.{quoted(name)} {_equals(value)}" for name, value in part.where.items()]


def _equals(value: Fixed) -> str:
    if value is None:
        return "is null"
    if isinstance(value, tuple):
        return f"in ({', '.join(map(literal, value))})"
    return f"= {literal(value) if isinstance(value, str) else str(value).lower()}"


def _words(value: Fixed) -> str:
    if isinstance(value, tuple):
        return " or ".join(value)
    return str(value).lower() if isinstance(value, bool) else "null" if value is None else str(value)


def _provenance(names: set[str]) -> tuple[list[str], list[str], str | None]:
    """Return the joins and columns that lead from rows to files, and the alias of the table with the file."""
    if names.issuperset(PROVENANCE[:2]):
        return [], [], "rows"
    if "award_key" in names:
        shown = [name for name in ("award_title", "funder_name", "recipient_name", *PROVENANCE) if name not in names]
        return (
            ["inner join core.fct_award as award on rows.award_key = award.award_key"],
            [f"award.{name}" for name in shown],
            "award",
        )
    if "practice_id" in names:
        shown = [name for name in ("practice_name", *PROVENANCE) if name not in names]
        return (
            ["inner join core.fct_practice_study as named on rows.practice_id = named.practice_id"],
            [f"named.{name}" for name in shown],
            "named",
        )
    return [], [], None


def _area(part: MetricInput, asked: Asked, area: str | None) -> tuple[str, str]:
    """Return the condition for the area of the rows of an input, and the same as text.

    For the United Kingdom, all rows of a table count if it has no row for the United Kingdom.
    """
    if part.of == "order":
        return f"{area} in (select placed.locality_code {_order(part)})", "the localities in the order of deprivation"
    if part.of == "peers":
        return f"{area} in ({PEERS})", "the localities of the group"
    if area is None or (asked.area == UNITED_KINGDOM and part.area_column == "locality_code"):
        if area is None and asked.area != UNITED_KINGDOM:
            raise ProjectFault(f"{part.table} has no column {part.area_column!r}, which has the area of its rows.")
        return "", "any place"
    return f"{area} = $area", f"{area.partition('.')[2].strip(chr(34))} = {asked.area}"


PEERS = """
    select locality_code
    from metrics.metric_value
    where
        metric_id = $metric_id
        and period_start = $period_start
        and period_end = $period_end
        and comparable_group in (
            select comparable_group
            from metrics.metric_value
            where
                metric_id = $metric_id
                and locality_code = $area
                and period_start = $period_start
                and period_end = $period_end
        )
"""


def _order(part: MetricInput) -> str:
    """Return the rows of the order of deprivation that an equity value is computed from."""
    return (
        "from metrics.equity_place as placed "
        f"where placed.series = {literal(part.series or '')} and placed.nation_code = $area "
        "and placed.period_start = $period_start and placed.period_end = $period_end"
    )


def _period(part: MetricInput, names: set[str]) -> list[str]:
    """Return the conditions for the period of the rows."""
    match part.period:
        case "same":
            return [f"rows.{name} = ${name}" for name in ("period_start", "period_end") if name in names]
        case "window":
            return [f"rows.window_id in ({WINDOWS} and window_id <> 'place_funds')"]
        case "summary":
            return [
                "exists (select 1 from metrics.funding_window as sums where sums.origin <> 'award_rows' "
                f"and sums.locality_code = rows.locality_code and sums.window_id in ({WINDOWS}))"
            ]
        case "spread":
            return [
                "rows.award_date <= $period_end",
                f"date_diff('day', $period_start, rows.award_date) + {DAYS_PLANNED} > 0",
            ]
        case "population":
            return [
                "exists (select 1 from metrics.window_population as nearest "
                f"where nearest.window_id in ({WINDOWS}) and nearest.locality_code = rows.locality_code "
                "and nearest.period_end = rows.period_end)"
            ]
        case "index":
            return [f"{YEAR_OF_INDEX} = extract(year from $period_end)"]
        case "newest_index":
            return [f"{YEAR_OF_INDEX} = {NEWEST_YEAR}"]
        case "order":
            taken = "placed.persons = rows.population_persons"
            if "index_id" in names:
                taken = f"extract(year from placed.index_end) = {YEAR_OF_INDEX}"
            return [f"exists (select 1 {_order(part)} and placed.locality_code = rows.locality_code and {taken})"]
        case _:
            return []


def _period_shown(part: MetricInput, asked: Asked) -> list[str]:
    if part.period == "any":
        return []
    days = str(asked.period_end)
    if asked.period_start != asked.period_end:
        days = f"{asked.period_start} to {asked.period_end}"
    return {
        "same": [f"of {days}"],
        "window": [f"awarded in the window {days}"],
        "summary": [f"in the summary of {days}"],
        "spread": [f"reaching into {days}"],
        "population": [f"nearest to the middle of {days}"],
        "index": [f"of the index of {asked.period_end.year}"],
        "newest_index": ["of the newest index"],
        "order": ["that the order took"],
    }[part.period]

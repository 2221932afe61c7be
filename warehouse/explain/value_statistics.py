"""Reads the statistics of one value from `metrics.value_statistic`, and the localities that it was compared with.

The catalogue entry of that table defines the statistics.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb

from warehouse import query
from warehouse.catalogue.reason_text import texts

TABLE = "metrics.value_statistic"
RANK_SET = "95 % confidence set for the rank of this locality alone"
KEY = ("metric_id", "locality_code", "period_start", "period_end")
COMPARED = """
    from metrics.metric_value as value
    inner join core.dim_locality as locality on value.locality_code = locality.locality_code
    left join metrics.value_statistic as statistic
        on
            value.metric_id = statistic.metric_id
            and value.locality_code = statistic.locality_code
            and value.period_start = statistic.period_start
            and value.period_end = statistic.period_end
    where
        value.metric_id = $metric_id
        and value.breakdown = 'all'
        and value.period_start = $period_start
        and value.period_end = $period_end
        and value.se is not null
        and value.comparable_group = (
            select comparable_group
            from metrics.metric_value
            where
                metric_id = $metric_id
                and breakdown = 'all'
                and locality_code = $locality_code
                and period_start = $period_start
                and period_end = $period_end
        )
"""
ROWS = """
    select
        value.locality_code, locality.locality_name, value.value, value.se, value.lci, value.uci, value.state,
        statistic.rank_lo, statistic.rank_hi
"""


@dataclass(frozen=True)
class Compared:
    """The localities of the group with a standard error, sorted by value: the rows shown and the total number."""

    condition: str
    total: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class ValueStatistics:
    """A row of `metrics.value_statistic` without its key, and the localities it was computed from.

    `source_ids` are the sources of the values that were compared.
    """

    columns: dict[str, Any]
    compared: Compared
    source_ids: list[str]

    def lines(self) -> list[str]:
        """Return one line of text per statistic, with its interval or the reason for a missing value."""
        row = self.columns
        change, rank, fifths = "Change", None, None
        if row["change_from_start"] is not None:
            change = f"Change since {row['change_from_start']}/{row['change_from_end']}"
        if row["rank_lo"] is not None:
            rank = f"between {row['rank_lo']} and {row['rank_hi']} of {row['ranked_n']}"
        if row["p_topfifth"] is not None:
            fifths = (
                f"first fifth {number(row['p_topfifth'])}, last fifth {number(row['p_botfifth'])} "
                f"({row['fifth_draws_n']:,} draws; possible range {number(row['p_fifth_least'])} to "
                f"{number(row['p_fifth_greatest'])})"
            )
        said = [
            ("Shrunken value", self._with_interval("shrunk", "shrunk_value"), "shrunk"),
            ("Difference from the group", self._with_interval("group_difference"), "group_difference"),
            (change, self._with_interval("change"), "change"),
            ("Reliability of the group", self._with_interval("group_reliability"), "group_reliability"),
            (f"Rank ({RANK_SET})", rank, "rank"),
            ("Probability of the outer fifths", fifths, "fifth"),
        ]
        return [
            f"{name}: {'; '.join([found or 'withheld', *texts(row[f'{statistic}_reason_codes'], 'en')])}"
            for name, found, statistic in said
        ]

    def _with_interval(self, name: str, column: str | None = None) -> str | None:
        value, lci, uci = (self.columns[key] for key in (column or name, f"{name}_lci", f"{name}_uci"))
        if value is None:
            return None
        interval = "" if lci is None or uci is None else f"; 95 % interval {number(lci)} to {number(uci)}"
        return f"{number(value)}{interval}"


def of_value(
    database: duckdb.DuckDBPyConnection, metric_id: str, code: str, start: date, end: date, shown: int
) -> ValueStatistics | None:
    """Return the statistics of a value with at most `shown` of the compared localities; None if it has none.

    Only values without a breakdown have statistics.
    """
    if TABLE not in query.table_names(database):
        return None
    asked = dict(zip(KEY, (metric_id, code, start, end), strict=True))
    found = query.records(database, f"from {TABLE} where {' and '.join(f'{name} = ${name}' for name in KEY)}", asked)
    if not found:
        return None
    total = query.records(database, f"select count(*) as n {COMPARED}", asked)[0]["n"]
    rows = query.records(
        database, f"{ROWS} {COMPARED} order by value.value desc, value.locality_code limit {shown}", asked
    )
    sources = query.records(database, f"select distinct unnest(value.source_ids) as source_id {COMPARED}", asked)
    return ValueStatistics(
        columns={name: value for name, value in found[0].items() if name not in KEY},
        compared=Compared(f"metric_id = {metric_id}, period {start} to {end}, same comparable group", total, rows),
        source_ids=sorted(row["source_id"] for row in sources),
    )


def number(value: float) -> str:
    """Return a number with thousands separators and at most six decimals, without trailing zeros."""
    return f"{value:,.6f}".rstrip("0").rstrip(".")

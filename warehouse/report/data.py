"""Reads the data of the report from the edition: rows of its tables in the order of the pages.

All data are queries of the DuckDB file of the edition. Nothing is computed here that the edition already has; sums for
a chart are documented where they are computed. Texts and layout are in the pages.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from statistics import median
from typing import Any

import duckdb

from warehouse import query
from warehouse.catalogue import NATIONS

Row = dict[str, Any]

WITH_VALUE = ("ok", "ok_low", "searched_none_found")
STATES = (
    "ok",
    "ok_low",
    "searched_none_found",
    "suppressed",
    "not_available",
    "not_searched",
    "withheld",
    "not_applicable",
)
VALUES = (
    "select metric_id, locality_code, period, period_start, period_end, value, unit, lci, uci, ci_method, state, "
    "to_json(reason_codes) as reason_codes, comparable_group, to_json(source_ids) as source_ids, "
    "case when value is not null then input_hash end as input_hash from metrics."
)
STUDY, SCAN = "shifting_the_balance", "national_scan_2026"
LARGEST_AWARDS = 5
# How many localities can be compared at once.
FEWEST_PLACES, MOST_PLACES = 2, 5
# Groups with fewer values have no median.
FEWEST = 8
# Funds whose awards are each to one named town or neighbourhood.
TOWN_FUNDS = (
    "Towns Fund (Town Deals)",
    "Pride in Place phase 1 / Plan for Neighbourhoods",
    "Pride in Place phase 2",
    "Pride in Place phase 3",
)


@dataclass(frozen=True)
class Names:
    """Shared variables of all templates: rows of metrics, localities, groups and sources."""

    metrics: dict[str, Row]
    localities: dict[str, Row]
    comparable_groups: dict[str, Row]
    sources: dict[str, Row]

    def metric_name(self, metric_id: str, lang: str) -> str:
        """Return the name of a metric in a language."""
        return _metric_name(self.metrics[metric_id], lang)

    def place_name(self, code: str, lang: str) -> str:
        """Return the name of a locality: in Welsh the Welsh name, if there is one."""
        return _place_name(self.localities[code], lang)


@dataclass(frozen=True)
class EditionData:
    """The data of the edition for the report; every table is read once, when a page first needs it.

    `published` has the relative path and size in bytes of each file of the edition.
    """

    database: duckdb.DuckDBPyConnection
    published: tuple[tuple[str, int], ...] = ()

    @cached_property
    def edition(self) -> Row:
        """The row of `meta.edition`."""
        return query.records(self.database, "from meta.edition")[0]

    @property
    def edition_id(self) -> str:
        """The id of the edition."""
        return str(self.edition["edition_id"])

    @property
    def as_of(self) -> date:
        """The as-of date."""
        day: date = self.edition["as_of"]
        return day

    @cached_property
    def localities(self) -> dict[str, Row]:
        """The rows of `core.dim_locality` by code, sorted by English name."""
        found = query.records(
            self.database,
            "select locality_code, locality_name, locality_name_cy, nation, region_name, region_name_cy, "
            "authority_type, comparable_group, hex_q, hex_r, is_case_study from core.dim_locality "
            "order by locality_name, locality_code",
        )
        return {row["locality_code"]: row for row in found}

    @cached_property
    def comparable_groups(self) -> dict[str, Row]:
        """The rows of `core.dim_comparable_group` by group."""
        return {row["comparable_group"]: row for row in query.records(self.database, "from core.dim_comparable_group")}

    @cached_property
    def bounds_methods(self) -> frozenset[str]:
        """The interval methods whose ends are bounds of unknown data and not a confidence interval."""
        found = query.records(
            self.database, "select ci_method from core.dim_interval_method where interval_kind = 'bounds'"
        )
        return frozenset(row["ci_method"] for row in found)

    @cached_property
    def group_sizes(self) -> Counter[str]:
        """The number of localities of each nation and type."""
        return Counter(place["comparable_group"] for place in self.localities.values())

    @cached_property
    def metrics(self) -> dict[str, Row]:
        """The rows of `core.dim_metric` by id."""
        return {
            row["metric_id"]: row
            for row in query.records(self.database, "from core.dim_metric order by family, metric_id")
        }

    @cached_property
    def sources(self) -> dict[str, Row]:
        """The rows of `core.dim_source` by id."""
        return {
            row["source_id"]: row for row in query.records(self.database, "from core.dim_source order by source_id")
        }

    @cached_property
    def files(self) -> dict[str, list[Row]]:
        """The files that the build read, by source."""
        return self._by(
            "source_id",
            "select source_id, file_name, file_sha256, coalesce(final_address, address) as address, licence_id, "
            "file_bytes, landed_at from meta.landed_file where is_current order by source_id, file_name, file_sha256",
        )

    @cached_property
    def values(self) -> dict[str, dict[str, list[Row]]]:
        """The rows of `metrics.metric_value` without a breakdown, by area code and metric, newest first."""
        found: dict[str, dict[str, list[Row]]] = defaultdict(dict)
        for row in self._values(
            "metric_value where breakdown = 'all' order by locality_code, metric_id, period_end desc, period_start"
        ):
            found[row["locality_code"]].setdefault(row["metric_id"], []).append(row)
        return dict(found)

    def metric_name(self, metric_id: str, lang: str) -> str:
        """Return the name of a metric in a language."""
        return _metric_name(self.metrics[metric_id], lang)

    def place_name(self, code: str, lang: str) -> str:
        """Return the name of a locality: in Welsh the Welsh name, if there is one."""
        return _place_name(self.localities[code], lang)

    @cached_property
    def names(self) -> Names:
        """Shared variables of all templates."""
        return Names(self.metrics, self.localities, self.comparable_groups, self.sources)

    def headline(self, code: str, metric_id: str) -> Row | None:
        """Return the headline row of a metric in a locality, or None if the edition has none."""
        return self.headlines.get((code, metric_id))

    @cached_property
    def headlines(self) -> dict[tuple[str, str], Row]:
        """The rows of `metrics.headline_value` by area code and metric."""
        return {(row["locality_code"], row["metric_id"]): row for row in self._values("headline_value")}

    def _values(self, of: str) -> list[Row]:
        """Return rows of values. Equal lists are shared, because creating one list per row is slow."""
        found = query.records(self.database, f"{VALUES}{of}")
        distinct = {text for row in found for text in (row["reason_codes"], row["source_ids"])}
        lists = {text: json.loads(text) for text in distinct}
        for row in found:
            row["reason_codes"], row["source_ids"] = lists[row["reason_codes"]], lists[row["source_ids"]]
        return found

    def sources_of(self, values: Iterable[Row | None]) -> list[str]:
        """Return the sorted ids of the sources of some rows of values."""
        return sorted({source_id for row in values if row for source_id in row["source_ids"]})

    @cached_property
    def all_sources(self) -> list[str]:
        """The sorted ids of the sources of the values of this edition."""
        found = query.records(
            self.database, "select distinct unnest(source_ids) as source_id from metrics.metric_value"
        )
        return sorted(row["source_id"] for row in found)

    @cached_property
    def groups(self) -> dict[tuple[str, str, str], list[Row]]:
        """The comparable values of localities, by metric, period and comparable group."""
        found: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
        for code in self.localities:
            for values in self.values.get(code, {}).values():
                for row in values:
                    if row["value"] is not None and row["comparable_group"]:
                        found[row["metric_id"], row["period"], row["comparable_group"]].append(row)
        return dict(found)

    @cached_property
    def middles(self) -> dict[tuple[str, str, str], float | None]:
        """The median of each of the `groups`, None for a group with too few values."""
        return {key: middle(rows) for key, rows in self.groups.items()}

    @cached_property
    def former_codes(self) -> dict[str, list[Row]]:
        """Other codes of each locality, with the type of their succession."""
        return self._by(
            "locality_code",
            "select locality_code, area_code, mode, area_name from core.bridge_locality_code "
            "where mode <> 'current' order by locality_code, area_code",
        )

    @cached_property
    def name_keys(self) -> dict[str, list[Row]]:
        """Every known name of each locality, normalised for comparison."""
        return self._by(
            "locality_code",
            "select locality_code, name_key from core.bridge_locality_name order by locality_code, name_key",
        )

    @cached_property
    def towns(self) -> dict[str, list[Row]]:
        """The towns and neighbourhoods named by awards of `TOWN_FUNDS`, by locality."""
        return self._by(
            "locality_code",
            f"""
            select distinct place.locality_code, trim(regexp_replace(award.award_title, '\\s+', ' ', 'g')) as town
            from core.fct_award as award
            inner join core.bridge_award_locality as place on award.award_key = place.award_key
            where
                award.fund in ({", ".join(f"'{fund}'" for fund in TOWN_FUNDS)})
                and place.basis = 'best'
                and place.locality_code <> 'unallocated'
                and award.award_title is not null
            order by place.locality_code, town
            """,
        )

    @cached_property
    def outward_codes(self) -> dict[str, list[Row]]:
        """The localities of each outward code, sorted by number of postcodes, largest first."""
        return self._by(
            "outward_code",
            "from core.bridge_outward_postcode order by outward_code, postcodes_n desc, locality_code",
        )

    @cached_property
    def complete_funds(self) -> dict[str, list[Row]]:
        """The place funds with a complete list of awards for the nation of the locality, by locality."""
        return self._by(
            "locality_code",
            "select locality_code, fund from core.fct_place_fund_coverage "
            "where list_coverage = 'complete' and is_on_list order by locality_code, fund",
        )

    @cached_property
    def library(self) -> list[Row]:
        """Every practice of both collections: rows of `marts.practice_library` by nation, locality and collection."""
        rows = query.records(
            self.database,
            "from marts.practice_library order by locality_name nulls last, place, collection desc, practice_id",
        )
        return sorted(rows, key=lambda row: NATIONS.index(row["nation"]))

    @cached_property
    def practices(self) -> dict[str, list[Row]]:
        """The practices of the study by locality, each with its latest status and its age in days."""
        rows = self._of_collection(STUDY)
        return {code: sorted(found, key=lambda row: row["primary_type"]) for code, found in rows.items()}

    @cached_property
    def library_by_locality(self) -> dict[str, list[Row]]:
        """The practices of both collections by locality, in the order of the library."""
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.library:
            found[row["locality_code"]].append(row)
        return dict(found)

    @cached_property
    def similar(self) -> dict[str, list[Row]]:
        """The similar localities of each locality, the most similar first, or one row with the reason for none."""
        return self._by("locality_code", "from marts.similar_locality order by locality_code, similarity_order")

    @cached_property
    def similarity_inputs(self) -> list[Row]:
        """The metrics that localities are compared by to find similar ones, in order."""
        return query.records(self.database, "from core.dim_similarity_input order by input_position")

    @cached_property
    def similarity_values(self) -> dict[str, dict[str, Row]]:
        """The values that localities are compared by, with their units, by locality and metric."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in query.records(
            self.database,
            "select input.locality_code, input.metric_id, input.value, input.period_start, input.period_end, "
            "metric.unit from metrics.similarity_input as input inner join core.dim_metric as metric using (metric_id)",
        ):
            found[row["locality_code"]][row["metric_id"]] = row
        return dict(found)

    @cached_property
    def scanned(self) -> dict[str, list[Row]]:
        """The practices that the national scan found, by locality."""
        return self._of_collection(SCAN)

    def _of_collection(self, collection: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in self.library:
            if row["collection"] == collection:
                found[row["locality_code"]].append(row)
        return dict(found)

    @cached_property
    def matrix(self) -> dict[str, dict[tuple[str, str], Row]]:
        """The sixteen cells of type and side of each locality."""
        found: dict[str, dict[tuple[str, str], Row]] = defaultdict(dict)
        for row in query.records(
            self.database, "from marts.practice_matrix order by locality_code, practice_type, side"
        ):
            found[row["locality_code"]][row["practice_type"], row["side"]] = row
        return dict(found)

    @cached_property
    def searches(self) -> dict[str, list[Row]]:
        """The recorded searches for practices, by locality."""
        return self._by(
            "locality_code",
            "select locality_code, searched_on, searched_by, method, document_title, result "
            "from core.fct_practice_search order by locality_code, searched_on, search_id",
        )

    @cached_property
    def scans(self) -> dict[str, Row]:
        """The national scan by locality: numbers of its queries, and of the practices that count and are doubtful."""
        found = query.records(
            self.database,
            """
            with found as (
                select
                    locality_code,
                    count(*) filter (where is_counted) as found_n,
                    count(*) filter (where not is_counted) as doubtful_n
                from core.fct_practice
                where collection = 'national_scan_2026'
                group by locality_code
            )
            select
                search.locality_code, count(*) as queries_n, coalesce(max(found.found_n), 0) as found_n,
                coalesce(max(found.doubtful_n), 0) as doubtful_n
            from core.fct_practice_scan_search as search
            left join found on search.locality_code = found.locality_code
            group by search.locality_code
            """,
        )
        return {row["locality_code"]: row for row in found}

    @cached_property
    def deprivation(self) -> dict[str, list[Row]]:
        """The small areas of each locality by national decile, one row per index of deprivation."""
        return self._by("locality_code", "from core.fct_deprivation_profile order by locality_code, index_id")

    @cached_property
    def frameworks(self) -> dict[str, list[Row]]:
        """The national frameworks by nation."""
        return self._by("nation", "from core.fct_framework order by nation, framework_name")

    @cached_property
    def money(self) -> dict[str, dict[str, Row]]:
        """Money on record by locality and basis of location: pounds and award rows.

        The pounds of an award for several localities are split, and its row counts in each of them. The basis `summary`
        is the summary of spring 2020 by locality: pounds and number of awards.
        """
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in query.records(
            self.database,
            """
            select
                place.locality_code, place.basis,
                sum(award.amount_gbp * place.weight) as amount_gbp,
                count(*) as awards_n
            from metrics.award_counted as award
            inner join core.bridge_award_locality as place on award.award_key = place.award_key
            where award.window_id = 'on_record'
            group by place.locality_code, place.basis
            union all
            select locality_code, 'summary' as basis, summary_gbp as amount_gbp, summary_awards_n as awards_n
            from metrics.funding_window
            where window_id = 'on_record' and scope = 'all' and basis = 'best' and summary_gbp > 0
            order by locality_code, basis
            """,
        ):
            found[row["locality_code"]][row["basis"]] = row
        return dict(found)

    @cached_property
    def awards(self) -> dict[str, list[Row]]:
        """The largest awards on record in each locality, by its share of them, without awards to persons."""
        return self._by(
            "locality_code",
            f"""
            with ranked as (
                select
                    place.locality_code, counted.award_key, counted.amount_gbp * place.weight as amount_gbp,
                    row_number() over (
                        partition by place.locality_code
                        order by counted.amount_gbp * place.weight desc, counted.award_key
                    ) as place_in_order
                from metrics.award_counted as counted
                inner join core.bridge_award_locality as place on counted.award_key = place.award_key
                where
                    counted.window_id = 'on_record'
                    and place.basis = 'best'
                    and counted.recipient_kind <> 'individual'
            )
            select
                ranked.locality_code, award.award_key, award.award_title, award.fund, award.funder_name,
                award.recipient_name, award.award_date, citation.source_url, ranked.amount_gbp, ranked.place_in_order
            from ranked
            inner join core.fct_award as award on ranked.award_key = award.award_key
            left join core.fct_citation as citation
                on
                    award.source_id = citation.source_id
                    and award.file_sha256 = citation.file_sha256
                    and award.source_row = citation.source_row
            where ranked.place_in_order <= {LARGEST_AWARDS}
            order by ranked.locality_code, ranked.place_in_order
            """,
        )

    @cached_property
    def compared(self) -> dict[str, dict[str, Row]]:
        """The comparison of the survey percentages of a locality with its group: rows of `marts.cohesion_compared`."""
        found: dict[str, dict[str, Row]] = defaultdict(dict)
        for row in query.records(self.database, "from marts.cohesion_compared"):
            found[row["locality_code"]][row["metric_id"]] = row
        return dict(found)

    @cached_property
    def rank_sets(self) -> dict[tuple[str, str, date, date], Row]:
        """The rank sets of `metrics.value_statistic`, by metric, area and period."""
        found = query.records(
            self.database,
            "select metric_id, locality_code, period_start, period_end, rank_lo, rank_hi, ranked_n "
            "from metrics.value_statistic where rank_lo is not null",
        )
        return {(row["metric_id"], row["locality_code"], row["period_start"], row["period_end"]): row for row in found}

    def rank_set(self, value: Row) -> Row | None:
        """Return the rank set of a value, or None without one."""
        return self.rank_sets.get(
            (value["metric_id"], value["locality_code"], value["period_start"], value["period_end"])
        )

    @cached_property
    def questions(self) -> dict[str, Row]:
        """The four questions with the metrics that answer them, by id: rows of `meta.traceability`."""
        return {
            row["element_id"]: row
            for row in query.records(
                self.database, "from meta.traceability where element_kind = 'question' order by element_id"
            )
        }

    @cached_property
    def coverage(self) -> list[Row]:
        """The number of areas with a value, by metric and nation: rows of `marts.coverage`."""
        return query.records(self.database, "from marts.coverage order by family, metric_id, nation")

    @cached_property
    def sustaining(self) -> list[Row]:
        """Every practice with its follow-up status: rows of `marts.sustaining`, most urgent first."""
        return query.records(self.database, "from marts.sustaining order by attention_order")

    @cached_property
    def agreement(self) -> list[Row]:
        """The agreement of two readings of the report, by axis."""
        return query.records(self.database, "from metrics.practice_agreement order by axis")

    @cached_property
    def parts(self) -> dict[str, list[Row]]:
        """The breakdowns with values of each metric, by metric, in order of list and part."""
        return self._by(
            "metric_id",
            "select bridge.metric_id, part.* from core.bridge_metric_breakdown as bridge "
            "inner join core.dim_breakdown as part on bridge.breakdown = part.breakdown "
            "where bridge.breakdown <> 'all' order by part.breakdown_list, part.breakdown_position",
        )

    def _by(self, column: str, sql: str) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = defaultdict(list)
        for row in query.records(self.database, sql):
            found[row[column]].append(row)
        return dict(found)


def middle(rows: Sequence[Row]) -> float | None:
    """Return the median of the values of a group, None if there are fewer than `FEWEST`."""
    return median(row["value"] for row in rows) if len(rows) >= FEWEST else None


def _metric_name(metric: Row, lang: str) -> str:
    return str(metric["metric_name_cy" if lang == "cy" else "metric_name"])


def _place_name(place: Row, lang: str) -> str:
    return str((place["locality_name_cy"] if lang == "cy" else None) or place["locality_name"])

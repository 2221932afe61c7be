"""A bench for queries: made-up rows go in under the names of tables, the project's own SQL runs on them in memory.

Every row in the tests that use it is made up, unless a test says that it reads real figures.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from assets.factories.checks import OF_THE_FILE, with_file_names
from assets.tables import catalogue_tables as catalogue_tables
from warehouse import catalogue
from warehouse.catalogue.reason_text import code_of, texts
from warehouse.lineage import queries, reads
from warehouse.storage.table_store import POLARS_TYPES, empty, macros

Row = Mapping[str, Any]
MADE_BY_QUERY = frozenset(queries())
# Dimensions that no source is behind: they are made like the metrics.
DERIVED = ("core.dim_comparable_group", "core.dim_interval_method")
INDICES = {
    "IoD2019": ("England", 2019),
    "IoD2025": ("England", 2025),
    "IoD2026": ("England", 2026),
    "WIMD2025": ("Wales", 2025),
    "SIMD2020v2": ("Scotland", 2020),
    "NIMDM2017": ("Northern Ireland", 2017),
}
AS_OF = date(2026, 11, 22)
DEFAULTS: dict[str, Any] = {
    "VARCHAR": "made up",
    "BOOLEAN": False,
    "INTEGER": 0,
    "BIGINT": 0,
    "DOUBLE": 0.0,
    "DATE": AS_OF,
    "VARCHAR[]": ["made up"],
}
NAMED = {"breakdown": catalogue.WHOLE}
# Codes of no real place, but for the City of London, of which a rule of its own speaks.
PLACE, OTHER, CITY, WALES, SCOTLAND = "E06999901", "E06999902", "E09000001", "W06999901", "S12999901"
NATIONS = dict.fromkeys((PLACE, OTHER, CITY), "England")
NATIONS |= {WALES: "Wales", "W06999902": "Wales", SCOTLAND: "Scotland", "N09999901": "Northern Ireland"}
# An index of a hundred areas; the rows of `small_area` are of it.
INDEX = {"index_id": "IoD2025", "locality_code": PLACE}
NATION_CODES = {"E92000001": "England", "W92000004": "Wales", "S92000003": "Scotland", "K02000001": "United Kingdom"}


def default(column: catalogue.Column) -> Any:
    """Return some value of a column; of a list of reasons, which must be catalogued, none."""
    return [] if column.name.endswith("_codes") else NAMED.get(column.name, DEFAULTS[column.type])


@cache
def query(name: str) -> str:
    """Return the query that makes a table."""
    return queries()[name].read_text("utf-8")


@cache
def inputs(text: str) -> list[str]:
    """Return the tables that a query reads."""
    return reads(text)


@cache
def known() -> dict[str, list[dict[str, Any]]]:
    """Return the rows that a bench holds unless a test says otherwise."""
    return {
        "meta.build": [{"run_id": "made-up-run", "as_of": AS_OF, "input_hash": "made-up-hash"}],
        "core.dim_locality": [
            {
                "locality_code": code,
                "locality_name": f"Place {code}",
                "locality_name_cy": f"Lle {code}" if nation == "Wales" else None,
                "nation": nation,
                "authority_type": "unitary authority",
                "comparable_group": f"{nation} | unitary authority",
            }
            for code, nation in NATIONS.items()
        ],
        "core.dim_nation": [{"nation_code": code, "nation": nation} for code, nation in NATION_CODES.items()],
        "core.dim_index": [
            {"index_id": index_id, "nation": nation, "index_year": year} for index_id, (nation, year) in INDICES.items()
        ],
        "core.dim_source": [{"source_id": "made up", "kind": "statistics"}],
        "meta.landed_file": [{"source_id": "made up", "file_sha256": "made up", "is_current": True}],
        "core.dim_metric": [row | {"method_version": "1"} for row in catalogue_tables.metrics(None).to_dicts()],
        "core.dim_breakdown": catalogue_tables.breakdowns(None).to_dicts(),
        "core.bridge_metric_breakdown": catalogue_tables.metric_breakdowns(None).to_dicts(),
        "core.dim_reason": catalogue_tables.reasons(None).to_dicts(),
        "core.dim_similarity_input": catalogue_tables.similarity_inputs(None).to_dicts(),
    }


class Bench:
    """An in-memory DuckDB with the macros; tables are put as rows or made by the project's queries.

    A table is written or made anew only where its rows, or those that it is made of, are not what they were: tests put
    much the same rows time after time. A table that Python makes is empty unless a test puts it.
    """

    def __init__(self) -> None:
        self.database = duckdb.connect(":memory:", config={"threads": 1})
        for statement in macros():
            self.database.execute(statement)
        # What a test has put, and what is in the database: a digest of the rows, or of what they are made of.
        self.put_rows: dict[str, str] = {}
        self.stored: dict[str, str] = {}
        self.made: set[str] = set()
        self.reset()

    def reset(self) -> "Bench":
        """Forget everything but what every bench holds, and return the bench."""
        self.put_rows.clear()
        self.made.clear()
        for name, rows in known().items():
            self.put(name, rows)
        return self

    def put(self, name: str, rows: Iterable[Row]) -> None:
        """Put rows under the name of a table; what a row leaves out is null, or some value where it must have one."""
        columns = catalogue.tables()[name].columns
        names = {column.name for column in columns}
        filled = []
        for row in rows:
            if odd := row.keys() - names:
                raise KeyError(f"{name} has no column {', '.join(sorted(odd))}")
            filled.append([row.get(column.name, None if column.nullable else default(column)) for column in columns])
        self.put_rows[name] = repr(filled)
        self.made.discard(name)
        if self.stored.get(name) != self.put_rows[name]:
            schema = {column.name: POLARS_TYPES[column.type] for column in columns}
            self._store(name, self.put_rows[name], pl.DataFrame(filled, schema=schema, orient="row"))

    def put_all(self, tables: Mapping[str, Iterable[Row]]) -> None:
        """Put the rows of several tables."""
        for name, rows in tables.items():
            self.put(name, rows)

    def fund(self, *rows: Row, **options: Any) -> None:
        """Put awards and where their money is, as `awards` takes them."""
        self.put_all(awards(*rows, **options))

    def record(self, *practices: Row) -> None:
        """Put practices of the report."""
        self.put("core.fct_practice_study", practices)

    def make(self, name: str) -> list[dict[str, Any]]:
        """Make a table by its query, with the tables of the same layer that it reads, and return its rows."""
        self.put_rows.pop(name, None)
        self.made.add(name)
        self._ready([name])
        return self.rows(name)

    def broken(self, check: Path) -> list[dict[str, Any]]:
        """Return the rows that break a rule, with the names of their files."""
        text = check.read_text("utf-8")
        self._ready([*inputs(text), "meta.landed_file"])
        files = pl.DataFrame(self.database.sql("from meta.landed_file").pl())
        rows = pl.DataFrame(self.database.sql(text).pl())
        return (with_file_names(rows, files) if {*OF_THE_FILE} <= {*rows.columns} else rows).to_dicts()

    def broken_after(self, check: Path, fault: str) -> list[dict[str, Any]]:
        """Return the rows that break a rule once a statement has put a fault into a table, which is then taken back."""
        self._ready(inputs(check.read_text("utf-8")))
        self.database.execute("begin transaction")
        try:
            (changed,) = self.database.execute(fault).fetchall()[0]
            assert changed, f"the fault is nowhere: {fault}"
            return self.broken(check)
        finally:
            self.database.execute("rollback")

    def rows(self, name: str) -> list[dict[str, Any]]:
        """Return the rows of a table; those of a family with the state and the text that follow from their reasons."""
        rows = self.database.sql(f"from {name}").pl().to_dicts()
        return [stated(row) for row in rows] if "gap_reason" in (rows[0] if rows else {}) else rows

    def one(self, expression: str, rows: str = "(values (1)) as nothing (x)") -> Any:
        """Return the value of an expression over rows given in SQL."""
        return self.database.sql(f"select {expression} from {rows}").fetchall()[0][0]

    def _ready(self, names: Iterable[str], states: dict[str, str] | None = None) -> None:
        """Have tables hold what has been put, or be made of that."""
        states = {} if states is None else states
        for name in names:
            state = self._state(name, states)
            if self.stored.get(name) == state:
                continue
            if not self._is_made(name):
                self._store(name, state, empty(catalogue.tables()[name]))
                continue
            self._ready(inputs(query(name)), states)
            self._schema(name)
            columns = ", ".join(
                f"cast(null as {column.type}) as {column.name}"
                if column.name in catalogue.tables()[name].not_given
                else column.name
                for column in catalogue.tables()[name].columns
            )
            self.stored.pop(name, None)
            self.database.execute(f"create or replace table {name} as select {columns} from ({query(name)})")
            self.stored[name] = state

    def _is_made(self, name: str) -> bool:
        """Return whether a table is made by its query: where a test asks for it, or nothing has been put."""
        is_step = name.split(".")[0] in ("metrics", "marts") or not catalogue.tables()[name].is_in_edition
        is_derived = is_step or name in DERIVED
        return name in self.made or (name not in self.put_rows and name in MADE_BY_QUERY and is_derived)

    def _state(self, name: str, states: dict[str, str]) -> str:
        """Return what a table has to hold: the rows put, or a digest of all that it is made of."""
        if name not in states:
            if self._is_made(name):
                read = [self._state(other, states) for other in inputs(query(name))]
                states[name] = sha256(repr(read).encode()).hexdigest()
            else:
                states[name] = self.put_rows.get(name, "")
        return states[name]

    def _store(self, name: str, state: str, frame: pl.DataFrame) -> None:
        self.stored.pop(name, None)
        self._schema(name)
        self.database.register("incoming", frame)
        self.database.execute(f"create or replace table {name} as select * from incoming")
        self.database.unregister("incoming")
        self.stored[name] = state

    def _schema(self, name: str) -> None:
        self.database.execute(f"create schema if not exists {name.split('.')[0]}")


def stated(row: Row) -> dict[str, Any]:
    """Return a row of a family with `state`, `reason_codes` and `state_reason`, as its reasons say."""
    gap, low = row["gap_reason"], row.get("low_reasons") or []
    codes = [*([gap] if gap else []), *(row.get("note_reasons") or []), *low]
    known = catalogue.reasons()
    state = known[code_of(gap)].gap if gap else "ok_low" if low else "ok"
    return {**row, "state": state, "reason_codes": codes, "state_reason": "; ".join(texts(codes, "en")) or None}


def values(rows: Iterable[Row], metric_id: str, breakdown: str = catalogue.WHOLE) -> dict[str, Any]:
    """Return the value of a metric, or of a part of it, by area; the rows may hold one period of it only."""
    return {area: row["value"] for area, row in of(rows, metric_id, breakdown).items()}


def of(rows: Iterable[Row], metric_id: str, breakdown: str = catalogue.WHOLE, **where: Any) -> dict[str, Row]:
    """Return the row of a metric, or of a part of it, by area, of those rows that hold what `where` says."""
    found: dict[str, Row] = {}
    wanted = {"metric_id": metric_id, "breakdown": breakdown, **where}
    for row in rows:
        if all(row.get(name, catalogue.WHOLE) == value for name, value in wanted.items()):
            assert row["locality_code"] not in found, f"duplicate {metric_id} {breakdown} at {row['locality_code']}"
            found[row["locality_code"]] = row
    return found


def awards(
    *rows: Row, places: Mapping[str, Mapping[str, float]] | None = None, rule: str = "local_authority_code"
) -> dict[str, list[dict[str, Any]]]:
    """Return rows of core.fct_award and core.bridge_award_locality; `place` in a row is where its money is.

    `places` gives shares by locality for awards, by key, that several places share.
    """
    facts, bridge = [], []
    for number, row in enumerate(rows, start=1):
        fact = {
            "award_key": f"award-{number}",
            "award_set": "threesixtygiving",
            "funder_id": "GB-CHC-1",
            "recipient_kind": "community",
            "currency": "GBP",
            "amount_class": "positive",
            "award_date": date(2025, 6, 1),
            "in_scope_local": True,
        } | {name: value for name, value in row.items() if name not in ("place", "rule")}
        fact |= {"amount": fact["amount_gbp"]}
        facts.append(fact)
        shares = (places or {}).get(fact["award_key"], {row.get("place", "unallocated"): 1.0})
        for code, weight in shares.items():
            bridge += [
                {
                    "award_key": fact["award_key"],
                    "basis": basis,
                    "locality_code": code,
                    "rule": row.get("rule", rule) if code != "unallocated" else "not_published",
                    "weight": weight,
                    "weight_equal": weight,
                }
                for basis in ("best", "beneficiary", "recipient")
            ]
    return {"core.fct_award": facts, "core.bridge_award_locality": bridge}


def answers(metric_id: str, nation: str, *rows: Row, **shared: Any) -> dict[str, list[dict[str, Any]]]:
    """Return the indicator of a metric in a nation, and its observations; `shared` is what all rows hold."""
    asked = {"indicator_id": f"asked {metric_id}", "item_wording_id": "wording"}
    same = asked | {"population_part": "{}", "survey": "Survey"} | shared
    return {
        "core.dim_indicator": [asked | {"metric_id": metric_id, "nation": nation}],
        "core.fct_observation": [same | row for row in rows],
    }


def every_month() -> list[dict[str, Any]]:
    """Return an award placed nowhere for each month of the three years to date, so that the period is whole."""
    months = (12 * AS_OF.year + AS_OF.month - 1 - ago for ago in range(36))
    return [{"amount_gbp": 1.0, "award_date": date(month // 12, month % 12 + 1, 20)} for month in months]


def place_fund(fund: str, place: str, amount_gbp: float, coverage: str = "complete", **more: Any) -> dict[str, Any]:
    """Return an award of a place fund to a council, for `awards`."""
    shape = {"award_set": "place_funds", "funder_id": None, "recipient_kind": "public_body", "in_scope_local": False}
    return shape | {"fund": fund, "place": place, "amount_gbp": amount_gbp, "list_coverage": coverage} | more


def practice(number: int | str, locality_code: str = PLACE, **more: Any) -> dict[str, Any]:
    """Return a row of core.fct_practice_study of which little is known."""
    unknown = {"origin": "unknown", "durability": "unknown", "lead_side": "unknown", "evidence_grade": "E1"}
    coded = {"geo_precision": "lad", "primary_type": "A1", "category": "adaptation", "side": "institution"}
    return {"practice_id": f"practice {number}", "locality_code": locality_code} | coded | unknown | more


def searches(*found: tuple[str, str]) -> list[dict[str, Any]]:
    """Return rows of core.fct_practice_search, each of a locality and what was found there."""
    rows = enumerate(found)
    return [{"search_id": f"search {n}", "locality_code": code, "result": result} for n, (code, result) in rows]


def coded(axis: str, *codes: tuple[int, str]) -> list[dict[str, Any]]:
    """Return rows of core.fct_practice_code, each of the number of a `practice` and a code of it on an axis."""
    return [{"practice_id": f"practice {n}", "axis": axis, "code": code, "weight": 1.0} for n, code in codes]


def small_area(rank: int, persons: int | None) -> dict[str, Any]:
    """Return a row of core.fct_small_area in PLACE; its score follows its rank."""
    place = {"overall_rank": rank, "rank_percentile": (rank - 0.5) / 100, "overall_decile": -(-rank // 10)}
    held = {"overall_score": 101.0 - rank, "population_persons": persons}
    return INDEX | {"small_area_code": f"area {rank}"} | place | held

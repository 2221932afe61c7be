"""Table stores to hold against each other: twenty made-up localities with made-up values of real metrics."""

from datetime import date, datetime

import polars as pl

from assets.tables.catalogue_tables import breakdowns, described, metrics
from warehouse import report
from warehouse.catalogue import Table, edition_tables, tables
from warehouse.editions import publish
from warehouse.exports import graphml, hexmap, workbook
from warehouse.storage.table_store import POLARS_TYPES
from warehouse.storage.workspace import Warehouse

DAY = date(2026, 1, 2)
CODES = [f"E0600{number:04}" for number in range(1, 21)]
BELONG, FUNDS = "coh_belong_pct", "fun_per_head_all"
SURVEY = (date(2024, 4, 1), date(2025, 3, 31))
ROLLING = (date(2023, 1, 2), DAY)
HELD = (
    "core.bridge_award_locality",
    "core.dim_interval_method",
    "core.dim_locality",
    "core.dim_metric",
    "core.dim_breakdown",
    "core.dim_nation",
    "core.dim_source",
    "core.fct_award_summary",
    "core.fct_citation",
    "core.fct_observation",
    "core.fct_population",
    "marts.locality_profile",
    "meta.build",
    "meta.check_result",
    "meta.dictionary",
    "meta.landed_file",
    "metrics.award_counted",
    "metrics.award_window",
    "metrics.metric_value",
)
CONTRACTS = tuple(tables()[name] for name in HELD)
DEFAULTS = {
    "VARCHAR": "made up",
    "BOOLEAN": True,
    "INTEGER": 1,
    "BIGINT": 1,
    "DOUBLE": 0.5,
    "DATE": SURVEY[1],
    "TIMESTAMP": datetime(2026, 1, 2, 3, 4, 5, 600_000),
    "VARCHAR[]": ["made up"],
}


def publish_few(patch) -> None:
    """Have the made-up tables alone published, without the forms that draw or lay out: those have their own tests."""
    patch.setattr(publish, "published_tables", lambda _: CONTRACTS)
    drawn = (report.write, workbook.write, hexmap.write, graphml.write)
    patch.setattr(publish, "EXPORTS", tuple(export for export in publish.EXPORTS if export not in drawn))


def filled(table: Table, rows: list[dict]) -> pl.DataFrame:
    """Return rows of a table; what a row does not give is null, or any value where it must have one."""
    spare = {
        column.name: None if column.nullable else column.values[0] if column.values else DEFAULTS[column.type]
        for column in table.columns
    }
    return pl.DataFrame(
        [spare | row for row in rows], {column.name: POLARS_TYPES[column.type] for column in table.columns}
    )


def value(metric_id, code, number, period=SURVEY, **more):
    """Return a row of metrics.metric_value."""
    row = {"metric_id": metric_id, "breakdown": "all", "locality_code": code, "value": number, "unit": "pct"}
    row |= {"state": "ok", "as_of": DAY}
    row |= {"period_start": period[0], "period_end": period[1], "period": f"{period[0]}/{period[1]}"}
    return row | {"comparable_group": "England", "source_ids": ["cls2024"], "input_hash": "a" * 64} | more


class Made:
    """The rows of a store; a test changes them, then has them `written` into the store of a warehouse."""

    def __init__(self) -> None:
        self.build = {"run_id": "0" * 16, "as_of": DAY, "input_hash": "a" * 64, "code_version": "c0de"}
        self.files = [{"source_id": "cls2024", "file_sha256": "a" * 64, "is_current": True}]
        self.places = [
            {"locality_code": code, "locality_name": f"Place {code[-2:]}", "nation": "England"} for code in CODES
        ]
        self.values = {
            (BELONG, code): value(BELONG, code, 50.0 + number, lci=48.0 + number, uci=52.0 + number)
            for number, code in enumerate(CODES)
        }
        self.observations = {
            code: {
                "area_code": code,
                "indicator_id": "belong_neighbourhood",
                "population_part": "{}",
                "value": 50.0 + number,
            }
            for number, code in enumerate(CODES)
        }
        self.windows = [{"window_id": "rolling_3y", "period_start": ROLLING[0], "period_end": ROLLING[1]}]
        self.dictionary = described(edition_tables(composite=False))
        self.metrics = metrics(None)
        self.others: dict[str, list[dict]] = {}

    def set(self, metric_id, code, **changes) -> None:
        """Change what a value says."""
        self.values[metric_id, code] = self.values[metric_id, code] | changes

    def observe(self, code, number) -> None:
        """Have a newly landed file say another figure for a locality, and its value follow."""
        self.land("b" * 64)
        self.observations[code] = self.observations[code] | {"value": number}
        self.set(BELONG, code, value=number, lci=number - 2, uci=number + 2)

    def land(self, sha256) -> None:
        """Have another file in place of the one before, behind every value."""
        self.files = [self.files[0] | {"file_sha256": sha256}]
        self.build |= {"input_hash": sha256, "run_id": f"{sha256[:8]}{self.build['code_version'][:8]:0>8}"}
        self.values = {key: row | {"input_hash": sha256} for key, row in self.values.items()}

    def code(self, version) -> None:
        """Have it made by other code."""
        self.build |= {"code_version": version, "run_id": f"{self.build['input_hash'][:8]}{version[:8]:0>8}"}

    def method(self, metric_id, **changes) -> None:
        """Describe a metric otherwise, which is another version of its method."""
        said = pl.col("metric_id") == metric_id
        changes |= {"method_version": "another"}
        self.metrics = self.metrics.with_columns(
            pl.when(said).then(pl.lit(text)).otherwise(pl.col(name)).alias(name) for name, text in changes.items()
        )

    def written(self, warehouse: Warehouse) -> Warehouse:
        """Write the rows into the store of a warehouse and return it."""
        rows = {
            "meta.build": [self.build],
            "meta.landed_file": self.files,
            "meta.check_result": [{"rule": "made up", "is_passed": True}],
            "core.dim_locality": self.places,
            "core.fct_observation": list(self.observations.values()),
            "metrics.award_window": self.windows,
            "metrics.metric_value": list(self.values.values()),
        } | self.others
        whole = {
            "meta.dictionary": self.dictionary,
            "core.dim_metric": self.metrics,
            "core.dim_breakdown": breakdowns(None),
        }
        for table in CONTRACTS:
            path = warehouse.tables.path(table.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            frame = whole[table.name] if table.name in whole else filled(table, rows.get(table.name, []))
            frame.write_parquet(path)
        return warehouse

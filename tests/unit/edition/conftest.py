"""A small table store under the real catalogue. Its rows are made up: no figure or place in it is a fact."""

import shutil
from datetime import date

import polars as pl
import pytest

from assets.tables.catalogue_tables import breakdowns
from tests.support import edition_builders
from warehouse import catalogue, report
from warehouse.editions import publish as edition_module
from warehouse.editions.find import current
from warehouse.editions.publish import publish
from warehouse.exports import workbook
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

HASH = "a" * 64
FILE = {"source_id": "reference_population", "file_sha256": HASH}
OTHER_FILE = {"source_id": "reference_covid_awards", "file_sha256": "b" * 64}
AS_OF = date(2026, 1, 2)
SHEFFIELD, GWYNEDD, ANGLESEY = "E08000039", "W06000002", "W06000001"
PLACES = [
    {"locality_code": SHEFFIELD, "locality_name": "Sheffield", "nation": "England"},
    {"locality_code": GWYNEDD, "locality_name": "Gwynedd", "locality_name_cy": "Gwynedd", "nation": "Wales"},
    {"locality_code": ANGLESEY, "locality_name": "Isle of Anglesey", "locality_name_cy": "Ynys Môn", "nation": "Wales"},
]
HEXAGONS = {SHEFFIELD: (4, 11), GWYNEDD: (-2, 10), ANGLESEY: (-3, 11)}
VALUE = {"metric_id": "pop_total", "breakdown": "all", "locality_code": SHEFFIELD, "locality_vintage": "2025-04"}
VALUE |= {"as_of": AS_OF}


def days(start, end):
    """Return the columns of a period."""
    return {"period_start": start, "period_end": end, "period": f"{start}/{end}"}


MIDSUMMER = date(2024, 6, 30)
# Parts beside the whole, and of a metric that has parts only.
PARTS = [("fun_n", "all", 5.0), ("fun_n", "size_class_1", 2.0), ("fun_n", "size_class_2", 3.0)]
PARTS += [("prac_alpha", "axis_side", 0.9), ("prac_alpha", "axis_risk", 0.7)]
SEARCHED = "none:register_count", "searched_none_found", "few"
MORE_VALUES = [
    (SHEFFIELD, date(2020, 1, 1), date(2020, 12, 31), 0.25, 0.0, 0.5, "bounds:unknown_codes", "ok_low", "few"),
    (SHEFFIELD, date(2022, 4, 1), date(2025, 3, 31), 0.0, None, None, *SEARCHED),
    (SHEFFIELD, date(2024, 10, 1), date(2025, 3, 31), None, None, None, "none:no_value", "not_searched", "no search"),
    (SHEFFIELD, date(2020, 3, 17), date(2020, 5, 5), None, None, None, "none:no_value", "withheld", "gate closed"),
    (ANGLESEY, date(2020, 1, 31), date(2020, 2, 29), None, None, None, "none:no_value", "not_applicable", "no tier"),
    ("W92000004", date(2024, 2, 29), date(2025, 2, 27), None, None, None, "none:no_value", "not_available", "@no"),
    ("unallocated", date(2024, 2, 1), date(2024, 2, 29), 3.0, None, None, "none:census_count", "ok", None),
]
NOT_COUNTED = {"state": "not_available", "state_reason": "no one counted", "ci_method": "none:no_value"}
COUNTED = {"value": 1234.5, "lci": 1000.25, "uci": 1500.0, "ci_method": "published"}
HEADLINES = {
    "pop_total": days(MIDSUMMER, MIDSUMMER) | COUNTED | {"state": "ok", "state_reason": None},
    "coh_belong_pct": NOT_COUNTED | {"state": "suppressed"},
    "dep_extent": NOT_COUNTED | {"state": "not_applicable"},
}
ROWS = {
    "meta.build": [{"run_id": "1a2b3c4d5e6f7081", "as_of": AS_OF, "input_hash": HASH, "code_version": "c0de"}],
    "meta.landed_file": [
        {**FILE, "file_name": "population.csv", "licence_id": "OGL-UK-3.0"},
        {
            **OTHER_FILE,
            "file_name": "awards.csv",
            "licence_id": "CC-BY-4.0",
            "landed_at": edition_builders.DEFAULTS["TIMESTAMP"],
        },
    ],
    "meta.check_result": [{"rule": "one", "is_passed": True}, {"rule": "two", "is_passed": True}],
    "meta.source_status": [
        {"source_id": "iod2025", "state": "unchanged", "last_try_at": edition_builders.DEFAULTS["TIMESTAMP"]}
    ],
    "meta.quarantine": [
        {"content": text, "source_row": number}
        for number, text in enumerate(
            ["=cmd()", "+44 20", "-", "@x", "\tx", "\rx", "＝x", "'=x", "-1.5e-3", "it's", 'a "b",\nc', "Ynys Môn", ""]
        )
    ],
    "core.dim_locality": [
        place | {"hex_q": hexagon[0], "hex_r": hexagon[1]}
        for place, hexagon in ((place, HEXAGONS[place["locality_code"]]) for place in PLACES)
    ],
    "marts.locality_profile": [
        place
        | {
            f"{metric.id}_state": HEADLINES.get(metric.id, NOT_COUNTED)["state"]
            for metric in catalogue.profile_metrics()
        }
        | {"comparable_group": "synthetic", "locality_name": name, "pop_total": 1234.5}
        for place, name in zip(PLACES, ("=1+1", "@Gwynedd", "https://anglesey.example"), strict=True)
    ],
    "metrics.headline_value": [
        {"metric_id": metric.id, "locality_code": place["locality_code"]} | HEADLINES.get(metric.id, NOT_COUNTED)
        for metric in catalogue.profile_metrics()
        for place in PLACES
    ],
    "marts.practice_network_node": [],
    "marts.practice_network_edge": [],
    "core.dim_nation": [{"nation_code": "W92000004", "nation": "Wales", "nation_name_cy": "Cymru"}],
    "core.dim_interval_method": [
        {"ci_method": "published", "interval_kind": "interval", "interval_reason": None},
        {"ci_method": "bounds:unknown_codes", "interval_kind": "bounds", "interval_reason": "unknown codes"},
        {"ci_method": "none:register_count", "interval_kind": "none", "interval_reason": "register count"},
        {"ci_method": "none:census_count", "interval_kind": "none", "interval_reason": "census count"},
        {"ci_method": "none:no_value", "interval_kind": "none", "interval_reason": "no value"},
    ],
    "core.bridge_locality_code": [
        {"area_code": SHEFFIELD, "locality_code": SHEFFIELD},
        {"area_code": "E08000019", "locality_code": SHEFFIELD},
        {"area_code": GWYNEDD, "locality_code": GWYNEDD},
        {"area_code": ANGLESEY, "locality_code": ANGLESEY},
        {"area_code": "512", "locality_code": ANGLESEY},
    ],
    "core.bridge_locality_name": [
        {"name_key": "sheffield", "locality_code": SHEFFIELD},
        {"name_key": "sheffield city", "locality_code": SHEFFIELD},
        {"name_key": "gwynedd", "locality_code": GWYNEDD},
        {"name_key": "isle of anglesey", "locality_code": ANGLESEY},
        {"name_key": "ynys mon", "locality_code": ANGLESEY},
    ],
    "core.dim_source": [
        {"source_id": "reference_population", "source_title": "Made-up estimates", "publisher": "Nobody"},
        {"source_id": "reference_covid_awards", "source_title": "Made-up awards", "publisher": "Nobody either"},
        {"source_id": "reference_frameworks", "source_title": "Not behind anything"},
    ],
    "core.dim_metric": [{"metric_id": name, "metric_name": f"Made up {name}"} for name in catalogue.metrics()],
    "core.dim_breakdown": breakdowns(None).to_dicts(),
    "core.fct_population": [
        {**FILE, "locality_code": place["locality_code"], "period_end": date(year, 6, 30), "source_row": year}
        for place in PLACES
        for year in range(2000, 2025)
    ],
    "core.fct_award": [
        {**OTHER_FILE, "award_key": "k1", "amount": 0.1, "award_title": "=1+1", "source_row": 1},
        {**OTHER_FILE, "award_key": "k2", "amount": 1 / 3, "award_title": None, "source_row": 2},
        {**OTHER_FILE, "award_key": "k3", "amount": 1e22, "award_title": "x", "source_row": 3},
    ],
    "core.bridge_award_locality": [
        {"award_key": "k1", "basis": "best", "locality_code": SHEFFIELD},
        {"award_key": "k2", "basis": "recipient", "locality_code": SHEFFIELD},
        {"award_key": "k3", "basis": "best", "locality_code": ANGLESEY},
    ],
    "metrics.metric_value": [
        VALUE
        | days(MIDSUMMER, MIDSUMMER)
        | COUNTED
        | {"unit": "persons", "ci_level": 0.95, "state": "ok", "coverage": 1.0, "reliability": "precise"}
        | {"staleness_days": 551, "source_ids": ["reference_population"]},
        VALUE
        | days(date(2023, 6, 30), date(2023, 6, 30))
        | {"value": None, "unit": "persons", "ci_method": "none:no_value", "staleness_days": 917}
        | {"state": "suppressed", "state_reason": "withheld by the publisher"}
        | {"source_ids": ["reference_population", "reference_covid_awards"]},
        *(
            VALUE
            | days(start, end)
            | {"locality_code": code}
            | {"value": value, "unit": "share", "lci": lci, "uci": uci, "ci_level": None, "ci_method": method}
            | {"state": state, "state_reason": reason, "source_ids": ["reference_population"]}
            for code, start, end, value, lci, uci, method, state, reason in MORE_VALUES
        ),
        *(
            VALUE
            | {"metric_id": metric, "breakdown": part, "value": value, "unit": "awards", "state": "ok"}
            | days(AS_OF, AS_OF)
            | {"ci_method": "none:register_count", "source_ids": ["reference_covid_awards"]}
            for metric, part, value in PARTS
        ),
        VALUE
        | days(AS_OF, AS_OF)
        | {"locality_code": GWYNEDD, "value": None, "unit": "persons", "ci_method": "none:no_value", "source_ids": []}
        | {"state": "not_available", "state_reason": "no source on record holds a value for this area"},
    ],
    "meta.dictionary": [
        {
            "table_name": table.name,
            "tier": table.tier,
            "column_number": number,
            "column_name": column.name,
            "type": column.type,
        }
        | {"is_nullable": column.nullable, "is_key": column.name in table.key}
        for table in catalogue.edition_tables(composite=True)
        for number, column in enumerate(table.columns, 1)
    ],
}


def exports_without(*left_out):
    """Return the exports but the report, which tells of every locality and is tested on real rows, and some others."""
    return tuple(export for export in edition_module.EXPORTS if export not in (report.write, *left_out))


def rows_of(table):
    """Return the made-up rows of a table; what a row does not give is null, or any value where it must have one."""
    return edition_builders.filled(table, ROWS.get(table.name, []))


@pytest.fixture(scope="session")
def filled(tmp_path_factory):
    """A home with a table store and no edition."""
    warehouse = Warehouse(Home(tmp_path_factory.mktemp("filled")))
    for table in catalogue.edition_tables(composite=True):
        warehouse.tables.replace(table, rows_of(table))
    return warehouse.home.root


def publish_few(patch, *more):
    """Have the tables that are named above and `more` published alone, without a workbook: the rest takes time."""
    named = {*ROWS, *more}
    real = edition_module.published_tables
    patch.setattr(
        edition_module,
        "published_tables",
        lambda warehouse: tuple(table for table in real(warehouse) if table.name in named),
    )
    patch.setattr(edition_module, "EXPORTS", exports_without(workbook.write))


@pytest.fixture
def warehouse(filled, tmp_path, monkeypatch):
    """A warehouse to publish from."""
    shutil.copytree(filled, tmp_path / "var")
    publish_few(monkeypatch)
    return Warehouse(Home(tmp_path / "var"))


@pytest.fixture(scope="session")
def first_published(first_home):
    """The published folder of a home with one edition."""
    return first_home.published


@pytest.fixture(scope="session")
def first_home(filled, tmp_path_factory):
    """A home with one edition, for `before`."""
    root = tmp_path_factory.mktemp("first") / "var"
    shutil.copytree(filled, root)
    with pytest.MonkeyPatch.context() as patch:
        publish_few(patch)
        publish(Warehouse(Home(root)))
    return Home(root)


@pytest.fixture
def before(warehouse, first_home):
    """The edition that is current in the warehouse before a test does anything."""
    shutil.copytree(first_home.published, warehouse.home.published, symlinks=True, dirs_exist_ok=True)
    shutil.copytree(first_home.records, warehouse.home.records)
    return current(warehouse.home)


@pytest.fixture
def rename(warehouse):
    """Give the build of the store another name, as a change of code that changes no row does."""

    def rename(run_id):
        table = catalogue.tables()["meta.build"]
        warehouse.tables.replace(table, rows_of(table).with_columns(pl.lit(run_id).alias("run_id")))

    return rename


@pytest.fixture
def rebuild(warehouse, rename):
    """Make the store that of another build, with other rows of one table."""

    def rebuild(run_id):
        rename(run_id)
        table = catalogue.tables()["meta.check_result"]
        warehouse.tables.replace(table, rows_of(table).with_columns(pl.lit(run_id).alias("statement")))

    return rebuild


@pytest.fixture(scope="session")
def edition(filled, tmp_path_factory):
    """An edition of all tables, for tests that only read."""
    root = tmp_path_factory.mktemp("published") / "var"
    shutil.copytree(filled, root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edition_module, "EXPORTS", exports_without())
        return publish(Warehouse(Home(root))).edition

"""Data sets of Explore Local Statistics: from the publisher's files to values. Figures of the first part are synthetic;
the second part reads the real files of ../shared/data/els, and its expected figures were read from them by eye."""

import re
from collections import Counter
from datetime import date

import polars as pl
import pytest

from assets.sources.tidy import PARSERS
from assets.tables.catalogue_tables import indicators, metrics
from assets.tables.indicator_labels import catalogued_labels
from tests.support.fake_services import Puller
from tests.support.sample_files import ELS
from tests.support.sql_harness import NATIONS, Bench, answers, of
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.catalogue import sources, tables
from warehouse.storage.table_store import Tables

HEADINGS = "areacd,areanm,geography,indicator,period,observation,measure,unit,lci_95,uci_95,status,notes"
FIGURES = ("metrics.cohesion", "metrics.published_figure")
FIRST, SECOND = [code for code, nation in NATIONS.items() if nation == "England"][:2]
CITY = "E09000001"
DAY = date(2021, 9, 30)


def observed(metric_id, **rows):
    """Return a bench with an observation of a metric in England for each area code, given as its value or fields."""
    bench = Bench()
    given = ({"area_code": code} | row for code, row in rows.items())
    bench.put_all(answers(metric_id, "England", *given, period_start=DAY, period_end=DAY, survey=None))
    return bench


@pytest.mark.parametrize("metric_id", ["soc_library_walk_pct", "soc_museums_rate", "soc_sports_rate"])
def test_facilities_have_no_interval_and_say_so(metric_id):
    bench = observed(metric_id, **{FIRST: {"value": 5.0}, SECOND: {"value": 0.0}, CITY: {"value": 100.0}})
    rows = of(bench.make("metrics.published_figure"), metric_id)
    assert (rows[FIRST]["value"], rows[FIRST]["ci_method"], rows[FIRST]["se"]) == (5.0, "none:not_published", None)
    assert (rows[FIRST]["state"], rows[FIRST]["reason_codes"]) == ("ok_low", ["no_interval"])
    assert (rows[SECOND]["value"], rows[SECOND]["state"]) == (0.0, "ok_low")
    is_per_resident = metric_id != "soc_library_walk_pct"
    assert ("city_residents" in rows[CITY]["reason_codes"]) == is_per_resident
    assert bench.make("metrics.cohesion") == []


@pytest.mark.parametrize("metric_id", ["wel_satisfaction_mean", "wel_worthwhile_mean", "wel_happiness_mean"])
def test_a_mean_has_its_interval_and_what_is_too_unreliable_is_a_gap(metric_id):
    mean = {"value": 7.5, "lci_95": 7.304, "uci_95": 7.696}
    bench = observed(metric_id, **{FIRST: mean, SECOND: {"value_status": "u"}, CITY: {"value_status": "x"}})
    rows = of(bench.make("metrics.published_figure"), metric_id)
    assert (rows[FIRST]["value"], rows[FIRST]["state"], rows[FIRST]["ci_method"]) == (7.5, "ok", "published")
    assert rows[FIRST]["se"] == pytest.approx(0.1, abs=1e-4)
    assert (rows[SECOND]["value"], rows[SECOND]["state"]) == (None, "not_available")
    assert rows[SECOND]["reason_codes"] == ["publisher_finds_unreliable"]
    assert rows[CITY]["reason_codes"] == ["publisher_prints_none"]


def test_a_mean_with_a_wide_interval_is_unreliable():
    bench = observed("wel_anxiety_mean", **{FIRST: {"value": 4.84, "lci_95": 2.7, "uci_95": 6.98}})
    (row,) = bench.make("metrics.published_figure")
    assert (row["state"], row["reason_codes"]) == ("ok_low", ["variation"])


@pytest.mark.parametrize("metric_id", ["cul_arts_pct", "cul_heritage_pct", "cul_museum_pct", "cul_library_pct"])
def test_a_percentage_has_the_error_of_its_rounded_bounds(metric_id):
    share = {"value": 23.0, "lci_95": 19.0, "uci_95": 27.0}
    bench = observed(metric_id, **{FIRST: share, SECOND: {"value_status": "c"}})
    rows = of(bench.make("metrics.cohesion"), metric_id)
    assert (rows[FIRST]["value"], rows[FIRST]["state"]) == (23.0, "ok")
    assert rows[FIRST]["se"] > (27 - 19) / (2 * 1.96), "two rounded bounds add to the error"
    assert (rows[SECOND]["value"], rows[SECOND]["state"]) == (None, "suppressed")
    assert bench.make("metrics.published_figure") == []


def test_without_its_file_a_metric_says_which_file_to_land_and_with_it_that_the_area_has_no_figure():
    bench = catalogued()
    gaps, texts = museum_gaps(bench)
    assert gaps == {"not_landed|els_museums"}
    assert all("“cpower pull els_museums” gets it" in text for text in texts)
    landed = {"source_id": "els_museums", "file_sha256": "made up"}
    for is_current, gap in ((True, "no_figure"), (False, "not_landed|els_museums")):
        bench.put("meta.landed_file", [landed | {"is_current": is_current}])
        assert museum_gaps(bench)[0] == {gap}


def catalogued():
    bench = Bench()
    bench.put("core.bridge_indicator_label", catalogued_labels(None).to_dicts())
    bench.put("core.dim_indicator", indicators(None).to_dicts())
    return bench


def museum_gaps(bench):
    rows = of(bench.make("metrics.locality_value"), "soc_museums_rate").values()
    return {row["gap_reason"] for row in rows}, {row["state_reason"] for row in rows}


def test_a_metric_of_some_nations_does_not_ask_for_a_file_in_the_others():
    rows = of(catalogued().make("metrics.locality_value"), "soc_sports_rate")
    assert {code: rows[code]["gap_reason"] for code in ("E06999901", "S12999901")} == {
        "E06999901": "not_landed|els_sports_facilities",
        "S12999901": "not_defined|Scotland",
    }


def test_an_authority_under_two_codes_has_the_figure_of_the_current_one():
    bench = Bench()
    bench.put("core.bridge_indicator_label", catalogued_labels(None).to_dicts())
    codes = [("E06999999", "recode"), (FIRST, "current")]
    bench.put(
        "core.bridge_locality_code",
        [{"area_code": code, "locality_code": FIRST, "mode": mode} for code, mode in codes],
    )
    figure = {"source_id": "els_museums", "measure": "museums", "period_start": DAY, "period_end": DAY}
    rows = [figure | {"area_code": code, "source_row": at, "value": float(at)} for at, (code, _) in enumerate(codes, 1)]
    bench.put("staging.tidy__observation", rows)
    (used,) = bench.make("core.fct_observation")
    assert (used["area_code"], used["value"]) == (FIRST, 2.0)


def feed(*rows, headings=HEADINGS):
    """Return a file of the feed; each row gives some cells by heading."""
    names = headings.split(",")
    row = {"areanm": "Synthetic", "period": "2021-09-30", "unit": "Count per 100,000 people", "indicator": "museums"}
    lines = [",".join(f'"{(row | given).get(name, "")}"' for name in names) for given in rows]
    return "\r\n".join([headings, *lines, ""]).encode("utf-8-sig")


def test_unknown_status_text_is_quarantined_and_other_areas_are_counted():
    rows = (
        {"areacd": "E06000001", "observation": "2.5"},
        {"areacd": "E06000002", "observation": "2.5", "status": "see note"},
        {"areacd": "E47000006", "observation": "2.5"},
        {"areacd": "TLC3", "observation": "2.6"},
        {"areacd": "E12000001", "observation": "2.7"},
        {"areacd": "E92000001", "observation": "2.8"},
    )
    (intake,) = PARSERS["els_museums"].parse(feed(*rows)).values()
    assert (intake.rows_in, intake.kept.height, intake.quarantined["source_row"].to_list()) == (6, 5, [3])
    (note,) = intake.notes
    assert "3 rows of 3 areas" in note
    assert "(E12, E47, TLC)" in note


def test_a_data_set_is_pulled_as_it_is_served_and_a_renamed_folder_is_told(httpserver, tmp_path, monkeypatch, untried):
    puller = Puller(tmp_path, monkeypatch)
    path = "/museums/museums.csv"
    content = feed(*({"areacd": f"E0600000{n}", "observation": f"{n}.5"} for n in (1, 2, 3)))
    served = {"content_type": "text/plain; charset=utf-8", "headers": {"ETag": '"1"'}}
    httpserver.expect_ordered_request(path).respond_with_data(content, **served)
    httpserver.expect_ordered_request(path, headers={"If-None-Match": '"1"'}).respond_with_data(status=304)
    httpserver.expect_ordered_request(path).respond_with_data("404: Not Found", status=404)
    puller.at("els_museums", httpserver.url_for(path))
    assert [puller.pull("els_museums").state for _ in range(2)] == ["ok", "unchanged"]
    assert puller.current("els_museums") == {"museums.csv": content}
    failed = puller.pull("els_museums")
    assert failed.state == "failed"
    assert sources()["els_museums"].landing_page in failed.reason
    assert puller.current("els_museums") == {"museums.csv": content}


@pytest.fixture(scope="module")
def intakes(shared):
    """The rows of the real files, by source."""
    found = {}
    for source_id, name in ELS.items():
        path = shared / "data" / "els" / name
        if not path.exists():
            pytest.skip(f"needs {name} in ../shared/data/els")
        (found[source_id],) = PARSERS[source_id].parse(path.read_bytes()).values()
    return found


@pytest.fixture(scope="module")
def store(intakes, tmp_path_factory):
    """A store with the values of the real files."""
    store = Tables(tmp_path_factory.mktemp("els"))
    stage_reference(store, "locality", "locality_succession")
    store.replace(tables()["core.bridge_indicator_label"], catalogued_labels(None))
    store.replace(tables()["core.dim_indicator"], indicators(None))
    store.replace(tables()["core.dim_metric"], metrics(None))
    staged = [(intake.kept, source_id, str(number)) for number, (source_id, intake) in enumerate(intakes.items())]
    stage(store, "staging.tidy__observation", *staged)
    build(store, "core.bridge_locality_code", "core.dim_locality", "core.dim_nation")
    build(store, "core.fct_observation", "core.fct_observation_former")
    build(store, "metrics.survey_figure", *FIGURES)
    return store


def value(store, metric_id, code, start):
    """Return value, lower and upper bound and reasons of a metric of a locality."""
    rows = pl.concat([store.read(name) for name in FIGURES])
    row = rows.row(
        by_predicate=(pl.col("metric_id") == metric_id)
        & (pl.col("locality_code") == code)
        & (pl.col("period_start") == start),
        named=True,
    )
    return row["value"], row["lci"], row["uci"], [row["gap_reason"]] if row["gap_reason"] else row["low_reasons"]


@pytest.mark.parametrize(
    ("source_id", "rows", "quarantined", "given_to_none"),
    [
        # Bounds of six regions that are below the value, and five combined authorities that are there twice.
        ("els_participation", 1_396, 46, 162),
        ("els_wellbeing", 20_112, 0, 1_968),
        ("els_library_walk", 362, 0, 42),
        ("els_museums", 432, 0, 48),
        ("els_sports_facilities", 361, 0, 45),
    ],
)
def test_every_row_of_a_real_file_is_used_quarantined_or_counted(
    store, intakes, source_id, rows, quarantined, given_to_none
):
    intake = intakes[source_id]
    assert (intake.rows_in, intake.quarantined.height) == (rows, quarantined)
    (note,) = intake.notes
    assert int(re.search(r"([\d,]+) rows of", note)[1].replace(",", "")) == given_to_none
    used = Counter()
    for table in ("core.fct_observation", "core.fct_observation_former"):
        used[table] = store.read(table).filter(pl.col("source_id") == source_id).height
    # Barnsley and Sheffield are there under two codes, with one figure.
    repeated = {"els_museums": 2, "els_sports_facilities": 2}.get(source_id, 0)
    assert used.total() + repeated + given_to_none + quarantined == rows
    assert broken(store, "core.fct_observation") == {}


YEAR = date(2022, 4, 1)
SURVEY = date(2023, 4, 1)
WALK, MUSEUMS, SPORTS = date(2024, 5, 15), date(2021, 9, 30), date(2023, 10, 5)
NO_INTERVAL = ["no_interval"]


@pytest.mark.parametrize(
    ("metric_id", "code", "start", "expected"),
    [
        ("cul_arts_pct", "E08000021", SURVEY, (89, 85, 91, [])),
        ("cul_heritage_pct", "E07000148", SURVEY, (68, 58, 76, [])),
        ("cul_library_pct", "E08000021", SURVEY, (23, 19, 27, [])),
        ("cul_arts_pct", "E92000001", SURVEY, (90, 90, 91, [])),
        ("wel_satisfaction_mean", "W06000002", YEAR, (7.63, 7.34, 7.91, [])),
        ("wel_worthwhile_mean", "S12000021", YEAR, (7.64, 7.43, 7.85, [])),
        ("wel_happiness_mean", "N09000003", YEAR, (7.09, 6.85, 7.33, [])),
        ("wel_anxiety_mean", "E07000223", YEAR, (4.84, 2.7, 6.98, ["variation"])),
        # Published under the code of before April 2025.
        ("wel_satisfaction_mean", "E08000039", YEAR, (7.28, 7.05, 7.52, [])),
        ("wel_happiness_mean", "E09000001", YEAR, (None, None, None, ["publisher_finds_unreliable"])),
        (
            "wel_satisfaction_mean",
            "E06000063",
            YEAR,
            (None, None, None, ["merged_since|Allerdale, Carlisle, Copeland"]),
        ),
        ("soc_library_walk_pct", "E06000047", WALK, (68, None, None, NO_INTERVAL)),
        ("soc_library_walk_pct", "E08000039", WALK, (87, None, None, NO_INTERVAL)),
        ("soc_museums_rate", "E06000023", MUSEUMS, (2.96, None, None, NO_INTERVAL)),
        ("soc_museums_rate", "N09000003", MUSEUMS, (5.5, None, None, NO_INTERVAL)),
        ("soc_museums_rate", "W06000002", MUSEUMS, (21.3, None, None, NO_INTERVAL)),
        ("soc_museums_rate", "E09000001", MUSEUMS, (128.16, None, None, ["no_interval", "city_residents"])),
        ("soc_sports_rate", "E06000063", SPORTS, (24.15, None, None, NO_INTERVAL)),
        ("soc_sports_rate", "E09000021", SPORTS, (16.3, None, None, NO_INTERVAL)),
    ],
)
def test_real_values(store, metric_id, code, start, expected):
    assert value(store, metric_id, code, start) == expected

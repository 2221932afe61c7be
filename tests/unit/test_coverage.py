"""Coverage, frameworks, traceability: what is catalogued speaks, and what is silent says why. All rows are made up."""

from datetime import date

import pytest

from tests.support.sql_harness import AS_OF, of
from warehouse import catalogue
from warehouse.catalogue import files
from warehouse.errors import BadRecord
from warehouse.lineage import SQL_ROOT

PLACE, WALES, ENGLAND_CODE, WALES_CODE = "E06999901", "W06999901", "E92000001", "W92000004"


def framework(**more):
    row = {"framework_id": "frm_psb", "nation_code": WALES_CODE, "nation": "Wales", "framework_name": "made up"}
    return row | {"kind": "partnership", "status": "in_force", "in_force_from": date(2016, 4, 1)} | more


@pytest.mark.parametrize(
    ("more", "state", "value", "start"),
    [
        ({"status_as_of": "2026-11-01"}, "ok", 1, date(2016, 4, 1)),
        ({}, "ok_low", 1, date(2016, 4, 1)),
        ({"status_as_of": "2026-11", "in_force_from": None}, "ok_low", 1, date(2026, 11, 1)),
        (
            {"status": "unknown", "status_as_of": "2026-01", "in_force_from": None},
            "not_available",
            None,
            date(2026, 1, 1),
        ),
        ({"status": "repealed", "status_as_of": "2026-11-01"}, "ok", 0, date(2016, 4, 1)),
        ({"status_as_of": "2026-11-01", "in_force_to": date(2020, 1, 1)}, "ok", 0, date(2016, 4, 1)),
    ],
)
def test_a_framework_is_in_force_or_not_or_unknown(bench, more, state, value, start):
    bench.put("core.fct_framework", [framework(**more)])
    row = of(bench.make("metrics.framework"), "frm_psb")[WALES_CODE]
    assert (row["state"], row["value"], row["period_start"]) == (state, value, start)
    assert row["period_end"] <= AS_OF


def test_frameworks_are_of_their_nation_alone_and_are_never_ranked(bench):
    bench.put("core.fct_framework", [framework(status_as_of="2026-11-01")])
    rows = of(bench.make("metrics.metric_value"), "frm_psb")
    assert {code: row["state"] for code, row in rows.items()} == {
        WALES_CODE: "ok",
        ENGLAND_CODE: "not_applicable",
        "S92000003": "not_applicable",
    }
    for metric in catalogue.metrics().values():
        if metric.family == "FRM":
            assert (metric.direction, metric.comparable_within, metric.unit) == ("none", "none", "category")


def test_coverage_counts_areas_by_their_newest_value_and_says_why_there_is_none(bench):
    bench.put(
        "core.fct_population",
        [{"locality_code": PLACE, "period_end": date(year, 6, 30), "population_persons": 5} for year in (2022, 2023)],
    )
    rows = {(row["metric_id"], row["nation"]): row for row in bench.make("marts.coverage")}
    row = rows["pop_total", "England"]
    assert (row["areas_n"], row["ok_n"], row["not_available_n"], row["gap_n"]) == (3, 1, 2, 2)
    assert (row["gap_share"], row["main_reason_n"]) == (pytest.approx(2 / 3), 2)
    assert row["main_reason"] == "no source on record holds a value for this area"
    row = rows["coh_all3_pct", "England"]
    assert (row["not_applicable_n"], row["gap_n"], row["gap_share"]) == (3, 0, None)
    assert row["main_reason"] == "not defined for England"
    assert rows["eq_ci_funding", "Wales"]["areas_n"] == 1
    assert rows["q_sources_live", "United Kingdom"]["scope"] == "corpus"
    assert rows["prac_records_n", "Wales"]["main_reason"] == "no search of this area for practices is on record"
    order = sorted(rows.values(), key=lambda row: row["gap_order"])
    gaps = [row["gap_n"] for row in order]
    assert gaps == sorted(gaps, reverse=True)
    assert [row["gap_order"] for row in order] == list(range(1, len(rows) + 1))
    assert bench.broken(SQL_ROOT / "checks/marts/coverage/h5_every_area_is_counted_once.sql") == []


def test_every_metric_has_rows_with_a_value_or_a_reason(bench):
    bench.make("metrics.metric_value")
    check = SQL_ROOT / "checks/metrics/metric_value/every_metric_is_catalogued_and_speaks.sql"
    assert bench.broken(check) == []
    spoken = {row["metric_id"] for row in bench.rows("metrics.metric_value")}
    assert spoken == set(catalogue.metrics())


@pytest.mark.parametrize("fault", ["no catalogue entry", "no row", "neither a value nor a reason"])
def test_a_metric_without_an_entry_or_an_entry_without_rows_fails(bench, fault):
    bench.make("metrics.metric_value")
    rows = bench.rows("metrics.metric_value")
    broken = {
        "no catalogue entry": [*rows, rows[0] | {"metric_id": "made_up"}],
        "no row": [row for row in rows if row["metric_id"] != "soc_cni_score"],
        "neither a value nor a reason": [
            row | {"reason_codes": []} if row["metric_id"] == "pop_density" else row for row in rows
        ],
    }[fault]
    bench.put("metrics.metric_value", broken)
    check = SQL_ROOT / "checks/metrics/metric_value/every_metric_is_catalogued_and_speaks.sql"
    assert {row["fault"] for row in bench.broken(check)} == {fault}


def test_what_no_source_gives_is_catalogued_with_its_reason():
    silent = [metric for metric in catalogue.metrics().values() if not metric.has_source]
    assert silent
    for metric in silent:
        assert metric.inputs == (), metric.id
        assert catalogue.reasons()[metric.missing_reason].gap == "not_available", metric.id
        assert "Not on record" in metric.definition, metric.id


def test_traceability_covers_what_the_report_and_the_blog_ask_for():
    found = catalogue.traceability()
    kinds = [element.kind for element in found.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"question": 4, "risk": 5, "lesson": 4, "recommendation": 9}
    for element in found.values():
        assert element.metrics or element.gap, element.id
        assert element.name_cy, element.id
        assert set(element.metrics) <= set(catalogue.metrics()), element.id
    assert found["C1"].metrics == found["I1"].metrics == ()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("metrics: [no_such_metric], gap: made up", "not a catalogued metric"),
        ("gap: ''", "must have a metric or a gap"),
    ],
)
def test_an_element_that_names_nothing_or_what_is_not_there_is_refused(tmp_path, monkeypatch, entry, reason):
    catalogue.metrics()
    (tmp_path / "traceability.yaml").write_text(
        f"- {{id: X, kind: risk, name: made up, name_cy: gwneud, {entry}}}\n", "utf-8"
    )
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(BadRecord, match=reason):
        catalogue.traceability.__wrapped__()


def test_an_element_that_names_an_unknown_metric_breaks_the_check(bench):
    row = {"element_kind": "risk", "element_id": "X", "metric_ids": ["pop_total"], "gap": None}
    check = SQL_ROOT / "checks/meta/traceability/every_metric_named_exists.sql"
    bench.put("meta.traceability", [row])
    assert bench.broken(check) == []
    bench.put("meta.traceability", [row | {"metric_ids": ["made_up"]}, row | {"element_id": "Y", "metric_ids": []}])
    assert {found["element_id"] for found in bench.broken(check)} == {"X", "Y"}

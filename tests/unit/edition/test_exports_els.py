"""Values in the shape of Explore Local Statistics."""

import csv

import pytest

from warehouse import catalogue
from warehouse.catalogue import fields
from warehouse.exports import SYMBOLS, els

COLUMNS = ["areacd", "areanm", "geography", "indicator", "period", "observation", "measure", "unit", "lci_95", "uci_95"]
COLUMNS += ["status", "notes", "areanm_cy", "label_cy", "metric_id", "breakdown", "run_id", "coverage", "state"]


@pytest.fixture(scope="module")
def rows(edition):
    with (edition.path / els.FILE).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def of_state(rows):
    wholes = (row for row in rows if row["metric_id"] == "pop_total")
    return {row["state"]: row for row in wholes if row["geography"] != "No single area"}


def test_the_columns_are_theirs_and_then_ours(rows):
    assert list(rows[0]) == COLUMNS


def test_what_no_source_speaks_of_is_in_the_matrix_of_states_alone(rows, edition):
    assert len(rows) == edition.tables["metrics.metric_value"] - 1
    assert not [row for row in rows if row["areacd"] == "W06000002" and row["period"].startswith("2026-01-02")]


@pytest.mark.parametrize(
    ("state", "status", "observation"),
    [
        ("ok", "", "1234.5"),
        ("ok_low", "u", "0.25"),
        ("searched_none_found", "", "0.0"),
        ("suppressed", "c", ""),
        ("not_available", "x", ""),
        ("not_applicable", "z", ""),
        ("not_searched", "x", ""),
        ("withheld", "x", ""),
    ],
)
def test_each_state_has_its_sign(of_state, state, status, observation):
    assert (of_state[state]["status"], of_state[state]["observation"]) == (status, observation)
    assert set(of_state) == set(SYMBOLS) == set(fields()["state"]["values"])


def test_every_missing_value_and_interval_says_why(rows):
    for row in rows:
        assert row["notes"] or (row["observation"] and row["lci_95"])


def test_what_shares_a_sign_is_told_apart_in_words(of_state):
    assert of_state["not_searched"]["notes"] == "not searched; no search"
    assert of_state["withheld"]["notes"] == "withheld; gate closed"


def test_a_formula_is_harmless(of_state):
    assert of_state["not_available"]["notes"] == "'@no"


def test_only_a_confidence_interval_of_95_percent_is_one(of_state):
    assert (of_state["ok"]["lci_95"], of_state["ok"]["uci_95"]) == ("1000.25", "1500.0")
    assert (of_state["ok_low"]["lci_95"], of_state["ok_low"]["uci_95"]) == ("", "")
    assert of_state["ok_low"]["notes"] == (
        "few; between 0.0 and 0.5, which is not a confidence interval (bounds: unknown codes)"
    )
    assert of_state["searched_none_found"]["notes"] == "few; no interval: register count"


@pytest.mark.parametrize(
    ("state", "period"),
    [
        ("ok", "2024-06-30/P1D"),
        ("ok_low", "2020-01-01/P1Y"),
        ("searched_none_found", "2022-04-01/P3Y"),
        ("not_searched", "2024-10-01/P6M"),
        ("withheld", "2020-03-17/P50D"),
        ("not_applicable", "2020-01-31/P30D"),
        ("not_available", "2024-02-29/P1Y"),
    ],
)
def test_a_period_is_a_start_and_a_duration(of_state, state, period):
    assert of_state[state]["period"] == period


def test_names_are_in_both_languages_and_areas_of_their_kind(rows):
    kinds = {row["areacd"]: (row["areanm"], row["areanm_cy"], row["geography"]) for row in rows}
    assert kinds["W06000001"] == ("Isle of Anglesey", "Ynys Môn", "Local Authority District")
    assert kinds["W92000004"] == ("Wales", "Cymru", "Nation")
    assert {row["indicator"] for row in rows if row["metric_id"] == "pop_total"} == {"Made up pop_total"}


def test_what_lies_in_no_single_area_stays_and_says_so(rows):
    (row,) = [row for row in rows if row["areacd"] == "unallocated"]
    assert (row["geography"], row["areanm"], row["observation"]) == (
        "No single area",
        "Not allocated to a single area",
        "3.0",
    )
    assert row["notes"].startswith("for several areas together, or for no known area")


def test_units_and_kinds_of_value_are_those_of_the_list(rows):
    named = {(unit.kind, unit.label()) for unit in catalogue.units().values()}
    assert {(row["measure"], row["unit"]) for row in rows} <= named


def test_a_part_has_a_name_of_its_own_in_both_languages(rows):
    (part,) = [row for row in rows if row["breakdown"] == "size_class_2"]
    named = catalogue.breakdown_values()["size_class_2"]
    assert (part["metric_id"], part["indicator"]) == ("fun_n", f"Made up fun_n: {named.name}")
    assert part["label_cy"].endswith(f": {named.name_cy}")
    (whole,) = [row for row in rows if (row["metric_id"], row["breakdown"]) == ("fun_n", "all")]
    assert whole["indicator"] == "Made up fun_n"

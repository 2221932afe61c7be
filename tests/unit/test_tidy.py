"""Tidy files with bounds: read by the columns that the catalogue names, in their own unit. The rows are synthetic."""

from datetime import date

import pytest

from assets.sources.tidy import days_of, parse_tidy
from tests.support.sql_harness import NATIONS, Bench
from warehouse.catalogue import Indicator, TidyFile
from warehouse.errors import RefusedFile

ELS = TidyFile(
    area_code="areacd",
    area_name="areanm",
    period="period",
    measure="indicator",
    value="observation",
    unit="unit",
    lower="lci_95",
    upper="uci_95",
    status="status",
    notes="notes",
)
HEADING = "areacd,areanm,geography,indicator,period,measure,observation,unit,lci_95,uci_95,status,notes\n"
PLACE = "E06999901,Synthetic,District"
YEAR = "2022-04-01/P1Y"


def read(*rows, columns=ELS, heading=HEADING):
    return parse_tidy("synthetic", columns, (heading + "\n".join(rows) + "\n").encode())


def row(value, lower="", upper="", *, status="", unit="Score out of 10", period=YEAR, place=PLACE):
    return f"{place},Happiness,{period},Mean,{value},{unit},{lower},{upper},{status},"


def test_a_row_is_a_value_with_its_bounds_unit_and_period():
    (kept,) = read(row("7.31", "7.12", "7.50")).kept.to_dicts()
    assert (kept["measure"], kept["unit"], kept["area_code"]) == ("Happiness", "Score out of 10", "E06999901")
    assert (kept["value"], kept["lower_95"], kept["upper_95"], kept["value_status"]) == (7.31, 7.12, 7.5, None)
    assert (kept["period_start"], kept["period_end"]) == (date(2022, 4, 1), date(2023, 3, 31))


@pytest.mark.parametrize(
    ("given", "value", "status"),
    [
        (row("", status="x"), None, "x"),
        (row("", status="[u]"), None, "u"),
        (row("7.1 [u]"), 7.1, "u"),
        (row(""), None, "x"),
    ],
)
def test_what_is_missing_or_doubtful_has_its_symbol(given, value, status):
    (kept,) = read(given).kept.to_dicts()
    assert (kept["value"], kept["value_status"]) == (value, status)


@pytest.mark.parametrize(
    ("given", "rule"),
    [
        (row("11.2"), "value_is_on_its_scale"),
        (row("140", unit="%"), "value_is_on_its_scale"),
        (row("7.3", "7.5", "7.9"), "bounds_hold_the_value"),
        (row("about seven"), "value is neither a number"),
        (row("7.3", status="hm"), "status is neither a number"),
        (row("7.3", period="spring"), "the period cannot be read"),
    ],
)
def test_a_row_that_cannot_be_is_quarantined_and_no_other(given, rule):
    intake = read(row("7.0", place="E06999902,Other,District"), given)
    assert (intake.kept["value"].to_list(), intake.rows_in) == ([7.0], 2)
    assert rule in intake.quarantined["rule"][0]


def test_a_value_may_say_its_scale_itself():
    columns = TidyFile(area_code="code", period="year", value="value")
    (kept,) = read("E06999901,2022,7.3 out of 10", columns=columns, heading="code,year,value\n").kept.to_dicts()
    assert (kept["measure"], kept["value"], kept["unit"]) == ("synthetic", 7.3, "out of 10")


def test_rows_of_another_estimate_are_left_out():
    columns = ELS.model_copy(update={"where": {"measure": "mean", "geography": "District"}})
    rows = (row("7.0"), row("8.0").replace(",Mean,", ",Poor,"), row("9.0", place="E12999901,Region,Region"))
    intake = read(*rows, columns=columns)
    assert (intake.kept["value"].to_list(), intake.rows_in) == ([7.0], 1)
    with pytest.raises(RefusedFile, match="'median' under measure"):
        read(*rows, columns=ELS.model_copy(update={"where": {"measure": "median"}}))


def test_a_file_without_a_named_column_is_refused():
    with pytest.raises(RefusedFile, match="observation"):
        read(row("7.0"), heading=HEADING.replace("observation", "value"))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("2023-04-01/P1Y", (date(2023, 4, 1), date(2024, 3, 31))),
        ("2022-11-01/P3M", (date(2022, 11, 1), date(2023, 1, 31))),
        ("2023-04-01/2023-06-30", (date(2023, 4, 1), date(2023, 6, 30))),
        ("2021-09-30", (date(2021, 9, 30), date(2021, 9, 30))),
        ("2021-22", (date(2021, 4, 1), date(2022, 3, 31))),
        ("2023-13-01", None),
        ("2023-06-30/2023-04-01", None),
        ("spring", None),
    ],
)
def test_periods(text, days):
    assert days_of(text) == days


WORDING = {"survey": "Synthetic Survey", "wording": "How happy?", "metric_id": "soc_cni_score"}
INDICATOR = {"id": "happy", "name_en": "Happy", "unit": "score", "direction": "up", "comparable_note": "None."}


def test_a_wording_may_serve_several_nations():
    labels = {"tidy": {"source": "synthetic", "measure": "Happiness"}}
    several = WORDING | {"item_wording_id": "happy", "nation": ["England", "Northern Ireland"], "labels": labels}
    found = Indicator.model_validate(INDICATOR | {"wordings": [several]}).wordings
    assert [(wording.item_wording_id, wording.nation) for wording in found] == [
        ("happy_england", "England"),
        ("happy_northern_ireland", "Northern Ireland"),
    ]


ENGLISH, WELSH = (next(code for code, nation in NATIONS.items() if nation == name) for name in ("England", "Wales"))
FORMER, ELSEWHERE = "E07999901", [code for code, nation in NATIONS.items() if nation == "England"][1]


def test_a_mean_reaches_its_metric_in_its_own_unit_and_nation():
    bench = Bench()
    label = {"origin": "tidy", "label": "Happiness", "topic": "synthetic", "labels_n": 1, "unit": "score"}
    label |= {"indicator_id": "happy", "survey": "Synthetic Survey"}
    nations = {"England": ENGLISH, "Wales": WELSH}
    bench.put(
        "core.bridge_indicator_label",
        [label | {"nation": nation, "item_wording_id": f"happy {nation}"} for nation in nations],
    )
    bench.put(
        "core.dim_indicator",
        [
            {
                "indicator_id": "happy",
                "item_wording_id": f"happy {nation}",
                "nation": nation,
                "metric_id": "soc_cni_score",
            }
            for nation in nations
        ],
    )
    bench.put(
        "core.bridge_locality_code",
        [
            *({"area_code": code, "locality_code": code, "mode": "current"} for code in nations.values()),
            {"area_code": FORMER, "locality_code": ELSEWHERE, "mode": "merge", "area_name": "Former"},
        ],
    )
    figure = {"source_id": "synthetic", "measure": "Happiness", "unit": "out of 10", "value": 7.0}
    figure |= {"period_start": date(2022, 4, 1), "period_end": date(2023, 3, 31)}
    bench.put(
        "staging.tidy__observation",
        [
            figure | {"area_code": ENGLISH, "source_row": 1, "lower_95": 6.804, "upper_95": 7.196},
            figure | {"area_code": WELSH, "source_row": 2, "value": None, "value_status": "x"},
            figure | {"area_code": FORMER, "source_row": 3},
        ],
    )
    bench.make("core.fct_observation")
    bench.make("core.fct_observation_former")
    rows = {found["locality_code"]: found for found in bench.make("metrics.published_figure")}
    assert rows.keys() == {ENGLISH, WELSH, ELSEWHERE}
    assert (rows[ELSEWHERE]["value"], rows[ELSEWHERE]["gap_reason"]) == (None, "merged_since|Former")
    english = rows[ENGLISH]
    assert (english["metric_id"], english["value"], english["state"]) == ("soc_cni_score", 7.0, "ok")
    assert english["se"] == pytest.approx(0.1, abs=1e-4)
    assert english["comparable_group"] == "England | Synthetic Survey | happy England"
    assert (rows[WELSH]["value"], rows[WELSH]["state"]) == (None, "not_available")
    assert bench.make("metrics.cohesion") == []

"""What the home page counts and answers, on synthetic coverage and indices: none is of a real nation."""

import csv
import json

import duckdb

from warehouse.catalogue import NATIONS
from warehouse.report import home
from warehouse.report.data import TOWN_FUNDS, EditionData
from warehouse.storage.home import PROJECT

STATES = ("ok", "ok_low", "suppressed", "not_available", "not_applicable", "not_searched", "searched_none_found")


def metric(metric_id, family, *, has_source=True, is_of_other_metrics=False, scope="locality"):
    return {
        "metric_id": metric_id,
        "family": family,
        "scope": scope,
        "has_source": has_source,
        "is_of_other_metrics": is_of_other_metrics,
    }


def covered(metric_id, family, **states):
    """A row of coverage of eleven areas of a nation, by state."""
    counts = {f"{state}_n": states.get(state, 0) for state in (*STATES, "withheld")}
    row = {"metric_id": metric_id, "family": family, "nation": "Northern Ireland", "scope": "locality"}
    return row | {"areas_n": sum(counts.values())} | counts


def known(metrics, coverage):
    made = EditionData(duckdb.connect())
    vars(made).update(metrics={found["metric_id"]: found for found in metrics}, coverage=coverage)
    return {row["family"]: row["cells"] for row in home._known(made)}


def test_a_count_of_what_is_known_is_not_itself_counted_as_known():
    metrics = [metric("bal_voice", "BAL"), metric("bal_legs_ok", "BAL", is_of_other_metrics=True)]
    coverage = [covered("bal_voice", "BAL", not_available=11), covered("bal_legs_ok", "BAL", ok=11)]
    cell = known(metrics, coverage)["BAL"][NATIONS.index("Northern Ireland")]
    assert (cell["known"], cell["reliable"], cell["possible"]) == (0, 0, 11)


def test_a_measure_that_no_source_is_read_for_is_no_gap():
    metrics = [metric("pop_total", "POP"), metric("pop_density", "POP", has_source=False)]
    coverage = [covered("pop_total", "POP", ok=11), covered("pop_density", "POP", not_available=11)]
    cell = known(metrics, coverage)["POP"][NATIONS.index("Northern Ireland")]
    assert cell["known"] == cell["possible"] == 11


def test_localities_to_which_a_measure_does_not_apply_leave_the_count():
    coverage = [covered("coh_x", "COH", ok=2, ok_low=1, not_available=1, not_applicable=7)]
    cell = known([metric("coh_x", "COH")], coverage)["COH"][NATIONS.index("Northern Ireland")]
    assert (cell["known"], cell["reliable"], cell["possible"]) == (3, 2, 4)


def test_a_family_without_any_source_says_so_and_has_no_share():
    coverage = [covered("soc_x", "SOC", not_available=11)]
    assert known([metric("soc_x", "SOC", has_source=False)], coverage) == {"SOC": []}


def index(nation_code, value, lci, uci, state):
    row = {"metric_id": "eq_ci_voice", "locality_code": nation_code, "value": value, "lci": lci, "uci": uci}
    return row | {"state": state}


def test_an_unreliable_index_is_no_answer_to_a_question():
    made = EditionData(duckdb.connect())
    made.database.execute("create schema core")
    made.database.execute("create table core.dim_nation (nation varchar, nation_code varchar)")
    made.database.execute("insert into core.dim_nation values ('Wales', 'W'), ('Scotland', 'S'), ('England', 'E')")
    rows = [
        index("W", -0.1, -0.2, -0.01, "ok_low"),
        index("S", -0.1, -0.2, -0.01, "ok"),
        index("E", None, None, None, "not_available"),
    ]
    vars(made)["headlines"] = {(row["locality_code"], row["metric_id"]): row for row in rows}
    assert [(row["nation_name"], row["reading"]) for row in home._indices(made)] == [
        ("Wales", "unreliable"),
        ("Scotland", "deprived"),
    ]


def test_the_search_knows_towns_and_every_locality_of_a_postcode(tmp_path):
    made = EditionData(duckdb.connect())
    place = {"locality_name_cy": None, "nation": "Wales"}
    vars(made).update(
        localities={code: place | {"locality_name": f"Place {code}"} for code in ("X1", "X2")},
        former_codes={},
        name_keys={"X1": [{"name_key": "old name"}]},
        towns={"X1": [{"town": "Syntown"}]},
        outward_codes={
            "ZZ1": [
                {"locality_code": "X2", "postcode_share": 0.995},
                {"locality_code": "X1", "postcode_share": 0.005},
                {"locality_code": "elsewhere", "postcode_share": 0.0},
            ]
        },
    )
    home.write_index(made, tmp_path)
    places = json.loads((tmp_path / home.INDEX).read_text("utf-8").removeprefix("window.PLACES=")[:-2])
    outward = json.loads((tmp_path / home.POSTCODES).read_text("utf-8").removeprefix("window.OUTWARD=")[:-2])
    assert places == [
        ["X1", "Place X1", "", "Wales", "old name", "Syntown"],
        ["X2", "Place X2", "", "Wales", "", ""],
    ]
    assert outward == {"ZZ1": [[1, "99%"], [0, "<1%"]]}


def test_every_fund_that_names_towns_is_on_record():
    with (PROJECT / "warehouse" / "reference" / "place_fund_coverage.csv").open(encoding="utf-8", newline="") as file:
        assert set(TOWN_FUNDS) <= {row["fund"] for row in csv.DictReader(file)}

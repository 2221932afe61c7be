"""H9 of method.md section 8: each metric's direction agrees with a fixed case of two areas, run through the real SQL.

The two areas are made up. Whatever a metric with a direction measures, the one has more of what the report calls
community power: people who feel heard and belong, more money in smaller, longer awards by more funders to the
community's own organisations, practices that last, reach further and rest on better evidence, and no named risk.
"""

from datetime import date

import pytest

from tests.unit.sql_bench import Bench, awards, of
from warehouse.catalogue import metrics

MORE, LESS = "W06999901", "W06999902"
DIRECTED = {metric.id: metric.direction for metric in metrics().values() if metric.direction != "none"}
SURVEYED = [metric for metric in DIRECTED if metric.startswith("coh_")]
RISKS = ("inequalities", "fatigue", "finances", "short_termism", "formalisation")


def money():
    """Return the awards: as many funders, small awards and long ones to the community in MORE, and few in LESS."""
    more = [
        {"amount_gbp": 5_000.0, "funder_id": f"funder {n % 8}", "planned_months": 36.0, "recipient_kind": "community"}
        for n in range(40)
    ]
    less = [
        {
            "amount_gbp": 15_000.0 if n % 4 == 0 else 1_000.0,
            "funder_id": "funder 0" if n < 15 else "funder 1",
            "planned_months": 24.0 if n == 1 else 6.0,
            "recipient_kind": "community" if n in (2, 3) else "public_body",
        }
        for n in range(20)
    ]
    more[0]["recipient_kind"] = "public_body"
    return awards(*(row | {"place": MORE} for row in more), *(row | {"place": LESS} for row in less))


def practices():
    """Return six practices in each place; those of MORE are strong on every axis and those of LESS weak."""
    shape = {"geo_precision": "lad", "primary_type": "A1", "category": "adaptation"}
    strong = {
        "origin": "accelerated",
        "durability": "robust",
        "lead_side": "community",
        "is_reaching_less_heard": True,
        "evidence_grade": "E3",
        "side": "joint",
    }
    weak = {
        "origin": "emergent",
        "durability": "fragile",
        "lead_side": "institution",
        "is_reaching_less_heard": False,
        "evidence_grade": "E0",
        "side": "institution",
    }
    rows = [
        shape | kind | {"practice_id": f"{place} {n}", "locality_code": place, "document_sha256": f"document {n % 2}"}
        for place, kind in ((MORE, strong), (LESS, weak))
        for n in range(6)
    ]
    rows[0]["primary_type"] = "C1"
    return {
        "core.fct_practice": rows,
        "core.fct_practice_code": [
            {"practice_id": f"{LESS} {n}", "axis": "risk", "code": code, "weight": 1.0}
            for n in range(6)
            for code in RISKS
        ],
        "core.bridge_practice_partner": [
            {"practice_id": f"{place} {n}", "partner_number": 1, "partner_name": f"Partner {n % partners}"}
            for place, partners in ((MORE, 6), (LESS, 1))
            for n in range(6)
        ],
    }


def surveys():
    """Return one figure for each metric of cohesion and place: 60 % agree in MORE, 30 % in LESS."""
    asked = [
        {"indicator_id": metric, "item_wording_id": "wording", "metric_id": metric, "nation": "Wales"}
        for metric in SURVEYED
    ]
    shape = {"item_wording_id": "wording", "breakdown": "{}", "survey": "Survey"}
    days = {"period_start": date(2024, 1, 1), "period_end": date(2024, 12, 31)}
    return {
        "core.dim_indicator": asked,
        "core.fct_observation": [
            shape | days | {"indicator_id": metric, "area_code": place, "value": value}
            for metric in SURVEYED
            for place, value in ((MORE, 60.0), (LESS, 30.0))
        ],
    }


@pytest.fixture(scope="module")
def found():
    """Return the two values of each metric with a direction, of money those of every award on record."""
    bench = Bench()
    people = [
        {"locality_code": place, "period_end": date(2025, 6, 30), "population_persons": 100_000}
        for place in (MORE, LESS)
    ]
    for name, rows in ({"core.fct_population": people} | money() | practices() | surveys()).items():
        bench.put(name, rows)
    rows = bench.make("metrics.metric_value")
    (window,) = (row for row in bench.rows("metrics.award_window") if row["window_id"] == "on_record")
    of_window = {name: window[name] for name in ("period_start", "period_end")}
    return {
        metric: of(rows, metric, **(of_window if metric.startswith("fun_") or metric == "bal_money" else {}))
        for metric in DIRECTED
    }


@pytest.mark.parametrize("metric", DIRECTED)
def test_h9_the_direction_is_that_of_the_two_area_case(found, metric):
    more, less = found[metric][MORE]["value"], found[metric][LESS]["value"]
    assert more is not None
    assert less is not None
    assert more != less, "the case must tell the two areas apart"
    assert DIRECTED[metric] == ("up" if more > less else "down")

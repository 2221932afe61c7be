"""H9 of method.md section 8: each metric's direction agrees with a fixed case of two areas, run through the real SQL.

The two areas are made up. Whatever a metric with a direction measures, the one has more of what the report calls
community power: people who feel heard and belong, more money in smaller, longer awards by more funders to the
community's own organisations, practices that last, reach further and rest on better evidence, and no named risk.
"""

from datetime import date

import pytest

from tests.support.sql_harness import NATIONS, Bench, awards, every_month, of, practice
from warehouse.catalogue import WHOLE, indicators, metrics

MORE, LESS = "W06999901", "W06999902"
# Where no source is at hand, no case can be run.
DIRECTED = {
    (metric.id, part): metric.direction
    for metric in metrics().values()
    if metric.direction != "none" and metric.has_source
    for part in ([WHOLE] if metric.has_whole else [part.code for _, part in metric.parts()])
}
FED = {wording.metric_id for indicator in indicators().values() for wording in indicator.wordings}
SURVEYED = [metric for metric, _ in DIRECTED if metric in FED]
OTHERS = [f"W0699991{number}" for number in range(8)]
RISKS = ("inequalities", "fatigue", "finances", "short_termism", "formalisation")


def money():
    """Return the awards: as many funders, small awards and long ones to the community in MORE, and few in LESS."""
    more = [
        {"amount_gbp": 5_000.0, "funder_id": f"funder {n % 8}", "planned_months": 36.0, "recipient_kind": "community"}
        | {"recipient_id": f"recipient {n % 5}"}
        for n in range(40)
    ]
    less = [
        {
            "amount_gbp": 15_000.0 if n % 4 == 0 else 1_000.0,
            "funder_id": "funder 0" if n < 15 else "funder 1",
            "planned_months": 24.0 if n == 1 else 6.0,
            "recipient_kind": "community" if n in (2, 3) else "public_body",
            "recipient_id": "recipient 0" if n < 15 else "recipient 1",
        }
        for n in range(20)
    ]
    more[0]["recipient_kind"] = "public_body"
    return awards(*(row | {"place": MORE} for row in more), *(row | {"place": LESS} for row in less), *every_month())


def practices():
    """Return six practices in each place; those of MORE are strong on every axis and those of LESS weak."""
    strong = {"origin": "accelerated", "durability": "robust", "lead_side": "community", "side": "joint"}
    strong |= {"is_reaching_less_heard": True, "evidence_grade": "E3"}
    weak = {"origin": "emergent", "durability": "fragile", "lead_side": "institution", "side": "institution"}
    weak |= {"is_reaching_less_heard": False, "evidence_grade": "E0"}
    rows = [
        practice(n, place, document_sha256=f"document {n % 2}") | kind | {"practice_id": f"{place} {n}"}
        for place, kind in ((MORE, strong), (LESS, weak))
        for n in range(6)
    ]
    rows[0]["primary_type"] = "C1"
    return {
        "core.fct_practice_study": rows,
        "core.fct_practice_code": [
            *(
                {"practice_id": f"{LESS} {n}", "axis": "risk", "code": code, "weight": 1.0}
                for n in range(6)
                for code in RISKS
            ),
            *({"practice_id": f"{MORE} 0", "axis": "recommendation", "code": code, "weight": 1.0} for code in "123"),
            {"practice_id": f"{LESS} 0", "axis": "recommendation", "code": "1", "weight": 1.0},
        ],
        "core.bridge_practice_partner": partners(),
        "core.fct_practice_status": [
            {"practice_id": f"{place} {n}", "status_number": n, "kind": "practice", "status_date": date(2026, 6, 1)}
            | {"status": "active" if place == MORE or n == 0 else "ended", "is_completion": False}
            for place in (MORE, LESS)
            for n in range(6)
        ]
        + [
            {"practice_id": f"{place} {n}", "status_number": 10 + n, "kind": "practice", "status": "active"}
            | {"status_date": date(2020, 6, 1), "source_id": "practice_readings"}
            for place in (MORE, LESS)
            for n in range(6)
        ],
    }


def partners():
    """Return who is named: in MORE six bodies of several sectors, each named with two; in LESS three councils once."""
    sectors = ("council", "vcse", "business")
    return [
        {"practice_id": f"{place} {n}", "partner_number": part, "partner_name": f"Body {(n + part) % bodies}"}
        | {"sector": sectors[(n + part) % bodies % 3] if place == MORE else "council"}
        for place, bodies in ((MORE, 6), (LESS, 3))
        for n in range(6)
        for part in range(2)
    ]


def surveys():
    """Return two years of figures for each metric that surveys feed: 60 in MORE, 30 in LESS, others between.

    Of a metric where less is better it is the other way round. In the year before it was 45 everywhere.
    """
    asked = [
        {"indicator_id": metric, "item_wording_id": "wording", "metric_id": metric, "nation": "Wales"}
        for metric in SURVEYED
    ]
    shape = {"item_wording_id": "wording", "population_part": "{}", "survey": "Survey"}
    shares = {MORE: 60.0, LESS: 30.0} | {place: 41.0 + n for n, place in enumerate(OTHERS)}
    return {
        "core.dim_indicator": asked,
        "core.fct_observation": [
            shape
            | {"indicator_id": metric, "area_code": place, "value": value, "lci_95": value - 4, "uci_95": value + 4}
            | {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}
            for metric in SURVEYED
            for place, share in shares.items()
            for year, value in ((2023, 45.0), (2024, share if metrics()[metric].direction == "up" else 100 - share))
        ],
    }


@pytest.fixture(scope="module")
def found():
    """Return the two values of each metric with a direction: of money those on record, of surveys the newest."""
    bench = Bench()
    bench.put(
        "core.dim_locality",
        [
            {"locality_code": code, "nation": nation, "comparable_group": f"{nation} | unitary authority"}
            for code, nation in (NATIONS | dict.fromkeys(OTHERS, "Wales")).items()
        ],
    )
    people = [
        {"locality_code": place, "period_end": date(2025, 6, 30), "population_persons": 100_000}
        for place in (MORE, LESS)
    ]
    bench.put_all({"core.fct_population": people} | money() | practices() | surveys())
    rows = bench.make("metrics.metric_value")
    windows = {row["window_id"]: row for row in bench.rows("metrics.award_window")}

    def newest(metric):
        if metric.startswith("fun_") or metric == "bal_money":
            window = windows["rolling_3y" if "annual" in metric else "on_record"]
            return {name: window[name] for name in ("period_start", "period_end")}
        return {"period_end": date(2024, 12, 31)} if metric in SURVEYED or metric == "bal_voice" else {}

    return {(metric, part): of(rows, metric, part, **newest(metric)) for metric, part in DIRECTED}


@pytest.mark.parametrize("metric", DIRECTED)
def test_h9_the_direction_is_that_of_the_two_area_case(found, metric):
    more, less = found[metric][MORE]["value"], found[metric][LESS]["value"]
    assert more is not None
    assert less is not None
    assert more != less, "the case must tell the two areas apart"
    assert DIRECTED[metric] == ("up" if more > less else "down")

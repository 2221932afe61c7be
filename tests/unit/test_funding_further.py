"""Recipients, money a year and money beside need, on made-up awards."""

import re
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.sql_harness import AS_OF, Bench, awards, every_month, of, values
from warehouse import catalogue

BENCH = Bench()
PLACE, OTHER, CITY = "E06999901", "E06999902", "E09000001"
FEW = settings(max_examples=3, deadline=None)
WINDOW_DAYS = (AS_OF - date(2023, 11, 23)).days + 1
ROLLING = {"period_end": AS_OF}


def people(persons=1000, places=(PLACE, OTHER, CITY)):
    BENCH.put(
        "core.fct_population",
        [{"locality_code": place, "period_end": date(2025, 6, 30), "population_persons": persons} for place in places],
    )


def on_record(rows):
    return [row for row in rows if row["period_end"] not in (AS_OF, date(2020, 5, 5))]


def test_recipients_go_by_identifier_then_by_name_and_persons_are_left_out():
    BENCH.reset()
    BENCH.put_all(
        awards(
            {"amount_gbp": 10.0, "place": PLACE, "recipient_id": "GB-1", "recipient_name": "The Hub"},
            {"amount_gbp": 20.0, "place": PLACE, "recipient_id": None, "recipient_name": "hub"},
            {"amount_gbp": 30.0, "place": PLACE, "recipient_id": None, "recipient_name": "Café & Co"},
            {"amount_gbp": 10.0, "place": PLACE, "recipient_id": None, "recipient_name": "cafe and co."},
            {"amount_gbp": 30.0, "place": PLACE, "recipient_name": "A person", "recipient_kind": "individual"},
        )
    )
    rows = on_record(BENCH.make("metrics.funding"))
    row = of(rows, "fun_recipients_n")[PLACE]
    assert (row["value"], row["coverage"]) == (2, pytest.approx(0.7))
    assert values(rows, "fun_hhi_recipient")[PLACE] == pytest.approx((3 / 7) ** 2 + (4 / 7) ** 2)


def test_a_name_with_two_identifiers_stays_a_name():
    BENCH.reset()
    BENCH.put_all(
        awards(
            {"amount_gbp": 10.0, "place": PLACE, "recipient_id": "GB-1", "recipient_name": "Hub"},
            {"amount_gbp": 10.0, "place": PLACE, "recipient_id": "GB-2", "recipient_name": "Hub"},
            {"amount_gbp": 10.0, "place": OTHER, "recipient_id": None, "recipient_name": "Hub"},
        )
    )
    rows = on_record(BENCH.make("metrics.funding"))
    assert values(rows, "fun_recipients_n")[PLACE] == 2
    assert {row["recipient_key"] for row in BENCH.rows("metrics.award_counted")} == {"GB-1", "GB-2", "hub"}


def test_no_named_recipient_is_no_nought():
    BENCH.reset()
    BENCH.put_all(awards({"amount_gbp": 10.0, "place": PLACE, "recipient_id": None, "recipient_name": None}))
    rows = on_record(BENCH.make("metrics.funding"))
    for metric in ("fun_recipients_n", "fun_hhi_recipient"):
        row = of(rows, metric)[PLACE]
        assert (row["state"], row["value"]) == ("not_available", None)
        assert row["state_reason"] == "no award names a recipient other than a person"


def annual(*rows, scope="", whole=True):
    BENCH.reset()
    people()
    BENCH.put_all(awards(*rows, *(every_month() if whole else ())))
    return of(BENCH.make("metrics.funding"), f"fun_per_head_annual{scope}", **ROLLING)


def test_an_award_is_spread_over_its_time_and_only_what_falls_into_the_period_counts():
    year = 365.25
    within = annual({"amount_gbp": 3000.0, "place": PLACE, "award_date": date(2024, 1, 1), "planned_months": 12.0})
    assert within[PLACE]["value"] == pytest.approx(3000 / 1000 / (WINDOW_DAYS / year))
    assert within[OTHER]["state"] == "not_available"
    early = {"amount_gbp": 8000.0, "place": PLACE, "award_date": date(2022, 11, 23), "planned_months": 48.0}
    inside = (48 * year / 12 - 365) / (48 * year / 12)
    assert annual(early)[PLACE]["value"] == pytest.approx(8000 * inside / 1000 / (WINDOW_DAYS / year))
    late = {"amount_gbp": 2400.0, "place": PLACE, "award_date": date(2026, 11, 1), "planned_months": 24.0}
    days = (AS_OF - date(2026, 11, 1)).days + 1
    assert annual(late)[PLACE]["value"] == pytest.approx(2400 * days / (2 * year) / 1000 / (WINDOW_DAYS / year))
    over = annual({"amount_gbp": 9.0, "place": PLACE, "award_date": date(2019, 1, 1), "planned_months": 12.0})
    assert over[PLACE]["state"] == "not_available"


def test_an_award_without_a_duration_counts_in_its_year_and_lowers_the_coverage():
    known = {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2024, 1, 1), "planned_months": 12.0}
    row = annual(known, known | {"amount_gbp": 300.0, "planned_months": None})[PLACE]
    assert row["value"] == pytest.approx(400 / 1000 / (WINDOW_DAYS / 365.25))
    assert (row["coverage"], row["state"]) == (pytest.approx(0.25), "ok_low")
    assert "planned duration known for less than half of the money" in row["state_reason"]
    assert annual(known | {"award_date": None})[PLACE]["state"] == "not_available"
    assert annual(known | {"planned_months": 0.0})[PLACE]["coverage"] == 0


def test_there_is_no_rate_a_year_of_a_period_with_gaps():
    award = {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2024, 1, 1), "planned_months": 12.0}
    row = annual(award, whole=False)[PLACE]
    assert (row["state"], row["value"], row["n_num"]) == ("withheld", None, None)
    assert row["state_reason"] == "awards on record are dated in 1 of the 36 months of the period"
    assert annual(award, whole=False)[OTHER]["state"] == "not_available"
    assert annual(award)[PLACE]["value"] > 0


def test_money_a_year_keeps_the_scope_and_the_city_of_london_has_none():
    outside = {"amount_gbp": 100.0, "place": PLACE, "award_date": date(2024, 1, 1), "in_scope_local": False}
    assert annual(outside)[PLACE]["state"] == "not_available"
    assert annual(outside, scope="_all")[PLACE]["value"] > 0
    assert annual(outside | {"place": CITY})[CITY]["state"] == "not_applicable"


def group(gifts, ranks, index="IoD2025"):
    """Return the corner of each locality: gifts are lists of awards in pounds, ranks say how deprived each is."""
    BENCH.reset()
    codes = [f"E069998{n:02d}" for n in range(len(gifts))]
    BENCH.put(
        "core.dim_locality",
        [{"locality_code": code, "nation": "England", "authority_type": "district"} for code in codes],
    )
    people(places=codes)
    BENCH.put(
        "core.fct_deprivation_profile",
        [
            {"index_id": index, "locality_code": code, "areas_n": 1, "mean_rank_percentile": rank}
            for code, rank in zip(codes, ranks, strict=True)
        ],
    )
    BENCH.put_all(
        awards(
            *(
                {"amount_gbp": float(gbp), "place": code}
                for code, amounts in zip(codes, gifts, strict=True)
                for gbp in amounts
            )
        )
    )
    rows = on_record(BENCH.make("metrics.funding_need"))
    found = of(rows, "fun_vs_need_quadrant")
    return [found[code] for code in codes]


def test_corners_of_money_and_need_and_what_cannot_be_told():
    ranks = [0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.5, 0.6]
    gifts = [[10] * 900, [10] * 900, [10] * 90, [10] * 90] + [[10] * 300] * 4 + [[1000] * 8]
    rows = group(gifts, ranks)
    assert [row["value"] for row in rows] == [1, 2, 3, 4, 0, 0, 0, 0, 0]
    assert rows[0]["state_reason"].startswith("more money per head and more deprivation than the median of the group")
    assert rows[8]["state_reason"].startswith("indeterminate: the interval of money per head contains the median"), (
        "eight large awards are too few to tell, though their sum is far above the middle"
    )
    assert rows[0]["comparable_group"] == "England | district | IoD2025"


def test_a_locality_exactly_at_the_median_is_on_neither_side_of_it():
    # Nine places: the fifth is the median of deprivation, and its money is surely above the middle.
    gifts, ranks = [[10] * 90] * 4 + [[10] * 900] + [[10] * 90] * 4, [n / 10 for n in range(9)]
    rows = group(gifts, ranks)
    assert rows[4]["value"] == 0
    assert rows[4]["state_reason"].startswith("indeterminate: the deprivation equals the median of the group")
    # Equal shares of money: every place is at the median of the money.
    assert {row["value"] for row in group([[10] * 90] * 9, ranks)} == {0}
    edge_cases = catalogue.metrics()["fun_vs_need_quadrant"].edge_cases
    assert "exactly at a median" in re.sub(r"\s+", " ", str(edge_cases))


def test_an_index_of_long_before_makes_the_corner_unreliable():
    gifts, ranks = [[10] * 100] * 8, [n / 10 for n in range(8)]
    note = "the index is dated more than five years from the end of the period"
    assert not any(note in row["state_reason"] for row in group(gifts, ranks))
    old = group(gifts, ranks, index="IoD2019")
    assert all(row["state"] == "ok_low" and row["state_reason"].endswith(note) for row in old)


def test_no_corner_in_a_small_group():
    rows = group([[10] * 100] * 7, [n / 10 for n in range(7)])
    assert {(row["state"], row["value"]) for row in rows} == {("withheld", None)}


@FEW
@given(st.lists(st.lists(st.integers(1, 1000), min_size=1, max_size=8), min_size=8, max_size=10), st.data())
def test_the_error_of_a_sum_is_that_of_chance_in_number_and_amount(gifts, data):
    ranks = data.draw(st.lists(st.integers(1, 99), min_size=len(gifts), max_size=len(gifts), unique=True))
    rows = group(gifts, [rank / 100 for rank in ranks])
    middle, half = np.median([sum(amounts) for amounts in gifts]), np.median(ranks)
    for row, amounts, rank in zip(rows, gifts, ranks, strict=True):
        reach = 1.959963984540054 * np.sqrt(np.square(amounts).sum())
        if abs(sum(amounts) - middle) <= reach * (1 + 1e-9) or rank == half:
            expected = 0
        else:
            expected = 1 + 2 * (sum(amounts) < middle) + (rank > half)
        assert row["value"] == expected or abs(abs(sum(amounts) - middle) - reach) < 1e-6

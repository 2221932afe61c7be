"""The golden values of method.md section 6 through the queries themselves, and anchors in real figures."""

import csv
from datetime import date
from pathlib import Path
from statistics import mean

import polars as pl
import pytest

from tests.support.sql_harness import answers, awards, of, values

PLACE = "E06999901"
REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"


@pytest.mark.parametrize(("count", "rate", "low", "high"), [(4, 0.8, 0.218, 2.0483), (40, 8.0, 5.7147, 10.894)])
def test_award_rate_per_10_000_of_50_000(bench, count, rate, low, high):
    bench.put_all(awards(*[{"amount_gbp": 100.0, "place": PLACE}] * count))
    people = {"locality_code": PLACE, "period_end": date(2025, 6, 30), "population_persons": 50_000}
    bench.put("core.fct_population", [people])
    row = of(bench.make("metrics.funding"), "fun_n_rate", period_end=date(2025, 6, 1))[PLACE]
    assert (row["value"], row["lci"], row["uci"]) == pytest.approx((rate, low, high), abs=5e-4)


def deprived(bench, areas, scores=None):
    """Put one locality of small areas given as (rank of 100, residents) and return its metrics."""
    bench.put(
        "core.fct_small_area",
        [
            {
                "index_id": "IoD2025",
                "small_area_code": f"area {number}",
                "locality_code": PLACE,
                "overall_rank": rank,
                "rank_percentile": (rank - 0.5) / 100,
                "overall_decile": -(-rank // 10),
                "overall_score": float(scores[number]) if scores else None,
                "population_persons": residents,
            }
            for number, (rank, residents) in enumerate(areas)
        ],
    )
    bench.put("core.fct_deprivation_profile", [{"index_id": "IoD2025", "locality_code": PLACE, "areas_n": len(areas)}])
    return bench.make("metrics.deprivation")


def test_extent(bench):
    rows = deprived(bench, [(5, 1500), (11, 1500), (30, 2000), (60, 5000)])
    assert values(rows, "dep_extent")[PLACE] == pytest.approx(0.3025)


def test_weighted_mean_and_gini(bench):
    rows = deprived(bench, [(10, 1000), (20, 2000), (30, 7000)], scores=[40, 20, 10])
    assert values(rows, "dep_avg_score")[PLACE] == pytest.approx(15.0)
    assert values(rows, "dep_gini_within")[PLACE] == pytest.approx(0.26)


def test_gini_of_ranks_where_no_scores_are_landed(bench):
    rows = deprived(bench, [(61, 1000), (81, 2000), (91, 7000)])
    assert values(rows, "dep_gini_within")[PLACE] is None
    assert values(rows, "dep_gini_within_ranks")[PLACE] == pytest.approx(0.26)


def funded(bench, amounts):
    """Put one award a funder and return the metrics of money on record."""
    given = ({"amount_gbp": float(amount), "place": PLACE, "funder_id": f"funder {amount}"} for amount in amounts)
    bench.put_all(awards(*given))
    return [row for row in bench.make("metrics.funding") if row["period_end"] == date(2025, 6, 1)]


def test_concentration_on_three_funders(bench):
    rows = funded(bench, [60, 30, 10])
    assert values(rows, "fun_hhi_funder")[PLACE] == pytest.approx(0.46)
    assert values(rows, "fun_effective_funders")[PLACE] == pytest.approx(2.174, abs=5e-4)
    assert values(rows, "fun_hhi_funder_norm")[PLACE] == pytest.approx(0.19)


def test_concentration_on_one_funder(bench):
    rows = funded(bench, [5])
    assert values(rows, "fun_hhi_funder")[PLACE] == 1
    assert of(rows, "fun_hhi_funder_norm")[PLACE]["state"] == "not_applicable"


def practised(bench, cells):
    """Put as many records as each (type, side) has and return the metrics of practice."""
    bench.put(
        "core.fct_practice_study",
        [
            {
                "practice_id": f"{kind} {side} {number}",
                "locality_code": PLACE,
                "geo_precision": "lad",
                "primary_type": kind,
                "side": side,
                "evidence_grade": "E1",
            }
            for (kind, side), count in cells.items()
            for number in range(count)
        ],
    )
    return bench.make("metrics.practice")


def test_hill_number_of_order_nought_and_sample_coverage(bench):
    cells = {("A1", "institution"): 4, ("A2", "community"): 2, ("C1", "community"): 1, ("I3", "institution"): 1}
    rows = practised(bench, cells)
    assert values(rows, "prac_cells_n")[PLACE] == 4
    assert values(rows, "prac_coverage_gt")[PLACE] == pytest.approx(0.7812, abs=5e-5)


def test_sample_coverage_of_five_singletons(bench):
    rows = practised(bench, {(kind, "community"): 1 for kind in ("A1", "A2", "A3", "I1", "I2")})
    assert values(rows, "prac_coverage_gt")[PLACE] == pytest.approx(0.1111, abs=5e-5)


def test_balance_of_sides(bench):
    rows = practised(bench, {("A1", "institution"): 7, ("A1", "community"): 3})
    assert values(rows, "prac_side_balance")[PLACE] == pytest.approx(-0.4)
    assert values(bench.make("metrics.balance"), "bal_practice")[PLACE] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("area", "period", "percentage"),
    [("W92000004", "2018-19", 52.0), ("W92000004", "2021-22", 64.0), ("W06000010", "2018-19", 51.5)],
)
def test_real_figures_of_wales_come_through_unchanged(bench, area, period, percentage):
    with (REFERENCE / "survey_figures.csv").open(encoding="utf-8") as file:
        published = [row for row in csv.DictReader(file) if row["indicator"] == "community_cohesion_all3"]
    rows = [
        {
            "area_code": row["area_code"],
            "period_start": date(int(row["period"][:4]), 4, 1),
            "period_end": date(int(row["period"][:4]) + 1, 3, 31),
            "value": float(row["value_pct"]),
        }
        for row in published
    ]
    bench.put_all(answers("coh_all3_pct", "Wales", *rows))
    row = of(bench.make("metrics.cohesion"), "coh_all3_pct", period_start=date(int(period[:4]), 4, 1))[area]
    assert (row["value"], row["se"], row["ci_method"]) == (percentage, None, "none:not_published")


def test_real_extent_of_2019_is_near_the_published_one(bench, shared):
    """Residents are of mid-2019 and not the index's own denominators, so they differ, as little as in method.md."""
    data = shared / "data"
    area = pl.read_csv(data / "deprivation" / "iod2019_england_lsoa11.csv")
    place = pl.read_csv(data / "geography" / "lsoa11_to_lad21_england_wales.csv")
    people = pl.read_csv(
        data / "population" / "mysociety_2019_lsoa_population_raw_bom_thousands.csv",
        schema_overrides={"pop": pl.String},
    )
    published = pl.read_csv(data / "deprivation" / "iod2019_england_ltla19_summaries.csv")
    frame = (
        area.join(place, on="lsoa11_code")
        .join(people, left_on="lsoa11_code", right_on="lsoa")
        .select(
            pl.lit("IoD2019").alias("index_id"),
            pl.col("lsoa11_code").alias("small_area_code"),
            pl.col("ltla21_code").alias("locality_code"),
            pl.col("IMD_rank").alias("overall_rank"),
            ((pl.col("IMD_rank") - 0.5) / 32844).alias("rank_percentile"),
            pl.col("IMD_decile").alias("overall_decile"),
            pl.col("pop").str.replace_all(",", "").cast(pl.Int64).alias("population_persons"),
        )
    )
    counted = frame.group_by("locality_code").len().rename({"len": "areas_n"})
    bench.put("core.dim_locality", [{"locality_code": code, "nation": "England"} for code in counted["locality_code"]])
    bench.put("core.fct_small_area", frame.to_dicts())
    bench.put("core.fct_deprivation_profile", [{"index_id": "IoD2019", **row} for row in counted.to_dicts()])
    found = values(bench.make("metrics.deprivation"), "dep_extent")
    differences = {
        row["ltla19_code"]: abs(found[row["ltla19_code"]] - row["Extent"])
        for row in published.to_dicts()
        if row["ltla19_code"] in found
    }
    assert len(differences) == 306
    assert mean(differences.values()) == pytest.approx(0.0022, abs=5e-5)
    assert max(differences.values()) == pytest.approx(0.017, abs=5e-4)
    for code, extent in (("E08000019", 0.3401), ("E08000031", 0.4828), ("E09000021", 0.0122)):
        assert found[code] == pytest.approx(extent, abs=0.0175)

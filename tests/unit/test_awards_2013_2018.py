"""Awards of 2013 to 2018 come from a summary: to the penny, in the locality of today, and apart from all other money.

The rows on the bench are made up; the tests of the record read the file that ships with the project.
"""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from assets.sources.reference.records import csv_parser
from tests.support.sql_harness import of, values
from warehouse.catalogue import sources
from warehouse.errors import InvalidSetting
from warehouse.lineage import SQL_ROOT
from warehouse.storage import landing
from warehouse.storage.share_alike import VARIABLE

PLACE, OTHER, CITY = "E06999901", "E06999902", "E09000001"
WALES, IRELAND, WHOLE = "W06999901", "N09999901", "K02000001"
SOURCE = "reference_awards_2013_2018"
ALL_YEARS = "2018-12-31"
METRICS = ("gbp", "gbp_all", "n", "n_all", "per_head", "funders_n", "hhi_funder", "largest_funder_share")
CAUTIONS = ["address_only", "published_by_2019"]
DAY = date(2026, 1, 1)
KEPT = SQL_ROOT / "checks/core/fct_award_year_summary/every_row_is_kept_to_the_penny.sql"


def summary(place, funder, year, amount, awards_n=1, **more):
    kind = "positive" if amount > 0 else "negative" if amount < 0 else "zero"
    row = {"district_code": f"{place}-then", "locality_code": place, "funder_name": funder, "award_year": year}
    row |= {"amount_gbp": amount, "awards_n": awards_n, "amount_class": kind, "source_id": SOURCE}
    return row | more


def measured(bench, *rows, start="2013-01-01", end=ALL_YEARS):
    """Return the rows of the metrics in the period from `start` to `end`."""
    bench.put("core.fct_award_year_summary", rows)
    made = bench.make("metrics.funding_by_year")
    return [row for row in made if (str(row["period_start"]), str(row["period_end"])) == (start, end)]


def put_population(bench, *places, persons=100, end="2013-06-30"):
    given = [
        {"locality_code": place, "population_persons": persons, "period_end": date.fromisoformat(end)}
        for place in places
    ]
    bench.put("core.fct_population", given)


MONEY = (
    summary(PLACE, "A", 2013, 60.1, 2),
    summary(PLACE, "B", 2018, 19.9, 3),
    summary(PLACE, "A", 2018, 0.0, 7),
    summary(PLACE, "Roads", 2018, 1000.0, 1, is_national_infrastructure=True),
    summary(CITY, "A", 2013, 500.0),
    summary(WALES, "A", 2018, 5.0),
    summary("unallocated", "A", 2018, 7.07, 4),
)


def test_money_and_awards_leave_out_infrastructure_and_sums_of_zero(bench):
    rows = measured(bench, *MONEY)
    assert values(rows, "fun_2013_2018_gbp")[PLACE] == 80
    assert values(rows, "fun_2013_2018_gbp_all")[PLACE] == 1080
    assert values(rows, "fun_2013_2018_n")[PLACE] == 5
    assert values(rows, "fun_2013_2018_n_all")[PLACE] == 6
    assert values(rows, "fun_2013_2018_gbp")["unallocated"] == 7.07
    assert values(rows, "fun_2013_2018_gbp")[WHOLE] == 592.07
    assert values(rows, "fun_2013_2018_n_all")[WHOLE] == 12


def test_each_year_is_a_period_beside_all_years(bench):
    rows = measured(bench, *MONEY, end="2013-12-31")
    assert values(rows, "fun_2013_2018_gbp")[PLACE] == 60.1
    assert of(rows, "fun_2013_2018_gbp")[WALES]["state"] == "not_available"
    periods = {(str(row["period_start"]), str(row["period_end"])) for row in bench.rows("metrics.funding_by_year")}
    assert periods == {("2013-01-01", "2013-12-31"), ("2018-01-01", "2018-12-31"), ("2013-01-01", "2018-12-31")}


def test_the_concentration_is_of_the_funders_of_the_local_scope(bench):
    rows = measured(bench, *MONEY)
    shares = Decimal("60.1") / 80, Decimal("19.9") / 80
    assert values(rows, "fun_2013_2018_hhi_funder")[PLACE] == pytest.approx(float(sum(share**2 for share in shares)))
    assert values(rows, "fun_2013_2018_largest_funder_share")[PLACE] == pytest.approx(60.1 / 80)
    assert values(rows, "fun_2013_2018_funders_n")[PLACE] == 2
    single = of(rows, "fun_2013_2018_hhi_funder")[WALES]
    assert (single["value"], single["reason_codes"]) == (1, [*CAUTIONS, "few_awards|5", "one_funder"])
    assert WHOLE not in of(rows, "fun_2013_2018_hhi_funder")


def test_every_value_says_how_it_is_placed_and_whose_it_is(bench):
    put_population(bench, PLACE, OTHER, WALES)
    rows = [row for row in measured(bench, *MONEY) if row["value"] is not None]
    assert {row["metric_id"] for row in rows} == {f"fun_2013_2018_{name}" for name in METRICS}
    assert {row["state"] for row in rows} == {"ok_low"}
    assert all(row["reason_codes"][:2] == CAUTIONS for row in rows)
    assert all(row["ci_method"] == "none:register_count" and row["lci"] is None for row in rows)
    assert "great_britain_only" in of(rows, "fun_2013_2018_gbp")[WHOLE]["reason_codes"]
    assert "great_britain_only" not in of(rows, "fun_2013_2018_gbp")[PLACE]["reason_codes"]


def test_a_place_without_money_has_a_reason_and_never_zero(bench):
    found = of(measured(bench, *MONEY), "fun_2013_2018_gbp")
    missing = {place: (found[place]["value"], found[place]["reason_codes"]) for place in (OTHER, IRELAND)}
    assert missing == {OTHER: (None, ["awards_voluntary"]), IRELAND: (None, ["great_britain_only"])}


def test_an_amount_per_head_uses_the_nearest_population_and_says_how_far_it_is(bench):
    put_population(bench, PLACE, CITY, persons=40_000)
    near = of(measured(bench, *MONEY, end="2013-12-31"), "fun_2013_2018_per_head")
    assert (near[PLACE]["value"], near[PLACE]["n_den"]) == (60.1 / 40_000, 40_000)
    assert near[PLACE]["reason_codes"] == CAUTIONS
    assert near[CITY]["reason_codes"] == ["city_of_london"]
    put_population(bench, PLACE, persons=40_000, end="2023-06-30")
    old = of(measured(bench, *MONEY), "fun_2013_2018_per_head")
    assert old[PLACE]["reason_codes"] == [*CAUTIONS, "old_population"]
    assert old[WALES]["reason_codes"] == ["no_resident_count"]


def test_the_headline_is_all_years_and_no_other_money_has_the_summary(bench):
    bench.put("core.fct_award_year_summary", MONEY)
    found = of(bench.make("metrics.headline_value"), "fun_2013_2018_gbp")
    assert (found[PLACE]["period"], found[PLACE]["value"]) == ("2013-01-01/2018-12-31", 80)
    others = [row for row in bench.rows("metrics.metric_value") if not row["metric_id"].startswith("fun_2013_2018_")]
    assert others
    assert not [row for row in others if SOURCE in row["source_ids"]]
    assert all(row["value"] is None for row in others if row["metric_id"] == "fun_total_gbp_all")


def test_without_the_summary_every_locality_says_what_is_missing(bench):
    found = of(bench.make("metrics.metric_value"), "fun_2013_2018_gbp")
    assert {(row["state"], *row["reason_codes"]) for row in found.values()} == {
        ("not_available", "no_summary_2013_2018")
    }
    assert SOURCE in found[PLACE]["state_reason"]
    assert VARIABLE in found[PLACE]["state_reason"]


def succeeded(former, mode, locality=PLACE):
    return {"former_code": former, "former_name": f"Former {former}", "locality_code": locality, "mode": mode}


def staged(number, code, amount, funder="A"):
    return {"district_code": code, "funder_name": funder, "award_year": 2013, "amount_gbp": amount, "awards_n": number,
            "source_row": number}  # fmt: skip


def test_a_former_district_counts_where_it_went_and_a_split_one_nowhere(bench):
    bench.put("staging.reference__locality", [{"locality_code": PLACE}, {"locality_code": OTHER}])
    modes = {"E07999901": "merge", "E07999902": "merge", "E06999911": "recode", "E08999901": "recode_boundary_change"}
    bench.put(
        "staging.reference__locality_succession",
        [*(succeeded(code, mode) for code, mode in modes.items()), succeeded("E07999903", "split", OTHER)],
    )
    bench.put("staging.reference__national_infrastructure_funder", [{"funder_name": "Department for Roads"}])
    codes = [*modes, PLACE, "E07999903", "E07999904"]
    given = [staged(number, code, 0.1 + number) for number, code in enumerate(codes, start=1)]
    bench.put("staging.reference__award_year_summary", [*given, staged(8, OTHER, 3.3, "The department for Roads")])
    bench.make("core.bridge_locality_code")
    rows = bench.make("core.fct_award_year_summary")
    placed = {row["district_code"]: (row["locality_code"], row["mode"]) for row in rows}
    assert placed == {code: (PLACE, mode) for code, mode in modes.items()} | {
        PLACE: (PLACE, "current"),
        OTHER: (OTHER, "current"),
        "E07999903": ("unallocated", None),
        "E07999904": ("unallocated", None),
    }
    assert bench.broken(KEPT) == []
    assert sum(Decimal(str(row["amount_gbp"])) for row in rows) == Decimal("32.0")


@pytest.mark.parametrize(
    "fault",
    [
        "delete from core.fct_award_year_summary where source_row = 1",
        "insert into core.fct_award_year_summary from core.fct_award_year_summary",
        "update core.fct_award_year_summary set amount_gbp = amount_gbp + 0.01",
        "update core.fct_award_year_summary set awards_n = awards_n + 1",
    ],
)
def test_a_row_that_is_lost_doubled_or_changed_is_found(bench, fault):
    bench.put("staging.reference__award_year_summary", [staged(1, PLACE, 10.1)])
    bench.make("core.fct_award_year_summary")
    assert bench.broken(KEPT) == []
    assert bench.broken_after(KEPT, fault)


@pytest.fixture(scope="module")
def record():
    (file,) = landing.reference_files(sources()[SOURCE])
    return csv_parser("staging.reference__award_year_summary")(file.path.read_bytes())


def test_the_record_is_whole_and_its_description_has_its_numbers(record):
    rows = record.kept
    assert (record.quarantined.height, rows.height) == (0, 11_917)
    assert sum(Decimal(str(amount)) for amount in rows["amount_gbp"]) == Decimal("8447408891.89")
    assert rows["awards_n"].sum() == 84_705
    assert rows["funder_name"].n_unique() == 57
    assert rows.filter(pl.col("amount_gbp") == 0).height == 75
    assert "84,705 grants that 57 funders" in sources()[SOURCE].attribution


def test_the_record_has_the_figures_that_the_project_may_carry(record, shared):
    given = pl.read_csv(shared / "facts/awards_2013_2018_by_recipient_district.csv", infer_schema_length=None)
    ours = record.kept.select("district_code", "funder_name", "award_year", "amount_gbp", "awards_n")
    assert ours.rows() == given.rows()


@pytest.mark.parametrize(
    "line", ["E0600000X,A,2013,1.0,1", "E06000001,A,2012,1.0,1", "E06000001,A,2013,1.005,1", "E06000001,A,2013,1.0,0"]
)
def test_an_invalid_row_is_quarantined(line):
    text = f"district_code,funder_name,award_year,amount_gbp,awards_n\n{line}\nE06000001,B,2013,1.0,1\n"
    parsed = csv_parser("staging.reference__award_year_summary")(text.encode())
    assert (parsed.kept.height, parsed.quarantined.height) == (1, 1)


def test_the_setting_leaves_out_files_under_share_alike_licences_and_no_others(tmp_path, monkeypatch):
    store = landing.Landing(tmp_path)
    assert [file.source_id for file in store.read_by_builds(SOURCE)] == [SOURCE]
    assert not [text for text in store.warnings(DAY) if SOURCE in text]
    monkeypatch.setenv(VARIABLE, "exclude")
    assert store.read_by_builds(SOURCE) == []
    assert store.read_by_builds("reference_covid_award_summary")
    (warning,) = (text for text in store.warnings(DAY) if SOURCE in text)
    assert warning == f"{SOURCE}: files under CC-BY-SA-4.0 are left out, because {VARIABLE} is exclude."


def test_the_setting_leaves_out_landed_files_by_their_own_licence(tmp_path, monkeypatch):
    store = landing.Landing(tmp_path)
    for number, licence in enumerate(["CC-BY-SA-4.0", "CC-BY-4.0"]):
        store.keep(sources()["threesixtygiving"], licence.encode(), file_name=f"{number}.csv", licence=licence)
    monkeypatch.setenv(VARIABLE, "exclude")
    assert [file.file_name for file in store.read_by_builds("threesixtygiving")] == ["1.csv"]
    assert len(store.current("threesixtygiving")) == 2


def test_another_value_of_the_setting_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, "no")
    with pytest.raises(InvalidSetting, match="must be include or exclude; got 'no'"):
        landing.Landing(tmp_path).read_by_builds(SOURCE)

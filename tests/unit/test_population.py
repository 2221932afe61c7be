"""Population: Nomis answers are read as they are, and merged localities are summed only where every part is there."""

import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.sources.nomis.population import parse_nomis_population
from tests.support.sample_files import DATA, needs_real_files
from tests.support.sql_harness import stated
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.catalogue import tables
from warehouse.errors import RefusedFile
from warehouse.storage.table_store import Tables, empty

REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"

HEADINGS = [
    "DATE", "GEOGRAPHY_NAME", "GEOGRAPHY_CODE", "GENDER", "GENDER_NAME", "C_AGE", "C_AGE_NAME", "MEASURES",
    "OBS_VALUE", "OBS_STATUS", "RECORD_COUNT",
]  # fmt: skip


def answer(*rows, headings=HEADINGS):
    """Return a Nomis answer in the documented shape."""
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def row(code, value, *, date="2024", gender="0", age="200", measure="20100", status="A", count="1"):
    return [date, f"Name of {code}", code, gender, "Total", age, "All Ages", measure, value, status, count]


@needs_real_files
def test_the_real_trafford_figures_in_the_documented_shape():
    """The real file is a wide table; its figures are put into the rows that Nomis documents."""
    wide = pl.read_csv(DATA / "population" / "trafford_nomis_mye2024_la.csv")
    sexes = {"Persons": "0", "Males": "1", "Females": "2"}
    ages = {"all_ages": "200"} | {str(age): str(101 + age) for age in range(90)} | {"90+": "191"}
    rows = [
        row(line["area_code"], str(line[name]), gender=sexes[line["sex"]], age=code, count=str(3 * len(ages)))
        for line in wide.iter_rows(named=True)
        for name, code in ages.items()
    ]
    intake = parse_nomis_population(answer(*rows))
    assert (intake.kept.height, intake.quarantined.height) == (276, 0)
    total = intake.kept.filter((pl.col("gender_code") == 0) & (pl.col("age_code") == 200))["population_persons"].item()
    single = intake.kept.filter((pl.col("gender_code") == 0) & (pl.col("age_code") != 200))["population_persons"].sum()
    assert total == single == 241_025


def test_a_blank_value_is_null_with_a_status():
    intake = parse_nomis_population(
        answer(
            row("E06000001", "95366"),
            row("E06000002", "", status="Q"),
            row("E06000003", ""),
            row("E06000004", "1,234", status="P"),
            row("E06000005", "c"),
        )
    )
    assert intake.quarantined.is_empty()
    assert intake.kept.select("population_persons", "value_status").rows() == [
        (95366, None),
        (None, "c"),
        (None, "x"),
        (1234, "p"),
        (None, "c"),
    ]


def test_a_row_that_is_no_estimate_of_persons_is_quarantined():
    intake = parse_nomis_population(
        answer(
            row("E06000001", "95366"),
            row("E06000002", "49.1", measure="20301"),
            row("E06000003", "95366", status="!"),
            row("E06000004", "about 5"),
            row("E06000005", "12.5"),
            row("E06000006", "-1"),
            row("Hartlepool", "95366"),
            row("E06000008", "1", date="latest"),
            row("E06000009", "1"),
            row("E06000009", "2"),
            ["2024", "too few"],
        )
    )
    assert intake.kept["area_code"].to_list() == ["E06000001"]
    assert intake.quarantined["source_row"].to_list() == list(range(3, 13))
    assert intake.rows_in == 11


def test_columns_that_were_not_asked_for_are_null():
    intake = parse_nomis_population(
        answer(
            ["2024", "E06000001", "0", "200", "95366"],
            headings=["DATE", "GEOGRAPHY_CODE", "GENDER", "C_AGE", "OBS_VALUE"],
        )
    )
    assert intake.kept.select("area_name", "age_name", "value_status").row(0) == (None, None, None)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (answer(), "headings only"),
        (answer(row("E06000001", "1", count="30000")), "one page of 1"),
        (b"<html><body>Nomis is busy</body></html>", "HTML"),
        (b"", "empty"),
        (answer(row("E06000001", "1")).replace(b"OBS_VALUE", b"VALUE"), "OBS_VALUE"),
        (answer(row("E06000001", "1")).replace(b"GENDER,", b"SEX,"), "GENDER"),
    ],
    ids=["headings only", "one page", "html", "empty", "renamed", "wrong dimension"],
)
def test_what_is_no_whole_answer_is_refused(content, reason):
    with pytest.raises(RefusedFile, match=reason):
        parse_nomis_population(content)


@given(
    st.lists(
        st.tuples(st.text(max_size=6), st.sampled_from(["A", "", "Q", "P", "?"]), st.sampled_from(["20100", "20301"])),
        min_size=1,
        max_size=6,
    )
)
def test_every_row_is_kept_or_quarantined(cells):
    rows = [
        row(f"E0600{number:04}", value.replace("\0", ""), status=status, measure=measure)
        for number, (value, status, measure) in enumerate(cells)
    ]
    intake = parse_nomis_population(answer(*rows))
    assert intake.rows_in == len(rows)
    for persons, status in intake.kept.select("population_persons", "value_status").rows():
        assert persons is not None or status is not None


@pytest.fixture
def store(tmp_path):
    store = Tables(tmp_path)
    stage_reference(store, "locality", "locality_succession", "population")
    build(store, "core.bridge_locality_code", "core.dim_locality", "core.dim_nation")
    return store


def landed(store, *rows):
    """Return the population table with rows of a made-up Nomis answer landed."""
    content = answer(*([*line[:-1], str(len(rows))] for line in rows)) if rows else None
    frame = parse_nomis_population(content).kept if content else empty(tables()["staging.nomis__population"])
    stage(store, "staging.nomis__population", (frame, "nomis_population", "0"))
    build(store, "core.fct_population_age", "core.fct_population")
    return store.read("core.fct_population")


def test_the_figures_on_record_give_every_locality_a_population(store):
    population = landed(store)
    assert population.height == 361
    assert population["is_latest"].all()
    assert broken(store, "core.fct_population") == {}


def test_a_landed_figure_goes_before_the_figure_on_record_of_the_same_day(store):
    population = landed(store, row("E06000001", "95000", date="2023"), row("E06000002", "160000"))
    hartlepool = population.filter(pl.col("locality_code") == "E06000001").row(0, named=True)
    assert (hartlepool["population_persons"], hartlepool["source_id"]) == (95_000, "nomis_population")
    middlesbrough = population.filter(pl.col("locality_code") == "E06000002").sort("period_end")
    assert middlesbrough["is_latest"].to_list() == [False, True]
    assert broken(store, "core.fct_population") == {}


def test_other_ages_and_sexes_and_missing_values_are_no_population(store):
    population = landed(
        store,
        row("E06000001", "50000", gender="1"),
        row("E06000002", "1000", age="101"),
        row("E06000003", "", status="Q"),
    )
    assert population.height == 361


def test_former_codes_of_barnsley_and_sheffield_are_made_current(store):
    population = landed(store, row("E08000016", "250000"), row("E08000019", "570000"), row("E08000039", "571000"))
    latest = dict(population.filter(pl.col("is_latest")).select("locality_code", "population_persons").iter_rows())
    assert (latest["E08000038"], latest["E08000039"]) == (250_000, 571_000)


CUMBERLAND = ["E07000026", "E07000028", "E07000029"]
SOMERSET = ["E07000187", "E07000188", "E07000189", "E07000246"]
BEFORE_SOMERSET = ["E07000190", "E07000191"]


@pytest.mark.parametrize(
    ("codes", "locality", "persons"),
    [
        (CUMBERLAND, "E06000063", 300_000),
        (CUMBERLAND[:2], "E06000063", None),
        ([*CUMBERLAND, "E06000063"], "E06000063", 100_000),
        (SOMERSET, "E06000066", 400_000),
        ([*SOMERSET, *BEFORE_SOMERSET], "E06000066", 400_000),
        ([*SOMERSET[:3], *BEFORE_SOMERSET], "E06000066", None),
    ],
    ids=["all parts", "a part missing", "the whole is there", "last parts", "parts of a part", "earlier parts"],
)
def test_merged_authorities_are_summed_only_where_each_is_there(store, codes, locality, persons):
    population = landed(store, *(row(code, "100000") for code in codes))
    found = population.filter((pl.col("locality_code") == locality) & (pl.col("period_end").dt.year() == 2024))
    assert found["population_persons"].to_list() == ([] if persons is None else [persons])


AGES = [str(code) for code in range(101, 192)]


def adults(store, *rows, metric_id="pop_16plus"):
    """Return the rows of a metric of ages with their states, by locality, once a Nomis answer has landed."""
    landed(store, *rows)
    build(store, "metrics.population")
    made = store.read("metrics.population").filter(pl.col("metric_id") == metric_id)
    return {line["locality_code"]: stated(line) for line in made.iter_rows(named=True)}


def test_people_of_16_and_over_are_the_sum_of_their_single_years(store):
    # Ages 0 to 15 are of 7 people each and would show in the sum.
    ages = [row("E06000001", "7" if int(age) < 117 else "100", age=age) for age in AGES]
    found = adults(store, row("E06000001", "9999"), *ages, row("E06000001", "50", age="201"))
    assert list(found) == ["E06000001"]
    hartlepool = found["E06000001"]
    assert (hartlepool["value"], hartlepool["state"], hartlepool["source_ids"]) == (7_500, "ok", ["nomis_population"])
    assert hartlepool["ci_method"] == "none:not_published"


@pytest.mark.parametrize("missing", ["117", "150", "191"])
def test_a_missing_year_of_age_makes_no_smaller_population(store, missing):
    ages = [
        row("E06000001", "" if age == missing else "100", age=age, status="Q" if age == missing else "A")
        for age in AGES
    ]
    hartlepool = adults(store, *ages)["E06000001"]
    assert (hartlepool["value"], hartlepool["state"], hartlepool["ci_method"]) == (
        None,
        "not_available",
        "none:no_value",
    )
    assert hartlepool["state_reason"] == "the landed files lack some single years of age"


@pytest.mark.parametrize(
    ("metric_id", "persons"), [("pop_under_16_share", 16 * 7), ("pop_65plus_share", 26 * 10)], ids=["young", "old"]
)
def test_shares_of_ages_are_of_all_single_years(store, metric_id, persons):
    # Ages 0 to 15 are of 7 people each, 16 to 64 of 100, and 65 to 90 and over of 10.
    ages = [row("E06000001", "7" if int(age) < 117 else "100" if int(age) < 166 else "10", age=age) for age in AGES]
    found = adults(store, row("E06000001", "9999"), *ages, metric_id=metric_id)["E06000001"]
    everyone = 16 * 7 + 49 * 100 + 26 * 10
    assert found["value"] == pytest.approx(persons / everyone)
    assert (found["n_num"], found["n_den"], found["state"]) == (persons, everyone, "ok")
    without_babies = adults(store, *ages[1:], metric_id=metric_id)["E06000001"]
    assert (without_babies["value"], without_babies["n_den"], without_babies["state"]) == (None, None, "not_available")
    assert without_babies["state_reason"] == "the landed files lack some single years of age"


def test_ages_of_merged_authorities_are_summed(store):
    ages = [row(code, "100", age=age) for code in CUMBERLAND for age in AGES]
    found = adults(store, *ages)
    assert found["E06000063"]["value"] == 3 * 7_500
    assert found.keys() == {"E06000063"}


def test_localities_that_do_not_sum_to_their_nation_break_a_rule(store):
    scotland = pl.read_csv(REFERENCE / "population.csv").filter(pl.col("locality_code").str.starts_with("S12"))
    rows = [row(code, str(persons)) for code, persons in scotland.select("locality_code", "population_persons").rows()]
    total = scotland["population_persons"].sum()
    landed(store, *rows, row("S92000003", str(total)))
    assert broken(store, "core.fct_population") == {}
    landed(store, *rows, row("S92000003", str(total + 6_000)))
    assert broken(store, "core.fct_population") == {"localities_sum_to_nation": 1}


@pytest.mark.parametrize(("persons", "faults"), [("953660", 1), ("9536", 1), ("180000", 0), ("50000", 0)])
def test_a_slipped_digit_breaks_a_rule(store, persons, faults):
    landed(store, row("E06000001", persons))
    assert broken(store, "core.fct_population").get("no_leap_between_estimates", 0) == faults

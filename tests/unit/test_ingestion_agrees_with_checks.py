"""What the parser of a source keeps of one file breaks no check of the build; what would break one is quarantined.

All figures are synthetic but those of ../shared/data/hard, whose tests skip where that folder is absent.
"""

from datetime import date

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.ingest.name_keys import name_key
from assets.subjects import parsers
from tests.support.macros import by_macro
from tests.support.sample_files import HARD, as_csv, needs_real_files, workbook
from tests.support.table_store_harness import broken, build, observation_store, stage

OBSERVATIONS = "core.fct_observation"
few = settings(
    deadline=None,
    max_examples=12,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return observation_store(tmp_path_factory.mktemp("observations"))


def read(source_id, content):
    """Return the staging table of a source and what its parser reads in a file, every row of which is accounted for."""
    ((table, intake),) = parsers()[source_id].parse(content).items()
    assert intake.rows_in == intake.kept.height + intake.quarantined.height
    return table, intake


def observed(store, source_id, content):
    """Return what was read in a file and the observations that a build makes of it alone, which break no check."""
    table, intake = read(source_id, content)
    for other in ("statswales", "shs", "cls"):
        stage(store, f"staging.{other}__observation")
    stage(store, table, (intake.kept, source_id, "a"))
    build(store, OBSERVATIONS)
    assert broken(store, OBSERVATIONS) == {}
    return intake, store.read(OBSERVATIONS).filter(pl.col("source_id") == source_id)


STATSWALES = [
    "Data values", "Data description", "Year", "Year_reference", "Area", "Area_reference", "Age", "Age_reference",
]  # fmt: skip
AGREE = "Percentage of people who agree that there is good community cohesion in their local area"
LOWER, UPPER, BASE = "Lower confidence interval", "Upper confidence interval", "Number of respondents"


def statswales_row(measure, value, *, area="W06000015", year="2024-25", age="All"):
    return [value, measure, year, year, f"Name of {area}", area, age, age]


def cardiff(**figures):
    """Return a table of Cardiff, whose figures are given by measure, and Newport, whose figure is sound."""
    names = {"value": AGREE, "lower": LOWER, "upper": UPPER, "base": BASE}
    rows = [statswales_row(names[name], value) for name, value in figures.items()]
    rows += [statswales_row(AGREE, 61, area="W06000022"), statswales_row(LOWER, 60, area="W06000022")]
    return as_csv(STATSWALES, *rows)


@pytest.mark.parametrize(
    ("figures", "rule", "rows"),
    [
        ({"value": 60, "lower": 99, "upper": 64}, "bounds_hold_the_value", [2, 3, 4]),
        ({"value": 60, "upper": 59}, "bounds_hold_the_value", [2, 3]),
        ({"value": 612, "lower": 56, "upper": 64}, "bounds_hold_the_value; percentage_within_hundred", [2, 3, 4]),
        ({"value": 101}, "percentage_within_hundred", [2]),
        ({"value": "'-1", "base": 500}, "percentage_within_hundred", [2]),
        ({"value": 60, "base": "1e30"}, "respondents_of_a_survey", [3]),
        ({"value": 60, "base": "'-5"}, "respondents_of_a_survey", [3]),
    ],
)
def test_the_rows_of_a_statswales_figure_that_cannot_be_are_quarantined_together(store, figures, rule, rows):
    intake, found = observed(store, "statswales_cohesion", cardiff(**figures))
    assert intake.quarantined["source_row"].to_list() == rows
    assert set(intake.quarantined["rule"]) == {rule}
    newport = found.filter(pl.col("area_code") == "W06000022")
    assert newport.select("value", "lci_95").rows() == [(61.0, 60.0)]


def test_sound_figures_and_bounds_beyond_a_hundred_are_kept(store):
    intake, found = observed(store, "statswales_cohesion", cardiff(value=99, lower="'-2", upper=103, base=12))
    assert intake.quarantined.is_empty()
    columns = ("value", "lci_95", "uci_95", "n_respondents")
    assert found.filter(pl.col("area_code") == "W06000015").select(columns).rows() == [(99.0, -2.0, 103.0, 12)]


@pytest.mark.parametrize("measure", ["Percentage change in attendance", "Attendance, percent of places"])
def test_a_percentage_that_is_of_no_catalogued_indicator_may_be_any(store, measure):
    rows = [statswales_row(measure, value, year=year) for value, year in (("'-12", "2022-23"), (140, "2023-24"))]
    intake, found = observed(store, "statswales_local_authority", as_csv(STATSWALES, *rows))
    assert intake.quarantined.is_empty()
    assert sorted(found["value"]) == [-12.0, 140.0]


@pytest.mark.parametrize("area", ["E06000001", "E92000001", "S12000033", "K02000001"])
def test_a_row_of_another_nation_than_the_surveys_is_quarantined(store, area):
    content = as_csv(STATSWALES, statswales_row(AGREE, 60), statswales_row(AGREE, 61, area=area))
    intake, _ = observed(store, "statswales_local_authority", content)
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, "area_is_of_survey")]


statswales_rows = st.lists(
    st.tuples(
        st.sampled_from([AGREE, "Percentage", "% weighted", LOWER, UPPER, "Upper limit", BASE, "Other"]),
        st.sampled_from(["0", "40", "60", "60.5", "61", "100", "101", "'-1", "1e30", "[c]", "62 [u]", ""]),
        st.sampled_from(["W06000015", "W06000022", "596", "W92000004", "E06000001"]),
        st.sampled_from(["2022-23", "2023-24", "2024"]),
        st.sampled_from(["All", "16-24"]),
    ),
    min_size=60,
    max_size=200,
    unique_by=lambda row: (row[0], *row[2:]),
)


@few
@given(statswales_rows, st.sampled_from(["statswales_cohesion", "statswales_influence", "statswales_local_authority"]))
def test_whatever_a_statswales_table_prints_the_checks_hold(store, rows, source_id):
    sound = statswales_row("Percentage", 50, area="W06000001", year="2000-01")
    printed = [
        statswales_row(measure, value, area=area, year=year, age=age) for measure, value, area, year, age in rows
    ]
    observed(store, source_id, as_csv(STATSWALES, sound, *printed))


CUBE = ["FeatureCode", "DateCode", "Measurement", "Units", "Value", "Community Belonging", "Age"]
CUBE_LOWER, CUBE_UPPER = "95% Lower Confidence Limit, Percent", "95% Upper Confidence Limit, Percent"


def cube_row(value, *, measurement="Percent", area="S12000033", year="2019", statement="Very strongly", age="All"):
    return [area, year, measurement, "Percent Of Adults", value, statement, age]


def test_the_rows_of_a_cube_that_contradict_each_other_are_quarantined_together(store):
    rows = [
        cube_row(50),
        cube_row(51, measurement=CUBE_LOWER),
        cube_row(55, measurement=CUBE_UPPER),
        cube_row(50, area="S12000034"),
        cube_row(45, area="S12000034", measurement=CUBE_LOWER),
    ]
    intake, _ = observed(store, "shs_cube", as_csv(CUBE, *rows))
    assert intake.quarantined.select("source_row", "rule").rows() == [
        (row, "bounds_hold_the_value") for row in (2, 3, 4)
    ]


def test_answers_that_an_indicator_sums_are_within_a_hundred_together(store):
    rows = [
        cube_row(value, statement=statement, area=area)
        for area, values in {"S12000033": (70, 40), "S12000034": (60, 40)}.items()
        for statement, value in zip(("Very strongly", "Fairly strongly"), values, strict=True)
    ]
    intake, found = observed(store, "shs_cube", as_csv(CUBE, *rows))
    assert intake.quarantined.select("source_row", "rule").rows() == [
        (row, "Very strongly and Fairly strongly within a hundred") for row in (2, 3)
    ]
    assert found.select("area_code", "value").rows() == [("S12000034", 100.0)]


@pytest.mark.parametrize("area", ["E06000001", "W06000015"])
def test_a_row_of_the_scottish_survey_outside_scotland_is_quarantined(store, area):
    intake, _ = observed(store, "shs_cube", as_csv(CUBE, cube_row(50), cube_row(50, area=area)))
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, "area_code regex")]


cube_rows = st.lists(
    st.tuples(
        st.sampled_from(["Percent", CUBE_LOWER, CUBE_UPPER, "Lower bound", "Ratio"]),
        st.sampled_from(["0", "30", "45", "50.5", "70", "100", "101", "*", "-", ""]),
        st.sampled_from(["S12000033", "S12000034", "S92000003"]),
        st.sampled_from(["2018", "2019"]),
        st.sampled_from(["Very strongly", "Fairly strongly", "Don't know"]),
        st.sampled_from(["All", "16-34"]),
    ),
    min_size=60,
    max_size=150,
    unique_by=lambda row: (row[0], *row[2:]),
)


@few
@given(cube_rows)
def test_whatever_a_cube_prints_the_checks_hold(store, rows):
    printed = [
        cube_row(value, measurement=measurement, area=area, year=year, statement=statement, age=age)
        for measurement, value, area, year, statement, age in rows
    ]
    observed(store, "shs_cube", as_csv(CUBE, cube_row(50, area="S12000038"), *printed))


PROFILE = ["area_code", "area_type", "area_name", "year", "period", "type_definition", "indicator", "measure"]
PROFILE += ["upper_confidence_interval", "lower_confidence_interval"]
profile_numbers = st.sampled_from(["NA", "0", "20", "25", "30", "101", "*"])


@few
@given(st.lists(st.tuples(profile_numbers, profile_numbers, profile_numbers), min_size=20, max_size=28))
def test_whatever_the_profiles_print_the_checks_hold(store, figures):
    kinds = ("Percentage", "Lower bound, percent")
    named = "Adults feeling lonely in past week"
    rows = [
        [f"S120000{at // 2 + 33}", "Council area", "A", 2022, "2022", kinds[at % 2], named, *row]
        for at, row in enumerate(figures)
    ]
    observed(store, "scotpho_shs", as_csv(PROFILE, *rows))


CLS_MEASURES = [
    "Percentage (%)", "Lower Estimate percentage (%)", "Upper Estimate percentage (%)", "Number of respondents",
    "Unweighted Base",
]  # fmt: skip
cls_cells = st.sampled_from(["", "[c]", 0, 5, 20, 21, 25, 100, 101, 430, "12 [u]", "few"])


@few
@given(st.lists(st.tuples(cls_cells, cls_cells, cls_cells, cls_cells, cls_cells), min_size=30, max_size=30))
def test_whatever_the_community_life_survey_prints_the_checks_hold(store, figures):
    headings = ["Question", "Response Breakdown ", *(f"2024/25 {name}" for name in CLS_MEASURES), "LAD24 code"]
    codes = ["", *store.read("core.dim_locality").filter(pl.col("nation") == "England")["locality_code"].head(29)]
    rows = [
        ["", f"Place {at}" if code else "", *row, code]
        for at, (code, row) in enumerate(zip(codes, figures, strict=True))
    ]
    question = "Can you influence decisions affecting your local area?: Agree"
    sound = [question, "Sheffield", 20, 18, 22, 90, 430, "E08000039"]
    _, found = observed(store, "cls2024", workbook(B5c=[["Synthetic"], headings, sound, *rows]))
    assert set(found["period_start"]) == {date(2024, 10, 1)}


def test_a_bound_under_another_code_of_the_area_is_not_that_of_the_value(store):
    rows = [statswales_row(AGREE, 60, area="596"), statswales_row(LOWER, 99, area="W92000004")]
    _, found = observed(store, "statswales_cohesion", as_csv(STATSWALES, *rows))
    wales = found.filter(pl.col("item_wording_id") == "nsw_cohesion_all3")
    assert wales.select("area_code", "value", "lci_95").rows() == [("W92000004", 60.0, None)]
    headings = [name.replace("Community Belonging", "Neighbourhood Rating") for name in CUBE]
    value = cube_row(50, area="S12000015", statement="Very good")
    lower = cube_row(99, area="S12000047", statement="Very good", measurement=CUBE_LOWER)
    _, found = observed(store, "shs_cube", as_csv(headings, value, lower))
    assert found.select("area_code", "value", "lci_95").rows() == [("S12000047", 50.0, None)]


@needs_real_files
@pytest.mark.parametrize("name", ["j3_sw_crossed.csv", "j4_sw_over100.csv"])
def test_a_figure_outside_its_bounds_or_over_a_hundred_is_unknown_and_the_others_are_kept(store, name):
    intake, found = observed(store, "statswales_cohesion", (HARD / name).read_bytes())
    assert intake.quarantined["source_row"].to_list() == [44, 45, 46]
    assert all('"area_reference":"W06000015"' in content for content in intake.quarantined["content"])
    assert found.height == 22
    assert "W06000015" not in set(found["area_code"])


@needs_real_files
def test_each_printed_symbol_has_its_state(store):
    intake, found = observed(store, "statswales_cohesion", (HARD / "j5_sw_symbols.csv").read_bytes())
    printed = found.filter(pl.col("area_code").is_between(pl.lit("W06000003"), pl.lit("W06000009"))).sort("area_code")
    assert printed.select("area_code", "value", "value_status").rows() == [
        ("W06000003", None, "c"),
        ("W06000004", None, "x"),
        ("W06000005", None, "k"),
        ("W06000006", 61.2, "r"),
        ("W06000009", None, "x"),
    ]
    assert intake.quarantined.select("source_row", "rule").rows() == [(9, "percentage_within_hundred")]


@settings(deadline=None)
@given(st.lists(st.text(st.characters(max_codepoint=0x17F, exclude_characters="\0"), max_size=12), min_size=1))
def test_names_are_compared_alike_by_parsers_and_queries(names):
    expected = by_macro(f"[{', '.join(f'name_key(${at})' for at in range(1, len(names) + 1))}]", *names)
    assert pl.Series("name", names).to_frame().select(name_key(pl.col("name")))["name"].to_list() == expected

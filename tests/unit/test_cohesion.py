"""Survey figures and StatsWales tables: read as published, recognised by the catalogue, never pooled or made up."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.obs_status import SYMBOLS
from assets.ingest.periods import period_of
from assets.sources.scottish_household_survey.observations import parse_scotpho, parse_shs_cube
from assets.sources.statswales.observations import NOTE_DESCRIPTIONS, parse_statswales
from assets.tables.indicator_labels import indicator_labels
from tests.support.sample_files import DATA, as_csv, needs_real_files
from tests.support.sql_harness import Bench
from tests.support.table_store_harness import broken, build, observation_store, stage
from warehouse import catalogue
from warehouse.catalogue import sources, tables
from warehouse.errors import RefusedFile

FACTS = DATA.parent / "facts"
REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"
HTML = b"<!DOCTYPE html><html><body>Gateway timeout</body></html>"
INDICATORS = [indicator.model_dump(exclude_unset=True) for indicator in catalogue.indicators().values()]


EXTENDED = [
    "Data values", "Data values_sort", "Data description", "Data description_reference", "Data description_sort",
    "Data description_hierarchy", "Year", "Year_reference", "Year_hierarchy", "Year_sort", "Start date", "End date",
    "Area", "Area_reference", "Area_hierarchy", "Area_sort", "Age", "Age_reference", "Age_hierarchy", "Age_sort",
    "Notes",
]  # fmt: skip
GOOD_COHESION = "Percentage of people who agree that there is good community cohesion in their local area"


def extended(value, *, measure=GOOD_COHESION, year="2018-19", start="", end="", area="W06000010", age="All", notes=""):
    """Return a made-up row in the documented shape of a StatsWales table (raw_extended)."""
    return [
        value, value, measure, "1", "1", "", year, year, "", "1", start, end, f"Name of {area}", area, "W92000004", "1",
        age, age, "", "1", notes,
    ]  # fmt: skip


def test_numbers_notes_and_codes_are_read_in_each_view():
    """Notes as text are of the views that ask for them, symbols, spaces and thousands commas of the others."""
    intake = parse_statswales(
        as_csv(
            EXTENDED,
            extended("51.5"),
            extended("         1,467", measure="Number"),
            extended("'-5", measure="Change"),
            extended("          12.3 [u]", area="552"),
            extended(" [x]", area="W06000001"),
            extended("", area="W06000002", notes="Confidential"),
            extended("", area="W06000003"),
            extended("61", area="596", notes="Provisional, Low reliability, and words of their own"),
        )
    )
    assert intake.quarantined.is_empty()
    assert intake.kept.select("value", "value_status").rows() == [
        (51.5, None),
        (1467.0, None),
        (-5.0, None),
        (12.3, "u"),
        (None, "x"),
        (None, "c"),
        (None, "x"),
        (61.0, "p;u"),
    ]
    assert intake.kept["area_reference"].to_list()[3::4] == ["552", "596"]
    assert set(intake.kept["other_dimensions"]) == {'{"Age":"All"}'}


@pytest.mark.parametrize(
    ("value", "notes", "read"),
    [
        ("", "Not available", (None, "x")),
        ("", "Missing data", (None, "x")),
        ("'-8", "Not available, Revised", (-8.0, "x;r")),
        ("'-8", "Missing data, Revised", (-8.0, "x;r")),
        ("55.1", "Estimated, Low Reliability", (55.1, "e;u")),
        ("0", "None recorded in survey", (0.0, "w")),
    ],
)
def test_notes_are_read_in_their_present_and_former_words(value, notes, read):
    intake = parse_statswales(as_csv(EXTENDED, extended(value, notes=notes)))
    assert intake.kept.select("value", "value_status").row(0) == read


def test_each_symbol_has_its_words():
    assert set(NOTE_DESCRIPTIONS.values()) == set(SYMBOLS)


def test_labels_and_references_are_those_that_the_publisher_gave():
    """An apostrophe before = + - or @ is the work of the service, for spreadsheets."""
    intake = parse_statswales(
        as_csv(
            EXTENDED,
            extended("1", age="'=All", measure="'+ or -"),
            extended("2", age="'-Men"),
            extended("3", age="Women's"),
        )
    )
    assert [json.loads(item)["Age"] for item in intake.kept["other_dimensions"]] == ["=All", "-Men", "Women's"]
    assert intake.kept["measure"][0] == "+ or -"


@pytest.mark.parametrize(
    ("year", "start", "end"),
    [
        ("2022", date(2022, 1, 1), date(2022, 12, 31)),
        *(
            (form, date(2022, 4, 1), date(2023, 3, 31))
            for form in ("2022-23", "2022/23", "202223", "2022-2023", "20222023")
        ),
        ("1999-00", date(1999, 4, 1), date(2000, 3, 31)),
    ],
)
def test_a_year_is_read_in_each_of_its_forms_and_alike_by_parser_and_macro(year, start, end):
    assert period_of(year) == (start, end)
    intake = parse_statswales(as_csv(EXTENDED, extended("1", year=year)))
    assert intake.kept.select("period_start", "period_end").row(0) == (start, end)
    assert by_macro(year, "National Survey for Wales") == (start, end)


@pytest.mark.parametrize("year", ["2022-24", "20222024", "22-23", "Wave 3", "", "2022-23 & 2023-24", "1066", "٢٠٢٢"])
def test_what_is_no_year_is_no_period(year):
    assert period_of(year) is None
    assert by_macro(year, "National Survey for Wales") == (None, None)
    intake = parse_statswales(as_csv(EXTENDED, extended("1"), extended("1", year=year, area="W06000001")))
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, "the period cannot be read")]


def by_macro(label, survey):
    given = f"'{label}', '{survey}'"
    return tuple(Bench().one(f"survey_period_{end}({given})") for end in ("start", "end"))


@pytest.mark.parametrize(
    ("survey", "label", "start", "end"),
    [
        ("Community Life Survey", "2023/24", date(2023, 10, 1), date(2024, 3, 31)),
        ("Community Life Survey", "2024/25", date(2024, 10, 1), date(2025, 3, 31)),
        ("Community Life Survey", "2021/22", None, None),
        ("Place Survey", "2008", date(2008, 9, 1), date(2008, 12, 31)),
        ("Place Survey", "2009", None, None),
        ("Place Survey", "2008-09", None, None),
    ],
)
def test_a_survey_with_months_in_the_field_has_those(survey, label, start, end):
    assert by_macro(label, survey) == (start, end)


def test_the_dates_of_the_table_go_before_the_year():
    intake = parse_statswales(
        as_csv(
            EXTENDED,
            extended("1", year="2022-23", start="2022-09-01T00:00:00.000Z", end="2023-08-31T00:00:00.000Z"),
            extended("2", year="Autumn term", start="01/09/2022", end="31/12/2022"),
            extended("3", year="2022-23", start="31/02/2022", end="31/12/2022", area="W06000001"),
        )
    )
    assert intake.kept.select("period_start", "period_end").rows() == [
        (date(2022, 9, 1), date(2023, 8, 31)),
        (date(2022, 9, 1), date(2022, 12, 31)),
    ]
    assert intake.quarantined["source_row"].to_list() == [4]


def test_area_codes_and_names_as_two_dimensions_without_references():
    headings = ["Data values", "Data description", "Year", "Area code", "Area name", "Domain", "Notes"]
    intake = parse_statswales(
        as_csv(
            headings,
            ["9", "Number", "2025", "W06000019", "Blaenau Gwent", "WIMD", ""],
            ["20", "Percentage", "2025", "W06000019", "Blaenau Gwent", "WIMD", ""],
            ["7", "Number", "2025", "W06000001", "Isle of Anglesey", "Income", ""],
        )
    )
    assert intake.kept["area_name"].to_list() == ["Blaenau Gwent", "Blaenau Gwent", "Isle of Anglesey"]
    assert set(intake.kept["other_dimensions"]) == {'{"Domain":"WIMD"}', '{"Domain":"Income"}'}


def test_the_same_observation_twice_is_quarantined_twice():
    intake = parse_statswales(as_csv(EXTENDED, extended("1"), extended("2"), extended("3", age="16-24")))
    assert intake.kept["value"].to_list() == [3.0]
    assert intake.quarantined["rule"].to_list() == ["stands_once"] * 2


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (HTML, "HTML"),
        (b"\n", "empty"),
        (b'{"message":"Too many requests, please try again later."}', "Data values"),
        (as_csv(EXTENDED), "headings only"),
        (as_csv(["Gwerthoedd data", "Disgrifiad o'r data", "Ardal"], ["1", "Canran", "512"]), "Data values"),
        (
            as_csv(["Data values", "Data description", "Year", "Area"], ["1", "Percentage", "2022", "Gwynedd"]),
            "raw_extended",
        ),
        (as_csv(["Data values", "Data description", "Area"], ["1", "Percentage", "W06000002"]), "years"),
        (as_csv(["Data values", "Data values", "Data description", "Area"], ["1", "1", "P", "W06000002"]), "twice"),
    ],
    ids=["html", "empty", "json", "headings only", "welsh", "names only", "no period", "heading twice"],
)
def test_what_is_no_table_by_local_authority_is_refused(content, reason):
    with pytest.raises(RefusedFile, match=reason):
        parse_statswales(content)


plain = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)


@given(st.lists(st.tuples(plain, plain, plain), min_size=1, max_size=6))
def test_every_statswales_row_is_kept_or_quarantined(cells):
    rows = [
        extended(value, year=year, notes=notes, area=f"W060000{number:02}")
        for number, (value, year, notes) in enumerate(cells, start=10)
    ]
    intake = parse_statswales(as_csv(EXTENDED, *rows))
    assert intake.rows_in == len(rows)
    for value, status in intake.kept.select("value", "value_status").rows():
        assert value is not None or status is not None


CUBE = [
    "FeatureCode", "DateCode", "Measurement", "Units", "Value", "Local Authority Services And Performance", "Age",
    "Gender", "SIMD quintiles", "Urban Rural Classification",
]  # fmt: skip
INFLUENCE = "I can influence decisions affecting my local area"
LOWER, UPPER = "95% Lower Confidence Limit, Percent", "95% Upper Confidence Limit, Percent"


def cube_row(
    value, *, measurement="Percent", area="S12000033", year="2019", statement=INFLUENCE, age="All", gender="All"
):
    """Return a made-up row in the documented shape of a statistics.gov.scot cube."""
    return [area, year, measurement, "Percent Of Adults", value, statement, age, gender, "All", "All"]


def test_a_cube_keeps_every_breakdown_with_its_dimensions():
    content = as_csv(
        CUBE,
        cube_row("18"),
        cube_row("12.5", measurement=LOWER),
        cube_row("23.5", measurement=UPPER),
        cube_row("15", age="16-34", gender="Female"),
        cube_row("*", area="S12000034"),
        cube_row("101", area="S12000035"),
        cube_row("18", area="S12000036", year="2018/2019"),
        cube_row("few", area="S12000038"),
    )
    intake = parse_shs_cube(content)
    assert intake.kept["source_row"].to_list() == [2, 3, 4, 5, 6]
    assert intake.quarantined["source_row"].to_list() == [7, 8, 9]
    assert set(intake.kept["topic"]) == {"Local Authority Services And Performance"}
    assert json.loads(intake.kept["other_dimensions"][3]) == {
        "Age": "16-34",
        "Gender": "Female",
        "SIMD quintiles": "All",
        "Urban Rural Classification": "All",
    }
    assert intake.kept.select("value", "value_status").row(4) == (None, "c")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"Response too large", "FeatureCode"),
        (HTML, "HTML"),
        (as_csv(CUBE), "headings only"),
        (as_csv(CUBE, cube_row("18", gender="Female")), "one dimension of statements"),
        (as_csv(CUBE[:5], ["S12000033", "2019", "Percent", "Percent Of Adults", "18"]), "no dimension"),
        (as_csv(["Feature", *CUBE[1:]], cube_row("18")), "FeatureCode"),
    ],
    ids=["too large", "html", "headings only", "two statements", "no dimension", "renamed"],
)
def test_what_is_no_cube_is_refused(content, reason):
    with pytest.raises(RefusedFile, match=reason):
        parse_shs_cube(content)


@needs_real_files
def test_the_real_profiles_give_the_figures_on_record():
    intake = parse_scotpho((DATA / "surveys" / "scotpho_shs_2022_council_areas.csv").read_bytes())
    assert (intake.kept.height, intake.quarantined.height) == (256, 0)
    labels = indicator_labels(INDICATORS).filter(pl.col("origin") == "scotpho_shs")
    named = intake.kept.join(labels, left_on="statement", right_on="label")
    assert named.height == 256
    facts = pl.read_csv(FACTS / "survey_figures.csv").filter(
        (pl.col("survey") == "Scottish Household Survey") & pl.col("area_code").str.starts_with("S12")
    )
    both = facts.join(
        named.filter(pl.col("date_code") == "2022"),
        left_on=["indicator", "area_code"],
        right_on=["indicator_id", "area_code"],
    )
    assert both.height == facts.height == 160
    for published, read in (("value_pct", "value"), ("lower_95", "lower_95_right"), ("upper_95", "upper_95_right")):
        assert (both[published] - both[read]).abs().max() == 0


PROFILE = (
    "area_code,area_type,area_name,year,period,type_definition,indicator,numerator,measure,"
    "upper_confidence_interval,lower_confidence_interval"
)


def profile(*lines):
    return "\n".join([PROFILE, *lines]).encode()


def test_a_profile_without_a_figure_is_missing_and_bounds_must_hold_the_figure():
    start = "Council area,Aberdeen City,2022,2022 survey year,Percentage,Adults volunteering in past year,NA"
    intake = parse_scotpho(
        profile(
            f"S12000033,{start},20,25,15",
            f"S12000034,{start},NA,NA,NA",
            f"S12000035,{start},30,25,15",
            f"S12000036,{start},a lot,,",
        )
    )
    assert intake.kept.select("value", "lower_95", "upper_95", "value_status").rows() == [
        (20.0, 15.0, 25.0, None),
        (None, None, None, "x"),
    ]
    assert [(row["source_row"], row["rule"]) for row in intake.quarantined.iter_rows(named=True)] == [
        (4, "bounds_hold_the_value"),
        (5, "value is neither a number nor a known symbol"),
    ]


@pytest.mark.parametrize("content", [HTML, b"", profile(), profile("x").replace(b"measure", b"rate")])
def test_what_is_no_profile_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_scotpho(content)


def test_each_wording_is_catalogued_once_and_each_label_means_one_wording():
    labels = indicator_labels(INDICATORS)
    wordings = [wording["item_wording_id"] for indicator in INDICATORS for wording in indicator["wordings"]]
    assert len(wordings) == len(set(wordings))
    assert labels.select("origin", "label", "topic", "survey", "nation").is_unique().all()
    assert (
        labels.select(pl.exclude("topic", "series_break_from", "series_break_to")).null_count().sum_horizontal().item()
        == 0
    )
    assert set(labels.filter(pl.col("origin") == "statswales_source")["label"]) <= set(sources())
    for indicator in INDICATORS:
        assert {"id", "name_en", "unit", "direction", "comparable_note", "wordings"} == set(indicator)
        for wording in indicator["wordings"]:
            assert {"item_wording_id", "survey", "nation", "wording", "metric_id", "labels"} <= set(wording)


@pytest.fixture
def store(tmp_path):
    return observation_store(tmp_path)


def observations(store, **filters):
    build(store, "core.fct_observation")
    found = store.read("core.fct_observation")
    return (
        found.filter(pl.all_horizontal(pl.col(name) == value for name, value in filters.items())) if filters else found
    )


def test_the_figures_on_record_are_all_there_with_their_periods_and_breaks(store):
    found = observations(store)
    assert found.height == store.read("staging.reference__survey_figure").height
    assert broken(store, "core.fct_observation") == {}
    wales = found.filter((pl.col("item_wording_id") == "nsw_cohesion_all3") & (pl.col("area_code") == "W92000004"))
    assert wales.sort("period_start").select("period_start", "period_end", "value", "is_after_series_break").rows() == [
        (date(2018, 4, 1), date(2019, 3, 31), 52.0, False),
        (date(2020, 4, 1), date(2021, 3, 31), 69.0, True),
        (date(2021, 4, 1), date(2022, 3, 31), 64.0, True),
    ]
    carmarthenshire = found.filter(
        (pl.col("area_code") == "W06000010") & (pl.col("indicator_id") == "community_cohesion_all3")
    )
    assert carmarthenshire["value"].to_list() == [51.5]
    england = found.filter((pl.col("item_wording_id") == "cls_influence") & (pl.col("value") == 23))
    assert england.select("period_start", "period_end").rows() == [(date(2023, 10, 1), date(2024, 3, 31))]
    assert not found.filter(pl.col("survey") == "Scottish Household Survey")["is_after_series_break"].any()


def statswales(*rows):
    intake = parse_statswales(as_csv(EXTENDED, *rows))
    assert intake.quarantined.is_empty()
    return intake.kept


def test_a_landed_table_is_recognised_by_its_measure_and_goes_before_the_figure_on_record(store):
    landed = statswales(
        extended("51.7"),
        extended("[c]", area="512"),
        extended("40", area="W11000023"),
        extended("60", age="16-24"),
        extended("52.1", area="596"),
    )
    stage(store, "staging.statswales__observation", (landed, "statswales_cohesion", "a"))
    found = observations(store, indicator_id="community_cohesion_all3", period_start=date(2018, 4, 1)).sort("area_code")
    assert found.select("area_code", "value", "value_status", "source_id").rows() == [
        ("W06000001", None, "c", "statswales_cohesion"),
        ("W06000010", 51.7, None, "statswales_cohesion"),
        ("W92000004", 52.1, None, "statswales_cohesion"),
    ]
    young = observations(store, population_part='{"Age":"16-24"}')
    assert young.select("value", "survey", "is_after_series_break").rows() == [(60.0, None, None)]
    assert broken(store, "core.fct_observation") == {}


def test_a_table_of_one_indicator_is_recognised_by_its_source_and_gives_bounds_and_base(store):
    measures = {
        "Percentage": "30",
        "Lower 95% confidence limit": "28",
        "Upper 95% confidence limit": "32",
        "Sample size": "1,200",
    }
    landed = statswales(*(extended(value, measure=measure, year="2021-22") for measure, value in measures.items()))
    stage(store, "staging.statswales__observation", (landed, "statswales_influence", "a"))
    found = observations(store, source_id="statswales_influence")
    assert found.select(
        "indicator_id", "item_wording_id", "value", "lci_95", "uci_95", "n_respondents", "source_row"
    ).rows() == [("influence_local_decisions", "nsw_influence", 30.0, 28.0, 32.0, 1200, 2)]


@pytest.mark.parametrize(
    "measure",
    [
        "Percentage who do not feel able to influence decisions affecting their local area",
        "Percentage who feel unable to influence decisions affecting their local area",
    ],
)
def test_the_opposite_is_not_taken_for_the_indicator(store, measure):
    landed = statswales(extended("70", measure=measure))
    stage(store, "staging.statswales__observation", (landed, "statswales_influence", "a"))
    found = observations(store, source_id="statswales_influence")
    assert found["indicator_id"].to_list() == ["statswales:" + measure.lower().replace(" ", "-")]


def test_two_percentages_for_one_figure_are_taken_for_neither(store):
    landed = statswales(extended("30", measure="Percentage"), extended("31", measure="Percentage, weighted"))
    stage(store, "staging.statswales__observation", (landed, "statswales_influence", "a"))
    found = observations(store, source_id="statswales_influence").sort("indicator_id")
    assert found["indicator_id"].to_list() == ["statswales:percentage", "statswales:percentage-weighted"]


def test_measures_that_the_catalogue_does_not_know_keep_their_words_and_their_file(store):
    one = statswales(
        extended("5", measure="Contacts per child"), extended("7", measure="Rate"), extended("8", measure="Rate *")
    )
    other = statswales(extended("6", measure="Contacts per child"))
    files = [(one, "statswales_local_authority", "a"), (other, "statswales_local_authority", "b")]
    stage(store, "staging.statswales__observation", *files)
    found = observations(store, source_id="statswales_local_authority").sort("value")
    assert found["value"].to_list() == [5.0, 6.0, 7.0, 8.0]
    assert found["indicator_id"].to_list()[:2] == ["statswales:contacts-per-child"] * 2
    assert found["item_wording_id"].n_unique() == 2
    assert found["indicator_id"].n_unique() == 3
    assert found["unit"].null_count() == 4
    assert broken(store, "core.fct_observation") == {}


def test_of_the_population_estimates_only_everybody_is_taken_over(store):
    rows = [extended("1000", measure="Population", age=age, year="2023") for age in ("All ages", "Aged 0", "Aged 1")]
    landed = statswales(*rows)
    stage(store, "staging.statswales__observation", (landed, "statswales_population", "a"))
    found = observations(store, source_id="statswales_population")
    assert found.select("indicator_id", "area_code", "value", "unit", "population_part").rows() == [
        ("statswales:population", "W06000010", 1000.0, None, '{"Age":"All ages"}')
    ]
    assert broken(store, "core.fct_observation") == {}


def test_the_source_of_the_indicator_goes_before_any_other(store):
    stage(
        store,
        "staging.statswales__observation",
        (statswales(extended("50")), "statswales_local_authority", "a"),
        (statswales(extended("51")), "statswales_cohesion", "b"),
    )
    found = observations(store, area_code="W06000010", indicator_id="community_cohesion_all3")
    assert found.select("value", "source_id").rows() == [(51.0, "statswales_cohesion")]


def test_a_cube_is_paired_with_its_bounds_and_breakdowns_are_left_out(store):
    cube = parse_shs_cube(
        as_csv(
            CUBE,
            cube_row("18"),
            cube_row("12.5", measurement=LOWER),
            cube_row("23.5", measurement=UPPER),
            cube_row("15", age="16-34"),
            cube_row("*", area="S12000046"),
            cube_row("17.8", area="S92000003"),
            cube_row("40", statement="My council provides high quality services"),
            cube_row("30", year="2021"),
        )
    ).kept
    stage(store, "staging.shs__observation", (cube, "shs_cube", "c"))
    found = observations(store, source_id="shs_cube").sort("period_start", "area_code")
    assert set(found["item_wording_id"]) == {"shs_influence"}
    columns = ("area_code", "value", "lci_95", "uci_95", "value_status", "is_after_series_break")
    assert found.select(columns).rows() == [
        ("S12000033", 18.0, 12.5, 23.5, None, False),
        ("S12000049", None, None, None, "c", False),
        ("S92000003", 17.8, None, None, None, False),
        ("S12000033", 30.0, None, None, None, True),
    ]
    assert broken(store, "core.fct_observation") == {}


def test_an_indicator_of_two_answers_is_their_sum_where_both_are_there(store):
    headings = [heading.replace("Local Authority Services And Performance", "Community Belonging") for heading in CUBE]
    answers = [
        ("50.5", "Very strongly", "S12000033"),
        ("30", "Fairly strongly", "S12000033"),
        ("45", "Very strongly", "S12000034"),
    ]
    answers += [("40", "Very strongly", "S12000035"), ("*", "Fairly strongly", "S12000035")]
    rows = [cube_row(value, statement=statement, area=area) for value, statement, area in answers]
    rows += [
        cube_row("48", measurement=LOWER, statement="Very strongly"),
        cube_row("1", age="16-34", statement="Don't know"),
    ]
    cube = parse_shs_cube(as_csv(headings, *rows)).kept
    stage(store, "staging.shs__observation", (cube, "shs_cube", "c"))
    found = observations(store, source_id="shs_cube").sort("area_code")
    assert found.select("item_wording_id", "area_code", "value", "lci_95", "value_status").rows() == [
        ("shs_belong", "S12000033", 80.5, None, None),
        ("shs_belong", "S12000035", None, None, "c"),
    ]


@needs_real_files
def test_the_landed_profiles_replace_the_same_figures_on_record(store):
    before = observations(store)
    profiles = parse_scotpho((DATA / "surveys" / "scotpho_shs_2022_council_areas.csv").read_bytes()).kept
    stage(store, "staging.shs__observation", (profiles, "scotpho_shs", "d"))
    after = observations(store)
    assert after.height == before.height + 96
    columns = [
        "indicator_id",
        "item_wording_id",
        "area_code",
        "period_start",
        "period_end",
        "value",
        "lci_95",
        "uci_95",
    ]
    kept = before.join(after, columns, "anti", nulls_equal=True)
    assert kept.is_empty()
    assert after.filter(pl.col("source_id") == "scotpho_shs").height == 256
    assert broken(store, "core.fct_observation") == {}


def test_a_figure_of_a_merged_authority_is_none_of_its_successor(store):
    record = store.read("staging.reference__survey_figure").filter(pl.col("area_code") == "E92000001").head(1)
    rows = pl.concat([record.with_columns(pl.lit(code).alias("area_code")) for code in ("E07000163", "E08000019")])
    store.replace(tables()["staging.reference__survey_figure"], rows)
    assert observations(store)["area_code"].to_list() == ["E08000039"]
    assert broken(store, "core.fct_observation") == {}
    build(store, "core.fct_observation_former")
    former = store.read("core.fct_observation_former")
    assert former.select("area_code", "locality_code").rows() == [("E07000163", "E06000065")]


def test_a_figure_of_another_nation_breaks_a_rule(store):
    record = store.read("staging.reference__survey_figure").filter(pl.col("survey") == "Community Life Survey").head(1)
    store.replace(
        tables()["staging.reference__survey_figure"],
        record.with_columns(pl.lit("W06000001").alias("area_code"), pl.lit(99.0).alias("lower_95_pct")),
    )
    observations(store)
    assert broken(store, "core.fct_observation") == {"area_is_of_survey": 1, "interval_holds_value": 1}


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Rhondda Cynon Taf", "rhondda cynon taf"),
        ("The Vale of Glamorgan ", "vale of glamorgan"),
        ("Ynys Môn", "ynys mon"),
        ("Perth & Kinross", "perth and kinross"),
        ("King''s Lynn and West Norfolk", "kings lynn and west norfolk"),
        ("Bristol, City of", "bristol city of"),
        ("Stoke-on-Trent", "stoke on trent"),
        ("Theale", "theale"),
        ("", ""),
    ],
)
def test_spellings_of_a_name_meet_in_one_key(name, key):
    assert Bench().one(f"name_key('{name}')") == key


@pytest.mark.parametrize(
    ("dimensions", "overall"),
    [
        ("{}", True),
        ('{"Age":"All","Gender":"All"}', True),
        ('{"Age":"All people","Sex":"Persons"}', True),
        ('{"Age":"All","Gender":"Female"}', False),
        ('{"Age":"All other ages"}', False),
        ('{"Age":null}', False),
    ],
)
def test_a_row_of_everybody_is_told_from_a_breakdown(dimensions, overall):
    assert Bench().one(f"is_overall('{dimensions}')") is overall


@pytest.mark.parametrize("name", ["*", "^Year$", "^.*$"])
def test_a_dimension_may_be_called_like_a_pattern(name):
    table = 'Data values,Data description,Area_reference,Area,Year,"{}"\n12.5,Percentage,W06000015,Cardiff,2020,All\n'
    (row,) = parse_statswales(table.format(name).encode()).kept.to_dicts()
    assert (row["value"], json.loads(row["other_dimensions"])) == (12.5, {name: "All"})


def test_a_column_called_as_ours_is_refused():
    table = b"Data values,Data description,Area_reference,Area,Year,source_row\n1,Percentage,W06000015,Cardiff,2020,7\n"
    with pytest.raises(RefusedFile, match="source_row"):
        parse_statswales(table)


def test_a_dimension_of_a_cube_may_be_called_like_a_pattern():
    cube = "FeatureCode,DateCode,Measurement,Units,Value,Community Belonging,*\n"
    cube += "S12000005,2019,Percent,Percent Of Adults,45,Very strongly,All\n" * 1
    cube += "S12000005,2019,Percent,Percent Of Adults,many,Fairly strongly,All\n"
    read = parse_shs_cube(cube.encode())
    assert (read.kept.height, read.quarantined.height) == (1, 1)
    assert json.loads(read.kept["other_dimensions"][0]) == {"*": "All"}

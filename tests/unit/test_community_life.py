"""The Community Life Survey by local authority. Every figure here is synthetic, in the shape that two public readers
of the workbook of 2023/24 describe; the codes and names of authorities are real."""

import re
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.sources.community_life_survey import catalogued_sheets, parse_cls
from tests.support.sample_files import workbook
from tests.support.spreadsheets import ods
from tests.support.table_store_harness import broken, build, observation_store, stage
from warehouse.catalogue import tables
from warehouse.errors import RefusedFile

MEASURES = (
    "Percentage (%)",
    "Lower Estimate percentage (%)",
    "Upper Estimate percentage (%)",
    "Number of respondents",
    "Unweighted Base - number of people aged 16 and over",
)
QUESTIONS = {
    "B1c": "How strongly do you feel you belong to your immediate neighbourhood?: Total",
    "B4c": "To what extent do you believe they can be trusted?: Many of the people can be trusted",
    "B5c": "Do you agree that you personally can influence decisions affecting your local area?: Agree",
    "B15c": "How satisfied are you with your local area as a place to live?: Satisfied",
    "C1c(E)": "Any volunteering: At least once in the last month",
    "C1c(F)": "Any volunteering: At least once in the last 12 months",
}
ENGLAND = ("", "", 23, 22, 24, 36000, 160755)
HARTLEPOOL = ("Hartlepool", "E06000001", 21, 17, 26, 90, 430)
SHEFFIELD = ("Sheffield", "E08000019", 30, 26, 34, 150, 500)
PLACES = (ENGLAND, HARTLEPOOL, SHEFFIELD)


def headings(year="2023/24", code="LAD23 code"):
    return ["Question", "Response Breakdown ", *(f"{year} {measure}" for measure in MEASURES), code, "ITL2 name"]


def sheet(question, places=PLACES, *, notes=7, heading=None, below=(), question_in_every_row=False):
    """Return the rows of a sheet: notes, headings, England and the authorities, and what is below."""
    heading = heading or headings()
    above = [[f"Synthetic: {question}"], *([f"Note {number}"] for number in range(1, notes))][:notes]
    rows = [
        [
            question if number == 0 or question_in_every_row else "",
            name,
            *figures,
            code,
            "" if not code else "Synthetic",
        ]
        for number, (name, code, *figures) in enumerate(places)
    ]
    return [*above, heading, *rows, *below]


def book(write=workbook, **sheets):
    """Return a workbook of sheets by local authority, among those that are not."""
    national = [["Synthetic"], ["Question", "Response Breakdown ", "2023/24 Percentage (%)"], ["Q", "Agree", 23]]
    groups = [
        ["Synthetic"],
        ["Question", "Response", "Topic Breakdown", "Individual Breakdown", *headings()[2:7]],
        ["Q", "Agree", "Sex", "Female", 23, 22, 24, 5, 10],
    ]
    return write(Cover=[["Synthetic"]], B5a=national, B5b=groups, **sheets)


def whole_book(write=workbook):
    return book(write, **{name: sheet(question) for name, question in QUESTIONS.items()})


def read(content):
    """Return what is kept of a workbook that holds nothing to quarantine."""
    intake = parse_cls(content)
    assert intake.quarantined.is_empty(), intake.quarantined.rows()
    return intake.kept


FIGURES = ("value", "lower_95", "upper_95", "number_of_respondents", "unweighted_base")
in_both_formats = pytest.mark.parametrize("write", [workbook, ods], ids=["XLSX", "ODS"])


@in_both_formats
def test_the_sheets_by_local_authority_are_read_and_the_others_left_alone(write):
    kept = read(whole_book(write))
    assert set(kept["sheet"]) == set(QUESTIONS)
    assert kept.height == len(QUESTIONS) * len(PLACES)
    influence = kept.filter(pl.col("sheet") == "B5c")
    assert influence.select("area_code", "area_name", *FIGURES, "value_status").rows() == [
        (None, None, 23.0, 22.0, 24.0, 36000, 160755, None),
        ("E06000001", "Hartlepool", 21.0, 17.0, 26.0, 90, 430, None),
        ("E08000019", "Sheffield", 30.0, 26.0, 34.0, 150, 500, None),
    ]
    # The headings are in row 8 of a sheet, England in row 9.
    assert influence["source_row"].to_list() == [9, 10, 11]
    assert set(influence["question"]) == {QUESTIONS["B5c"]}
    assert set(influence["period_label"]) == {"2023/24"}


@in_both_formats
def test_the_six_sheets_of_volunteering_have_brackets_in_their_names(write):
    forms = ["formal", "formal", "informal", "informal", "any", "any"]
    names = {f"C1c({letter})": sheet(f"{form} volunteering") for letter, form in zip("ABCD", forms, strict=False)}
    names |= {name: sheet(QUESTIONS[name]) for name in ("C1c(E)", "C1c(F)")}
    kept = read(book(write, **names))
    assert kept["sheet"].unique().sort().to_list() == [f"C1c({letter})" for letter in "ABCDEF"]
    assert kept.height == 6 * len(PLACES)


@in_both_formats
def test_blanks_around_headings_and_years_printed_short(write):
    names = [
        "Question ",
        "Response Breakdown  ",
        " 21/22 Percentage (%)",
        " 21/22 Lower Estimate percentage (%)",
        "21/22 Upper Estimate percentage (%) ",
        "\u00a021/22 Number of respondents",
        "2021/22 Unweighted Base - number of people aged 16 and over ",
        " LAD23 code ",
        "ITL2 name",
    ]
    kept = read(book(write, B5c=sheet(QUESTIONS["B5c"], heading=names)))
    assert kept["period_label"].unique().to_list() == ["2021/22"]
    assert kept.select(FIGURES).row(1) == (21.0, 17.0, 26.0, 90, 430)


def test_a_year_is_two_that_follow_each_other():
    with pytest.raises(RefusedFile, match="no year in sheet 'B5c'"):
        parse_cls(book(B5c=sheet(QUESTIONS["B5c"], heading=headings("2023/25"))))


@pytest.mark.parametrize("code", ["LAD23 code", "LAD24 code", "LAD2024 code", "lad25cd"])
@pytest.mark.parametrize("year", ["2023/24", "2024/25"])
def test_code_and_region_in_either_order_and_of_any_year(code, year):
    names = headings(year, code)
    code_first, region_first = sheet(QUESTIONS["B5c"], heading=names), sheet(QUESTIONS["B5c"], heading=names)
    region_first[7:] = [[*row[:7], row[8], row[7]] for row in region_first[7:]]
    one, other = read(book(B5c=code_first)), read(book(B5c=region_first))
    assert one.equals(other)
    assert one["area_code"].to_list() == [None, "E06000001", "E08000019"]
    assert set(one["period_label"]) == {year}


@pytest.mark.parametrize(
    ("name", "code", "expected"),
    [
        ("", "", (None, None)),
        ("NA", "NA", (None, None)),
        ("[z]", "[z]", (None, None)),
        ("England", "", ("England", None)),
        ("England", "E92000001", ("England", "E92000001")),
    ],
)
def test_england_is_the_first_row_with_or_without_name_and_code(name, code, expected):
    kept = read(book(B5c=sheet(QUESTIONS["B5c"], [(name, code, *ENGLAND[2:]), HARTLEPOOL])))
    assert kept.select("area_name", "area_code").row(0) == expected


def test_england_under_two_forms_is_kept_neither_time():
    intake = parse_cls(book(B19c=sheet("Q", [ENGLAND, ("England", "E92000001", *ENGLAND[2:]), HARTLEPOOL])))
    assert intake.kept["area_code"].to_list() == ["E06000001"]
    assert intake.quarantined["rule"].to_list() == ["stands_once"] * 2


@pytest.mark.parametrize("symbol", ["~", "low", "[low]", "n/a", "12-15", "<5"])
def test_a_symbol_that_is_not_known_quarantines_its_row_and_is_not_a_number(symbol):
    place = ("City of London", "E09000001", symbol, symbol, symbol, "", "")
    intake = parse_cls(book(B5c=sheet(QUESTIONS["B5c"], [ENGLAND, HARTLEPOOL, place])))
    assert intake.kept["area_code"].to_list() == [None, "E06000001"]
    assert intake.quarantined.select("source_row", "rule").rows() == [
        (11, "value is neither a number nor a known symbol")
    ]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("... influence decisions affecting your local area?: Disagree", "expected the answer agree, got 'Disagree'"),
        ("... influence decisions affecting your local area?: Tend to agree", "got 'Tend to agree'"),
    ],
)
def test_figures_of_another_answer_than_the_headline_are_not_read(question, reason):
    with pytest.raises(RefusedFile, match=re.escape(reason)):
        parse_cls(book(B5c=sheet(question)))


def test_a_question_that_names_no_answer_is_read_and_a_colon_inside_one_is_not_an_answer():
    for question in ("Influence decisions affecting it", "Agree that: you can influence decisions affecting it?"):
        assert read(book(B5c=sheet(question))).height == len(PLACES)


def test_a_sheet_of_two_answers_is_refused():
    two = sheet(QUESTIONS["B5c"], below=sheet(QUESTIONS["B5c"].replace(": Agree", ": Disagree"))[8:])
    with pytest.raises(RefusedFile, match="expected one question with its headline answer"):
        parse_cls(book(B5c=two))


@in_both_formats
def test_a_question_that_was_asked_of_half_the_sample_has_the_months_in_which_it_was(write):
    kept = read(whole_book(write)).filter(pl.col("area_code") == "E06000001")
    periods = dict(zip(kept["sheet"], kept.select("period_start", "period_end").rows(), strict=True))
    assert periods.pop("B15c") == (date(2024, 1, 1), date(2024, 3, 31))
    assert set(periods.values()) == {(None, None)}
    later = book(write, B15c=sheet(QUESTIONS["B15c"], heading=headings("2024/25")))
    assert set(read(later).select("period_start", "period_end").rows()) == {(None, None)}


def test_an_ods_of_another_year_with_the_heading_moved_and_columns_reordered():
    names = headings("2024/25", "LAD25 code")
    order = [7, 0, 1, 3, 4, 2, 8, 6, 5]
    moved = [[row[place] for place in order] for row in sheet("influence decisions affecting", notes=0, heading=names)]
    intake = parse_cls(ods(B5a=[["England"]], B5c=[["Title"], ["A note"], *moved]))
    assert intake.quarantined.is_empty()
    assert intake.kept.select("area_code", "value", "lower_95", "upper_95", "unweighted_base").rows() == [
        (None, 23.0, 22.0, 24.0, 160755),
        ("E06000001", 21.0, 17.0, 26.0, 430),
        ("E08000019", 30.0, 26.0, 34.0, 500),
    ]
    assert set(intake.kept["period_label"]) == {"2024/25"}
    assert intake.kept["source_row"].to_list() == [4, 5, 6]


def test_two_years_beside_each_other_and_their_difference():
    names = [*headings()[:7], *headings("2024/25")[2:7], "2024/25 Percentage point difference", "LAD25 code"]
    rows = [["influence decisions affecting", "Hartlepool", 21, 17, 26, 9, 43, 24, 20, 28, 8, 40, 3, "E06000001"]]
    intake = parse_cls(workbook(B5c=[["Title"], names, *rows]))
    assert intake.kept.select("period_label", "value", "unweighted_base", "source_row").rows() == [
        ("2023/24", 21.0, 43, 3),
        ("2024/25", 24.0, 40, 3),
    ]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("[c]", (None, "c")),
        ("[x]", (None, "x")),
        ("*", (None, "c")),
        ("", (None, "x")),
        ("21 [u]", (21.0, "u")),
        (0, (0.0, None)),
        (100, (100.0, None)),
    ],
)
def test_a_marker_is_no_number(cell, expected):
    place = ("City of London", "E09000001", cell, "", "", "[c]", "[c]")
    intake = parse_cls(book(B19c=sheet("Q", [HARTLEPOOL, place])))
    assert intake.quarantined.is_empty()
    assert intake.kept.select("value", "value_status").row(1) == expected
    assert intake.kept.select("lower_95", "number_of_respondents", "unweighted_base").row(1) == (None, None, None)


@pytest.mark.parametrize(
    ("place", "rule"),
    [
        (("Hartlepool", "E06000001", "few", 17, 26, 90, 430), "value is neither a number nor a known symbol"),
        (("Hartlepool", "E06000001", "21%", 17, 26, 90, 430), "value is neither a number nor a known symbol"),
        (("Hartlepool", "E06000001", 21, 22, 26, 90, 430), "bounds_hold_the_value"),
        (("Hartlepool", "E06000001", 21, 17, 26, 431, 430), "respondents_within_base"),
        (("Hartlepool", "E06000001", 21, 17, 126, 90, 430), "upper_95 max"),
        (("North East", "E12000001", 21, 17, 26, 90, 430), "area_code regex"),
        (("Hartlepool", "", 21, 17, 26, 90, 430), "named_area_has_code"),
        (("Hartlepool", "E06000001", 21, 17, 26, 90, 430.5), "unweighted_base dtype"),
    ],
)
def test_a_row_that_cannot_be_is_quarantined_with_its_sheet(place, rule):
    intake = parse_cls(book(B19c=sheet("Q", [ENGLAND, SHEFFIELD, place])))
    assert intake.kept.height == 2
    found = intake.quarantined.row(0, named=True)
    assert rule in found["rule"].replace("|", " ")
    assert '"sheet":"B19c"' in found["content"]


def test_the_same_authority_twice_is_kept_neither_time():
    intake = parse_cls(book(B19c=sheet("Q", [ENGLAND, HARTLEPOOL, HARTLEPOOL])))
    assert (intake.kept.height, intake.quarantined["rule"].to_list()) == (1, ["stands_once"] * 2)


def test_notes_below_the_table_and_a_question_in_every_row():
    below = [[""] * 9, ["Source: synthetic", *[""] * 8]]
    content = book(B19c=sheet("Q", below=below, question_in_every_row=True))
    intake = parse_cls(content)
    assert (intake.kept.height, intake.quarantined.height) == (3, 0)


def drifted(change):
    """Return a workbook whose sheet B5c has its table changed."""
    return workbook(B5a=[["England"]], B5c=change(sheet(QUESTIONS["B5c"])))


def retitled(old, new):
    return lambda rows: [[cell.replace(old, new) if isinstance(cell, str) else cell for cell in row] for row in rows]


def as_shares(rows):
    return [[cell / 100 if isinstance(cell, int) and cell <= 100 else cell for cell in row] for row in rows]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (retitled("Unweighted Base", "Weighted base"), "no column 2023/24 unweighted base"),
        (retitled("2023/24 ", ""), "no year in sheet 'B5c'"),
        (retitled("Lower Estimate percentage", "Percentage"), "two columns 2023/24 percentage"),
        (retitled("ITL2 name", "LAD25 code"), "2 columns of LAD codes"),
        (retitled("influence decisions", "change things"), "influence decisions affecting"),
        (as_shares, "shares for 2023/24"),
        (lambda rows: rows[:8], "headings only"),
        (lambda rows: [["A note"]] * 31 + rows, "no such heading row"),
    ],
    ids=[
        "base renamed", "no year", "measure twice", "code twice", "another question", "shares", "headings only",
        "far down",
    ],
)  # fmt: skip
def test_a_changed_sheet_that_feeds_a_metric_is_refused_by_name(change, reason):
    with pytest.raises(RefusedFile, match=re.escape(reason)):
        parse_cls(drifted(change))


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 no zip", workbook(Table_1=[["Area", "Value"], ["A", 1]]), workbook(B5a=[["England"]])],
    ids=["damaged zip", "another workbook", "england only"],
)
def test_what_is_not_the_workbook_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_cls(content)


def test_another_sheet_that_cannot_be_read_is_quarantined_and_named():
    content = book(B5c=sheet(QUESTIONS["B5c"]), B15c=[["Moved to another page"]])
    intake = parse_cls(content)
    assert set(intake.kept["sheet"]) == {"B5c"}
    assert intake.quarantined.select("source_row", "content").rows() == [(1, '{"sheet": "B15c"}')]
    assert "no such heading row in sheet 'B15c'" in intake.quarantined["rule"][0]


cells = st.one_of(
    st.integers(-5, 200),
    st.sampled_from(["", "[c]", "x", "few", "12.5", "[u]", " 7 ", "1,234", "-"]),
    st.floats(0, 150),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(cells, cells, cells, cells, cells), min_size=1, max_size=6))
def test_every_row_is_kept_or_quarantined(figures):
    places = [(f"Place {number}", f"E060000{number:02}", *row) for number, row in enumerate(figures, start=1)]
    intake = parse_cls(workbook(B19c=sheet("Q", [SHEFFIELD, *places])))
    assert intake.rows_in == len(places) + 1
    for value, status in intake.kept.select("value", "value_status").rows():
        assert value is not None or status is not None


def test_every_catalogued_sheet_is_one_of_local_authorities():
    assert all(re.fullmatch(r"[a-z]\d+c(\([a-z]\))?", name) for name in catalogued_sheets())
    assert {"b5c", "b1c", "b4c", "c1c(e)", "c1c(f)"} == {
        name for name, (_, feeds) in catalogued_sheets().items() if feeds
    }


@pytest.fixture
def store(tmp_path):
    return observation_store(tmp_path)


def observed(store, *files):
    stage(store, "staging.cls__observation", *files)
    build(store, "core.fct_observation")
    assert broken(store, "core.fct_observation") == {}
    return store.read("core.fct_observation").filter(pl.col("source_id").str.starts_with("cls"))


def test_the_figures_reach_the_observations_within_their_own_wording(store):
    found = observed(store, (parse_cls(whole_book()).kept, "cls2023", "a"))
    assert set(found["item_wording_id"]) == {
        "cls_belong", "cls_trust", "cls_influence", "cls_satisfied_area", "cls_volunteer_any_monthly",
        "cls_volunteer_any_past_year",
    }  # fmt: skip
    influence = found.filter(pl.col("indicator_id") == "influence_local_decisions").sort("area_code")
    columns = ("area_code", "value", "lci_95", "uci_95", "n_respondents", "period_start", "period_end", "source_row")
    satisfied = found.filter(pl.col("indicator_id") == "satisfied_local_area")
    assert set(satisfied.select("period_start", "period_end").rows()) == {(date(2024, 1, 1), date(2024, 3, 31))}
    fieldwork = (date(2023, 10, 1), date(2024, 3, 31))
    assert influence.select(columns).rows() == [
        ("E06000001", 21.0, 17.0, 26.0, 430, *fieldwork, 10),
        ("E08000039", 30.0, 26.0, 34.0, 500, *fieldwork, 11),
        ("E92000001", 23.0, 22.0, 24.0, 160755, *fieldwork, 9),
    ]
    everywhere = store.read("core.fct_observation").filter(
        (pl.col("item_wording_id") == "cls_influence") & (pl.col("area_code") == "E92000001")
    )
    # The landed figure replaces that on record of the same year; that of the next year stays.
    assert sorted(everywhere["source_id"]) == ["cls2023", "reference_survey_figures"]


def test_of_two_releases_the_later_counts_and_a_year_without_known_fieldwork_waits(store):
    def release(*years, figure):
        names = [*headings()[:2], *(name for year in years for name in headings(year)[2:7]), "LAD25 code"]
        row = [QUESTIONS["B5c"], "Hartlepool", *(figure, 10, 40, 90, 430) * len(years), "E06000001"]
        return parse_cls(workbook(B5c=[["Title"], names, row])).kept

    first, second = release("2023/24", figure=21), release("2021/22", "2023/24", "2024/25", figure=22)
    assert second.height == 3
    found = observed(store, (first, "cls2023", "a"), (second, "cls2024", "b")).sort("period_start")
    assert found.select("period_start", "value", "source_id").rows() == [
        (date(2023, 10, 1), 22.0, "cls2024"),
        (date(2024, 10, 1), 22.0, "cls2024"),
    ]


def test_the_metrics_show_england_with_the_error_of_rounded_bounds(store):
    from assets.tables.catalogue_tables import metrics

    stage(store, "staging.cls__observation", (parse_cls(whole_book()).kept, "cls2023", "a"))
    store.replace(tables()["core.dim_metric"], metrics(None))
    build(store, "core.fct_observation", "metrics.survey_figure", "metrics.cohesion")
    hartlepool = store.read("metrics.cohesion").filter(pl.col("locality_code") == "E06000001").sort("metric_id")
    assert hartlepool["metric_id"].to_list() == [
        "coh_belong_pct", "coh_influence_pct", "coh_trust_pct", "coh_volunteer_any_pct", "coh_volunteer_past_year_pct",
    ]  # fmt: skip
    row = hartlepool.row(1, named=True)
    assert row["comparable_group"] == "England | Community Life Survey | cls_influence"
    assert (row["value"], row["lci"], row["uci"], row["n_den"]) == (21.0, 17.0, 26.0, 430.0)
    assert (row["gap_reason"], row["low_reasons"]) == (None, [])
    assert row["se"] == pytest.approx(((26 - 17) ** 2 + 1 / 6) ** 0.5 / (2 * 1.959963984540054))


CUMBERLAND = (
    ("Allerdale", "E07000026", 21, 17, 26, 90, 430),
    ("Carlisle", "E07000028", 25, 21, 30, 100, 420),
    ("Copeland", "E07000029", 28, 22, 33, 80, 300),
)


def cumbrian(store, places):
    """Return the row of influence of Cumberland, which those authorities were merged into, if it has one."""
    from assets.tables.catalogue_tables import metrics

    read = parse_cls(book(B5c=sheet(QUESTIONS["B5c"], (ENGLAND, *places)))).kept
    stage(store, "staging.cls__observation", (read, "cls2023", "a"))
    store.replace(tables()["core.dim_metric"], metrics(None))
    build(store, "core.fct_observation", "core.fct_observation_former", "metrics.survey_figure", "metrics.cohesion")
    found = store.read("metrics.cohesion").filter(
        (pl.col("metric_id") == "coh_influence_pct") & (pl.col("locality_code") == "E06000063")
    )
    return found.to_dicts()


def test_a_locality_whose_predecessors_the_survey_has_figures_of_names_them(store):
    (row,) = cumbrian(store, CUMBERLAND)
    assert (row["value"], row["ci_method"]) == (None, "none:no_value")
    assert row["gap_reason"] == "merged_since|Allerdale, Carlisle, Copeland"
    assert (row["period_start"], row["period_end"]) == (date(2023, 10, 1), date(2024, 3, 31))
    former = store.read("core.fct_observation_former")
    assert former.select("area_code", "value", "source_row").rows() == [
        ("E07000026", 21.0, 10), ("E07000028", 25.0, 11), ("E07000029", 28.0, 12),
    ]  # fmt: skip


def test_a_figure_of_the_whole_needs_no_predecessors(store):
    (row,) = cumbrian(store, (*CUMBERLAND, ("Cumberland", "E06000063", 24, 21, 27, 270, 1150)))
    assert (row["value"], row["gap_reason"]) == (24.0, None)


def test_a_locality_that_was_never_merged_has_no_such_reason(store):
    assert cumbrian(store, (HARTLEPOOL,)) == []

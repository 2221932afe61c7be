"""Forms of StatsWales files: read whole, or refused as what they are. Tables that are written here are synthetic."""

import csv
import io
import json
from datetime import date

import pytest

from assets.landing.ingest_file import judge
from assets.sources.statswales.observations import parse_statswales
from tests.support.sample_files import DATA, needs_real_files
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile

FILES = DATA / "statswales"
SOURCE = "statswales_local_authority"
TABLE = "staging.statswales__observation"
AREAS = {"Isle of Anglesey": "W06000001", "Gwynedd": "W06000002", "Conwy": "W06000003"}

# What each real file is: (rows read, rows quarantined), or words of its refusal. The former service had codes
# of its own for regions, and births without an area.
ONE_PAGE = "1 page with 1,000 rows and a link to a next page"
NO_TABLE = "the columns Data values, Data description"
UPLOAD, LOOKUP = "the upload of a publisher", "which has names and no figures"
OUTCOMES = {
    "nsw-material-deprivation-by-la/material_deprivation_by_la.csv": NO_TABLE,
    "nsw_adult_lifestyles_by_la_2021-22_2022-23.csv": (870, 0),
    "odata_v_old_popu1009.json": ONE_PAGE,
    "statswales-api-sw3/openapi-v1-en.json": "OpenAPI",
    "statswales-api-sw3/openapi-v2-en.json": "OpenAPI",
    "statswales-odata-sw2/areas.csv": NO_TABLE,
    "statswales-odata-sw2/econ0080.json": ONE_PAGE,
    "statswales-odata-sw2/envi0201.json": ONE_PAGE,
    "statswales-odata-sw2/popu1009.json": ONE_PAGE,
    "statswales-odata-sw2/tran0152.json": (425, 17),
    "statswales-pivot-csv-sw2/adult_lifestyle.csv": (870, 0),
    "statswales-pivot-csv-sw2/low_birth_weight.csv": (203, 7),
    "statswales-samples-sw3/custom-year-data.csv": UPLOAD,
    "statswales-samples-sw3/custom-year-measure.csv": "the lookup of measures",
    "statswales-samples-sw3/custom-year-year-lookup.csv": LOOKUP,
    "statswales-samples-sw3/formatted_cy.parquet": "a Parquet file",
    "statswales-samples-sw3/formatted_en.parquet": "a Parquet file",
    "statswales-samples-sw3/period-ending-data-dash-separated.csv": UPLOAD,
    "statswales-samples-sw3/period-ending-data-months.csv": UPLOAD,
    "statswales-samples-sw3/period-ending-data-quarters.csv": UPLOAD,
    "statswales-samples-sw3/period-ending-data-rolling.csv": UPLOAD,
    "statswales-samples-sw3/period-ending-data-years.csv": UPLOAD,
    "statswales-samples-sw3/period-ending-measure-rolling.csv": "the lookup of measures",
    "statswales-samples-sw3/realistic-area-lookup.csv": "the lookup of areas",
    "statswales-samples-sw3/realistic-data-orig.csv": UPLOAD,
    "statswales-samples-sw3/realistic-measure.csv": "the lookup of measures",
    "statswales-samples-sw3/realistic-staff-lookup.csv": LOOKUP,
    "sw3_sample_hlth1250_area_lookup.csv": "the lookup of areas",
    "sw3_sample_hlth1250_data.csv": UPLOAD,
    "sw3_sample_hlth1250_measure.csv": "the lookup of measures",
    "sw3_topics_bilingual.csv": "the list of topics",
    "recorded/v1_csv_raw_extended_en.csv": (69, 0),
    "recorded/v2_csv_raw_extended_en.csv": (69, 0),
    "recorded/v2_csv_formatted_extended_en.csv": (69, 0),
    "recorded/v2_gap_csv_raw_extended_en.csv": (66, 0),
    "recorded/v2_old_filter_after_revision.csv": (69, 0),
    "recorded/v2_csv_raw_extended_cy.csv": "a table with Welsh headings",
    "recorded/v2_csv_raw_en.csv": "with GSS codes or StatsWales numbers",
    "recorded/v2_csv_formatted_en.csv": "with GSS codes or StatsWales numbers",
    "recorded/v2_csv_with_note_codes_en.csv": "with GSS codes or StatsWales numbers",
    "recorded/v2_csv_no_rows.csv": "an empty file",
    "recorded/v2_filters_en.json": "the names of the dimensions",
    "recorded/v2_metadata_rev1.json": "the metadata of a data set",
    "recorded/v2_query.json": "the description of a filter",
    "recorded/v2_post_raw.json": "the id of a filter",
    "recorded/v2_search_en.json": "a list of data sets",
    "recorded/v2_unknown_id.json": "an error message of the service: 'Dataset could not be found'",
    "recorded/v2_unknown_path.txt": "an HTML page",
}


def outcome(content):
    """Return (rows read, rows quarantined) of a file, or its refusal; every row is in one of the two."""
    try:
        found = judge(sources()[SOURCE], content)[TABLE]
    except RefusedFile as refusal:
        return str(refusal)
    assert found.rows_in == found.kept.height + found.quarantined.height
    return found.kept.height, found.quarantined.height


@needs_real_files
def test_every_real_file_is_read_whole_or_refused_as_what_it_is():
    """Documents of the service that are not named in `OUTCOMES` are refused, too."""
    known = {str(path.relative_to(FILES)): path for path in FILES.rglob("*") if path.is_file()}
    assert OUTCOMES.keys() <= known.keys()
    for name, path in known.items():
        found, expected = outcome(path.read_bytes()), OUTCOMES.get(name, "expected")
        assert expected in found if isinstance(expected, str) and isinstance(found, str) else found == expected, name


def odata(*rows, dataset="synt0001", further=""):
    page = {"odata.metadata": f"http://synthetic.example/$metadata#{dataset}", "value": list(rows)}
    return page | ({"odata.nextLink": further} if further else {})


def cell(key, value, area="W06000001", year=("2018", "2018-19"), **more):
    return {
        "Data": value, "Area_Code": area, "Area_ItemName_ENG": f"Name of {area}", "Area_SortOrder": "1",
        "Year_Code": year[0], "Year_ItemName_ENG": year[1], **more, "RowKey": f"{key:016d}", "PartitionKey": "",
    }  # fmt: skip


def as_json(*pages):
    return json.dumps(pages[0] if len(pages) == 1 else list(pages)).encode()


def read(content):
    intake = parse_statswales(content)
    return intake.kept.select(
        "area_reference", "measure", "measure_role", "period_start", "period_end", "other_dimensions", "value",
        "value_status",
    ).rows()  # fmt: skip


FINANCIAL, CALENDAR = (date(2018, 4, 1), date(2019, 3, 31)), (date(2018, 1, 1), date(2018, 12, 31))


def test_odata_pages_are_one_table():
    measured = {"Measure_Code": "2", "Measure_ItemName_ENG": "Percentage", "Sex_Code": "T", "Sex_ItemName_ENG": "All"}
    content = as_json(
        odata(cell(0, 12.5, **measured), further="http://synthetic.example/2"),
        odata(cell(1, "1E+1", "W06000002", ("2018", "Mid-year 2018"), **measured)),
    )
    assert read(content) == [
        ("W06000001", "Percentage", "value", *FINANCIAL, '{"Sex":"All"}', 12.5, None),
        ("W06000002", "Percentage", "value", *CALENDAR, '{"Sex":"All"}', 10.0, None),
    ]
    assert outcome(content) == (2, 0)


def test_a_missing_number_is_missing_unless_numbers_below_zero_are_there():
    rows = [cell(0, 5.0), cell(1, -999.0, "W06000002")]
    assert [row[-2:] for row in read(as_json(odata(*rows)))] == [(5.0, None), (None, "x")]
    assert [row[-2] for row in read(as_json(odata(*rows, cell(2, -3, "W06000003"))))] == [5.0, -999.0, -3.0]


def test_a_data_set_without_measures_is_measured_by_its_code():
    assert read(as_json(odata(cell(0, 1))))[0][1:3] == ("synt0001", "other")


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        ([odata(cell(0, 1), further="http://synthetic.example/2")], "1 page with 1 row and a link to a next page"),
        ([odata(cell(0, 1)), odata(cell(2, 1, "W06000002"))], "2 rows whose keys are not those from 0 to 1"),
        ([odata(cell(0, 1)), odata(cell(0, 1))], "2 rows whose keys are not those from 0 to 1"),
        ([odata({"Data": 1})], "1 row whose keys are not those from 0 to 0"),
        ([odata()], "OData without rows"),
        ([odata(cell(0, 1)), {"error": "Not found"}], "a JSON document without figures"),
        ([odata({**cell(0, 1), "Notes_Code": "1"})], "a dimension 'Notes'"),
        ([odata({**cell(0, 1), "area_Code": "1"})], "a dimension 'area'"),
    ],
)
def test_odata_that_is_not_a_whole_table_is_refused(pages, said):
    with pytest.raises(RefusedFile, match=said):
        parse_statswales(as_json(*pages))


def test_what_is_not_a_row_of_odata_is_quarantined():
    intake = parse_statswales(as_json(odata(cell(0, 1), "text")))
    assert (intake.kept.height, intake.quarantined["rule"].to_list()) == (1, ["is not a row"])


@needs_real_files
def test_a_real_page_has_the_figures_of_its_rows():
    page = json.loads((FILES / "statswales-odata-sw2" / "econ0080.json").read_bytes())
    del page["odata.nextLink"]
    kept = parse_statswales(json.dumps(page).encode()).kept
    first = kept.row(0, named=True)
    assert (first["area_reference"], first["measure"], first["value"]) == ("W06000001", "Active enterprises", 1835.0)
    assert kept.filter(value_status="x").height == sum(row["Data"] == -999 for row in page["value"]) == 208


def pivot(*rows, filters=("Measure: Percentage", "Year: 2018-19")):
    width = max(len(row) for row in rows)
    top = [
        ["Health > Synthetic"],
        ["People who agree, by local authority"],
        [],
        ["Filters:"],
        *([line] for line in filters),
    ]
    lines = [*top, [], *rows, [], ["Footnotes:"], ["1", "a note"], ["Metadata:"], ["Title", "Synthetic"]]
    text = io.StringIO()
    csv.writer(text).writerows([*line, *[""] * (width - len(line))] for line in lines)
    return text.getvalue().encode()


TITLE = "People who agree, by local authority: Percentage"


def test_a_pivot_with_areas_as_columns():
    content = pivot(
        ["", "", "Wales ", "Gwynedd ", "Powys Teaching Health Board "],
        ["Smoking ", "", ".", ".", "."],
        ["Smoking ", "Smoker (1) ", "12.5", "1,015.7", "9.8"],
        ["", "Ex-smoker ", "29.6", "*", "35.3"],
    )
    assert read(content)[3:] == [
        ("W92000004", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Smoker (1)"}', 12.5, None),
        ("W06000002", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Smoker (1)"}', 1015.7, None),
        ("W11000024", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Smoker (1)"}', 9.8, None),
        ("W92000004", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Ex-smoker"}', 29.6, None),
        ("W06000002", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Ex-smoker"}', None, "c"),
        ("W11000024", TITLE, "value", *FINANCIAL, '{"Row 1":"Smoking","Row 2":"Ex-smoker"}', 35.3, None),
    ]
    assert [row[-1] for row in read(content)[:3]] == ["z", "z", "z"]
    assert outcome(content) == (9, 0)


def test_a_pivot_with_areas_within_areas_as_rows():
    content = pivot(
        ["", "", "", "<2000g ", "Total "],
        ["Wales ", "", "", "1", "2"],
        ["Wales ", "Betsi Cadwaladr University ", "", "3", "4"],
        ["", "Betsi Cadwaladr University ", "Isle of Anglesey ", "5", "6"],
        ["", "", "Gwynedd ", "7", "8"],
        ["", "Not stated ", "Not stated ", "9", "10"],
    )
    assert [(row[0], row[5], row[6]) for row in read(content)] == [
        ("W92000004", '{"Column 1":"<2000g"}', 1.0), ("W92000004", '{"Column 1":"Total"}', 2.0),
        ("W11000023", '{"Column 1":"<2000g"}', 3.0),
        ("W11000023", '{"Column 1":"Total"}', 4.0),
        ("W06000001", '{"Column 1":"<2000g"}', 5.0), ("W06000001", '{"Column 1":"Total"}', 6.0),
        ("W06000002", '{"Column 1":"<2000g"}', 7.0), ("W06000002", '{"Column 1":"Total"}', 8.0),
    ]  # fmt: skip
    assert outcome(content) == (8, 2)


def test_a_pivot_of_years_with_their_bounds():
    content = pivot(
        ["", "2018-19", "", "", "2021-22", "", ""],
        ["", *["Percentage", "Lower confidence interval", "Upper confidence interval"] * 2],
        *([name, "52", "48", "56", "64", "60", "68"] for name in AREAS),
        filters=("Measure: People aged 16 and over",),
    )
    found = read(content)
    assert len(found) == 6 * len(AREAS)
    assert {row[:1] + row[2:7] for row in found if row[0] == "W06000001"} == {
        ("W06000001", role, date(year, 4, 1), date(year + 1, 3, 31), "{}", value)
        for year, values in ((2018, (52.0, 48.0, 56.0)), (2021, (64.0, 60.0, 68.0)))
        for role, value in zip(("value", "lower", "upper"), values, strict=True)
    }


def test_years_that_follow_each_other_are_one_period():
    rows = (["", "Gwynedd"], ["Smoker", "1"])
    ((_, _, _, start, end, *_),) = read(pivot(*rows, filters=("Year: 2021-22 & 2022-23",)))
    assert (start, end) == (date(2021, 4, 1), date(2023, 3, 31))
    with pytest.raises(RefusedFile, match="'2019-20 & 2022-23'"):
        parse_statswales(pivot(*rows, filters=("Year: 2019-20 & 2022-23",)))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["", "Cymru"], ["Smoker", "1"]], "none of their names"),
        ([["Area", "Smoker"], ["Gwynedd", "1"]], "no headings above labels"),
        ([["", "Gwynedd"]], "no headings above labels"),
        ([["", "Gwynedd", ""], ["Smoker", "1", "2"]], "columns without headings"),
        ([["", "2018", ""], ["", "", "Gwynedd"], ["Smoker", "1", "2"]], "columns without headings"),
    ],
)
def test_a_pivot_of_another_layout_is_refused(rows, said):
    with pytest.raises(RefusedFile, match=said):
        parse_statswales(pivot(*rows))


@pytest.mark.parametrize("filters", [("Area: Wales",), ("Row 1: Smoker",), ("Sex: All", "sex: Men"), ("Notes: none",)])
def test_a_filter_replaces_no_other_column_of_a_pivot(filters):
    with pytest.raises(RefusedFile, match="filter"):
        parse_statswales(pivot(["", "Gwynedd"], ["Smoker", "1"], filters=("Year: 2018-19", *filters)))

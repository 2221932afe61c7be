"""Workbooks: each cell as the text that it is, each row with its number, and nothing hidden counted."""

import time

import openpyxl
import pytest
import xlwt

from assets.ingest import workbook
from assets.ingest.headings import table_of
from assets.ingest.tabular import frame, read_grids, read_workbook
from assets.ingest.workbook_reader.cells import Kind, kind_of, text_of
from assets.ingest.workbook_reader.sheets import ReadLimits
from assets.sources.geography.areas import parse_area_lookup
from assets.sources.threesixtygiving.awards import AWARD, parse_awards
from tests.support.sample_files import DATA, needs_real_files
from tests.support.workbook_files import (
    HIDDEN_SHEET,
    changed,
    column,
    ods,
    ods_cell,
    ods_row,
    ods_table,
    rows_of,
    xls,
    xlsx,
)
from warehouse.errors import RefusedFile

HARD = DATA / "hard"
GOLDEN = DATA / "funding" / "golden_pair" / "a001p00000zgyHZAAY.xlsx"
SHEET = "xl/worksheets/sheet1.xml"
BOOK = "xl/workbook.xml"
SMALL = ReadLimits(cpu_seconds=5, elapsed_seconds=30, memory_mib=96)


# The text of a cell


@pytest.mark.parametrize(
    ("stored", "text"),
    [
        ("12785625", "12785625"),
        ("1", "1"),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("0012", "12"),
        ("0.30000000000000004", "0.3"),
        ("2.2999999999999998", "2.3"),
        ("123456789.123", "123456789.123"),
        ("1.5E-7", "0.00000015"),
        ("1E+20", "100000000000000000000"),
        ("-1234.5", "-1234.5"),
        ("1E999", "1E999"),
        ("1_000", "1_000"),
        ("nan", "nan"),
    ],
)
def test_a_number_is_printed_with_the_digits_that_a_spreadsheet_keeps(stored, text):
    assert text_of(stored) == text


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("General", Kind.NUMBER),
        ("Standard", Kind.NUMBER),
        ("#,##0.00", Kind.NUMBER),
        ('_-"£"* #,##0.00_-;-"£"* #,##0.00_-', Kind.NUMBER),
        ("[$£-809]#,##0", Kind.NUMBER),
        ('0.0" days"', Kind.NUMBER),
        ("[Red]0;[Blue]-0", Kind.NUMBER),
        ("0.00E+00", Kind.NUMBER),
        ("@", Kind.NUMBER),
        ("0%", Kind.PERCENTAGE),
        ("0.0%;[Red]-0.0%", Kind.PERCENTAGE),
        ('0" of 100%"', Kind.NUMBER),
        ("dd/mm/yyyy", Kind.DATE),
        ("mmm-yy", Kind.DATE),
        ("mmmm", Kind.DATE),
        ("[$-F800]dddd, mmmm dd, yyyy", Kind.DATE),
        ("yyyy-mm-dd h:mm:ss AM/PM", Kind.DATE),
        ("hh:mm", Kind.TIME),
        ("mm:ss.0", Kind.TIME),
        ("[h]:mm:ss", Kind.DURATION),
    ],
)
def test_a_number_format_says_what_the_number_is(code, kind):
    assert kind_of(code) is kind


@pytest.mark.parametrize(
    ("serial", "kind", "is_1904", "text"),
    [
        (43916, Kind.DATE, False, "2020-03-26 00:00:00"),
        (42454, Kind.DATE, True, "2020-03-26 00:00:00"),
        (43916.395833333336, Kind.DATE, False, "2020-03-26 09:30:00"),
        (45444.97916666666, Kind.DATE, False, "2024-06-01 23:30:00"),
        (43916.123456, Kind.DATE, False, "2020-03-26 02:57:46.598"),
        (1, Kind.DATE, False, "1900-01-01 00:00:00"),
        (59, Kind.DATE, False, "1900-02-28 00:00:00"),
        (60, Kind.DATE, False, "60"),
        (61, Kind.DATE, False, "1900-03-01 00:00:00"),
        (0, Kind.DATE, True, "1904-01-01 00:00:00"),
        (0, Kind.DATE, False, "0"),
        (-1, Kind.DATE, False, "-1"),
        (2_958_465, Kind.DATE, False, "9999-12-31 00:00:00"),
        (2_958_466, Kind.DATE, False, "2958466"),
        (2_958_465, Kind.DATE, True, "2958465"),
        (0.395833333333333, Kind.TIME, False, "09:30:00"),
        (43916.5, Kind.TIME, False, "2020-03-26 12:00:00"),
        (1.5, Kind.DURATION, False, "36:00:00"),
        (0.25, Kind.PERCENTAGE, False, "25%"),
        (0.07, Kind.PERCENTAGE, False, "7%"),
        (1, Kind.PERCENTAGE, False, "100%"),
    ],
)
def test_dates_times_and_percentages_as_text(serial, kind, is_1904, text):
    assert text_of(serial, kind, is_1904=is_1904) == text


def first_cells(content):
    """Return the first cell of each row."""
    return [row[0] for row in rows_of(content).values()]


def test_cells_of_an_xlsx_sheet():
    def fill(book, sheet):
        sheet.write(0, 0, "Iâ\u0302 £ _x000D_")
        sheet.write(1, 0, True)
        sheet.write(2, 0, 0.25, book.add_format({"num_format": "0%"}))
        sheet.write(3, 0, 43916, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_formula(4, 0, "=1+1", None, 2)
        sheet.write_formula(5, 0, "=NA()", None, "#N/A")
        sheet.write_formula(6, 0, '="a"', None, "a")
        sheet.write_rich_string(7, 0, book.add_format({"bold": True}), "bold", " and plain")
        sheet.write(8, 0, "0012")
        sheet.write(9, 0, "two\nlines")

    assert first_cells(xlsx(fill)) == [
        "Iâ\u0302 £ _x000D_",
        "true",
        "25%",
        "2020-03-26 00:00:00",
        "2",
        "#N/A",
        "a",
        "bold and plain",
        "0012",
        "two\nlines",
    ]


def test_text_is_in_unicode_form_nfc():
    assert rows_of(column(("Ynys Mo\u0302n", None))) == {1: ["Ynys Môn"]}


def test_cells_of_an_ods_sheet():
    cells = [
        ods_cell("26/03/20", 'office:value-type="date" office:date-value="2020-03-26"'),
        ods_cell("26/03/20", 'office:value-type="date" office:date-value="2020-03-26T09:30:00"'),
        ods_cell("09:30", 'office:value-type="time" office:time-value="PT09H30M00S"'),
        ods_cell("TRUE", 'office:value-type="boolean" office:boolean-value="true"'),
        ods_cell("25%", 'office:value-type="percentage" office:value="0.25"'),
        ods_cell("£1,234.50", 'office:value-type="currency" office:currency="GBP" office:value="1234.5"'),
        ods_cell("12.3", 'office:value-type="float" office:value="12.25"'),
        ods_cell("a<text:s text:c='2'/>b<text:tab/>c</text:p><text:p>next <text:span>span</text:span>"),
        '<table:table-cell office:value-type="string"><office:annotation><text:p>a comment</text:p></office:annotation>'
        "<text:p>text</text:p></table:table-cell>",
        ods_cell("#DIV/0!", 'table:formula="of:=1/0" office:value-type="string" calcext:value-type="error"'),
    ]
    assert first_cells(ods(ods_table(*map(ods_row, cells)))) == [
        "2020-03-26",
        "2020-03-26 09:30:00",
        "09:30:00",
        "true",
        "25%",
        "1234.5",
        "12.25",
        "a  b\tc\nnext span",
        "text",
        "#DIV/0!",
    ]


def test_cells_of_an_xls_sheet():
    def fill(sheet):
        sheet.write(0, 0, "Ynys Môn")
        sheet.write(1, 0, 12.25)
        sheet.write(2, 0, True)
        sheet.write(3, 0, 0.25, xlwt.easyxf(num_format_str="0%"))
        sheet.write(4, 0, 43916, xlwt.easyxf(num_format_str="dd/mm/yyyy"))
        sheet.row(5).set_cell_error(0, "#REF!")

    assert first_cells(xls(fill)) == [
        "Ynys Môn",
        "12.25",
        "true",
        "25%",
        "2020-03-26 00:00:00",
        "#REF!",
    ]


def test_the_1904_date_system_of_a_workbook_is_honoured():
    def fill_xls(sheet):
        sheet.write(0, 0, 42454, xlwt.easyxf(num_format_str="dd/mm/yyyy"))

    def fill_xlsx(book, sheet):
        sheet.write(0, 0, 42454, book.add_format({"num_format": "dd/mm/yyyy"}))

    assert rows_of(xlsx(fill_xlsx, date_1904=True)) == {1: ["2020-03-26 00:00:00"]}
    assert rows_of(xls(fill_xls, is_1904=True)) == {1: ["2020-03-26 00:00:00"]}
    assert rows_of(xlsx(fill_xlsx)) == {1: ["2016-03-25 00:00:00"]}


def test_a_formula_without_a_stored_result_is_neither_blank_nor_zero():
    def fill(book, sheet):
        sheet.write_formula(0, 0, "=500+500")
        sheet.write_formula(1, 0, "=500+500", None, 1000)
        sheet.write_formula(2, 0, '=""', None, "an empty text")
        sheet.write(2, 1, "x")

    # The library that writes this stores 0 for a result it was not given, and asks for computing at opening.
    fresh = xlsx(fill)
    fresh = changed(fresh, SHEET, "<v>an empty text</v>", "<v></v>")
    assert rows_of(fresh) == {1: ["#NOT COMPUTED!", ""], 2: ["1000", ""], 3: ["", "x"]}
    assert rows_of(changed(fresh, SHEET, "<v>0</v>", "<v></v>"))[1][0] == "#NOT COMPUTED!"
    assert rows_of(changed(fresh, SHEET, "<v>0</v>", ""))[1][0] == "#NOT COMPUTED!"
    computed = changed(fresh, BOOK, ' fullCalcOnLoad="1"', "")
    assert rows_of(computed)[1][0] == "0"
    assert rows_of(ods(ods_table(ods_row(ods_cell(attributes='table:formula="of:=1+1"'))))) == {1: ["#NOT COMPUTED!"]}


def fill_awards(sheet, rows):
    """Write an award to each of some rows of a sheet, named after sheet and row."""
    headings = ["Identifier", "Title", "Description", "Currency", "Amount Awarded", "Award Date"]
    sheet.write_row(0, 0, [*headings, "Funding Org:Identifier", "Funding Org:Name"])
    for row in rows:
        sheet.write_row(row, 0, [f"{sheet.get_name()} {row}", "Synthetic", "-", "GBP", 1000, "2024-03-17", "X", "Y"])


def test_an_amount_that_cannot_be_read_as_pounds_is_quarantined():
    def fill(book, sheet):
        fill_awards(sheet, range(1, 5))
        sheet.write(2, 4, 0.25, book.add_format({"num_format": "0%"}))
        sheet.write_formula(3, 4, "=NA()", None, "#N/A")
        sheet.write_formula(4, 4, "=500+500")

    awards = parse_awards(xlsx(fill))[AWARD]
    assert awards.kept["source_row"].to_list() == [2]
    assert awards.quarantined["source_row"].to_list() == [3, 4, 5]


# What is hidden


def test_a_hidden_sheet_is_not_read_and_the_notes_say_so():
    def fill(book, sheet):
        sheet.write(0, 0, sheet.get_name())
        if sheet.get_name() in ("Sheet2", "Sheet3"):
            sheet.very_hidden() if sheet.get_name() == "Sheet3" else sheet.hide()

    def fill_xls(sheet):
        sheet.write(0, 0, sheet.name)
        sheet.visibility = {"Sheet2": 1, "Sheet3": 2}.get(sheet.name, 0)

    tables = [
        ods_table(ods_row(f"Sheet{number}"), name=f"Sheet{number}", attributes=f'table:style-name="ta{min(number, 2)}"')
        for number in (1, 2, 3)
    ]
    for content in (xlsx(fill, fill, fill), xls(fill_xls, fill_xls, fill_xls), ods(*tables, styles=HIDDEN_SHEET)):
        grids = read_workbook("test", content)
        assert {name: grid.rows for name, grid in grids.items()} == {"Sheet1": [["Sheet1"]]}
        assert grids["Sheet1"].notes == (
            "sheet 'Sheet2' is hidden and was not read",
            "sheet 'Sheet3' is hidden and was not read",
        )


def hiding_xlsx(rows=(), columns=(), *, is_filter=False):
    def fill(book, sheet):
        for row in range(6):
            sheet.write_row(row, 0, ["id", "amount", "remark"] if row == 1 else [f"{row}", row, "r"])
        for row in rows:
            sheet.set_row(row - 1, None, None, {"hidden": True})
        for letters in columns:
            sheet.set_column(f"{letters}:{letters}", None, None, {"hidden": True})
        if is_filter:
            sheet.autofilter(1, 0, 5, 2)
            sheet.filter_column("A", "x == 3")

    return xlsx(fill)


def hiding_xls(rows=(), columns=()):
    def fill(sheet):
        for row in range(6):
            for at, text in enumerate(["id", "amount", "remark"] if row == 1 else [f"{row}", row, "r"]):
                sheet.write(row, at, text)
        for row in rows:
            sheet.row(row - 1).hidden = True
        for letters in columns:
            sheet.col(ord(letters) - 65).hidden = True

    return xls(fill)


def hiding_ods(rows=(), columns=(), *, how="collapse"):
    hidden = 'table:visibility="collapse"'
    elements = [f"<table:table-column {hidden if letters in columns else ''}/>" for letters in "ABC"]
    for row in range(1, 7):
        cells = ["id", "amount", "remark"] if row == 2 else [f"{row - 1}", f"{row - 1}", "r"]
        elements.append(ods_row(*cells, attributes=f'table:visibility="{how}"' if row in rows else ""))
    return ods(ods_table(*elements))


HIDING = {"xlsx": hiding_xlsx, "xls": hiding_xls, "ods": hiding_ods}


def framed(content):
    grid, header = table_of(read_grids("test", content), ["id", "amount"])
    return frame(grid, header, {"id": "id", "amount": "amount"})[0]


@pytest.mark.parametrize("kind", HIDING)
def test_a_table_with_hidden_rows_or_columns_is_refused_with_their_place(kind):
    hide = HIDING[kind]
    assert framed(hide())["source_row"].to_list() == [3, 4, 5, 6]
    with pytest.raises(RefusedFile, match=r"rows 4, 6 hidden or filtered out in sheet 'Sheet1'; show or delete"):
        framed(hide(rows=(4, 6)))
    with pytest.raises(RefusedFile, match=r"column B hidden or filtered out"):
        framed(hide(columns="B"))
    with pytest.raises(RefusedFile, match=r"row 5 and column A hidden"):
        framed(hide(rows=(5,), columns="A"))


@pytest.mark.parametrize("kind", HIDING)
def test_hidden_cells_outside_the_table_do_not_matter(kind):
    assert framed(HIDING[kind](rows=(1,), columns="C"))["amount"].to_list() == ["2", "3", "4", "5"]


def test_rows_that_a_filter_hides_are_hidden_rows():
    with pytest.raises(RefusedFile, match="rows 3, 5, 6 hidden or filtered out"):
        framed(hiding_xlsx(rows=(3, 5, 6), is_filter=True))
    with pytest.raises(RefusedFile, match="rows 3, 5, 6 hidden or filtered out"):
        framed(hiding_ods(rows=(3, 5, 6), how="filter"))


def test_rows_and_columns_of_no_height_or_width_are_hidden():
    content = changed(hiding_xlsx(), SHEET, '<row r="4"', '<row r="4" ht="0" customHeight="1"')
    with pytest.raises(RefusedFile, match="row 4 hidden"):
        framed(content)
    cols = '<cols><col min="1" max="1" width="0" customWidth="1"/></cols><sheetData>'
    with pytest.raises(RefusedFile, match="column A hidden"):
        framed(changed(hiding_xlsx(), SHEET, "<sheetData>", cols))


def test_rows_in_a_collapsed_ods_group_are_hidden():
    rows = [ods_row("id", "amount"), '<table:table-row-group table:display="false">', ods_row("1", "2")]
    with pytest.raises(RefusedFile, match="row 2 hidden"):
        framed(ods(ods_table(*rows, "</table:table-row-group>", ods_row("2", "3"))))


def test_a_lookup_with_hidden_rows_is_refused():
    def fill(book, sheet):
        sheet.write_row(0, 0, ["LSOA21CD", "LAD24CD"])
        sheet.write_row(1, 0, ["E01000001", "E09000001"])
        sheet.write_row(2, 0, ["E01000002", "E09000001"])
        sheet.set_row(2, None, None, {"hidden": True})

    with pytest.raises(RefusedFile, match="row 3 hidden"):
        parse_area_lookup(xlsx(fill))


def test_a_refusal_without_a_table_names_the_hidden_sheets():
    def shown(book, sheet):
        sheet.write(0, 0, "Cover")

    def hidden(book, sheet):
        sheet.write_row(0, 0, ["id", "amount"])
        sheet.hide()

    with pytest.raises(RefusedFile, match="starts with 'cover'; sheet 'Sheet2' is hidden and was not read"):
        framed(xlsx(shown, hidden))
    with pytest.raises(RefusedFile, match="sheet 'Sheet2' is hidden and was not read"):
        parse_awards(xlsx(shown, hidden))


@needs_real_files
def test_a_hidden_draft_of_the_awards_is_not_counted():
    awards = parse_awards((HARD / "e2_hidden_sheet.xlsx").read_bytes())[AWARD]
    assert awards.kept["amount"].sum() == 12_000


# Where cells are


def test_rows_are_numbered_as_in_the_sheet_and_blank_ones_left_out():
    def fill(book, sheet):
        sheet.write(2, 1, "a")
        sheet.write(3, 1, " ")
        sheet.write_blank(4, 1, None, book.add_format({"bold": True}))
        sheet.write(6, 3, "b")

    assert rows_of(xlsx(fill)) == {3: ["a", ""], 7: ["", "b"]}
    book = ods(ods_table(ods_row(attributes='table:number-rows-repeated="2"'), ods_row("a"), ods_row(), ods_row("b")))
    assert rows_of(book) == {3: ["a"], 5: ["b"]}


def test_cells_without_a_reference_follow_one_another():
    content = changed(column(("a", None), ("b", None)), SHEET, '<c r="A1"', "<c")
    assert rows_of(changed(content, SHEET, '<row r="2"', "<row")) == {1: ["a"], 2: ["b"]}


def test_repeated_rows_and_cells_of_an_ods_sheet_count_as_often_as_they_are():
    repeated = ods_cell("b", 'office:value-type="string" table:number-columns-repeated="2"')
    rows = [ods_row("a", repeated, attributes='table:number-rows-repeated="2"'), ods_row("c")]
    assert rows_of(ods(ods_table(*rows))) == {1: ["a", "b", "b"], 2: ["a", "b", "b"], 3: ["c", "", ""]}


def test_awards_of_several_sheets_have_rows_of_their_own():
    awards = parse_awards(xlsx(*[lambda book, sheet: fill_awards(sheet, (1, 9))] * 2))[AWARD]
    assert awards.kept.select("source_row", "award_id").rows() == [
        (2, "Sheet1 1"),
        (10, "Sheet1 9"),
        (12, "Sheet2 1"),
        (20, "Sheet2 9"),
    ]


@pytest.mark.parametrize("row", [1, 1_048_575])
def test_a_stray_cell_far_away_costs_nothing(row):
    def fill(book, sheet):
        sheet.write_row(0, 0, ["id", "amount"])
        sheet.write_row(1, 0, [1, 2])
        sheet.write(row, 16_383, "x")
        sheet.write_blank(1_048_575, 16_382, None, book.add_format({"bold": True}))

    far = {row + 1: ["1", "2", "x"] if row == 1 else ["", "", "x"]}
    assert rows_of(xlsx(fill), SMALL) == {1: ["id", "amount", ""], 2: ["1", "2", ""]} | far


def test_a_blank_text_in_the_last_cell_costs_nothing():
    def fill(book, sheet):
        sheet.write_row(0, 0, ["id", "amount"])
        sheet.write(1_048_575, 16_383, " ")

    assert rows_of(xlsx(fill), SMALL) == {1: ["id", "amount"]}


@needs_real_files
def test_the_file_with_a_stray_far_row_keeps_its_awards():
    started = time.monotonic()
    awards = parse_awards((HARD / "n2_stray_far_row.xlsx").read_bytes())[AWARD]
    assert time.monotonic() - started < 15
    assert awards.kept.height == 2


# Real files


@needs_real_files
def test_another_reader_finds_the_same_in_the_golden_pair():
    [sheet] = workbook.read("test", GOLDEN.read_bytes()).sheets
    other = openpyxl.load_workbook(GOLDEN, read_only=True, data_only=True).worksheets[0]

    def text(value):
        return (
            "" if value is None else str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        )

    expected = {
        number: [text(cell) for cell in row]
        for number, row in enumerate(other.iter_rows(values_only=True), start=1)
        if any(cell is not None for cell in row)
    }
    assert len(expected) == 784
    assert dict(zip(sheet.numbers, sheet.rows, strict=True)) == expected


@needs_real_files
def test_the_golden_pair_and_the_welsh_index_read_as_before():
    awards = parse_awards(GOLDEN.read_bytes())[AWARD]
    assert (awards.kept.height, awards.kept["amount"].sum(), awards.quarantined.height) == (783, 12_785_625, 0)
    wimd = (DATA / "wimd" / "wimd2025_index_and_domain_ranks_by_small_area.ods").read_bytes()
    assert {name: len(grid.rows) for name, grid in read_workbook("test", wimd).items()} == {
        "Guidance_sheet": 39,
        "WIMD_2025_ranks": 1920,
        "Deciles_quintiles_quartiles": 1921,
    }


@needs_real_files
def test_a_merged_award_is_quarantined_with_its_place():
    awards = parse_awards((HARD / "e4_merged.xlsx").read_bytes())[AWARD]
    assert awards.kept.height + awards.quarantined.height == 3
    assert awards.quarantined["source_row"].to_list() == [3, 4]

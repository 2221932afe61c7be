"""The workbook keeps the guidance on accessible spreadsheets, and nothing in it is a formula."""

import re
from datetime import datetime

import openpyxl
import pytest

from warehouse import catalogue
from warehouse.catalogue import Column
from warehouse.exports import workbook

TABLE_SHEETS = {
    "Population",
    "Deprivation",
    "Voice_and_cohesion",
    "Money",
    "Practice",
    "Balance",
    "Quality_of_the_record",
    "Metrics",
    "Sources",
}


@pytest.fixture(scope="module")
def book(edition):
    return openpyxl.load_workbook(edition.path / workbook.FILE)


@pytest.fixture(scope="module")
def table(book):
    """Return the headings and rows of the one table of a sheet."""

    def table(name):
        sheet = book[name]
        (marked,) = sheet.tables.values()
        headings, *rows = ([cell.value for cell in row] for row in sheet[marked.ref])
        return headings, [dict(zip(headings, row, strict=True)) for row in rows]

    return table


def test_cover_contents_and_notes_come_first(book):
    assert book.sheetnames[:3] == ["Cover", "Contents", "Notes"]
    assert set(book.sheetnames) >= TABLE_SHEETS
    assert book.sheetnames[-1] == "Columns"


def test_title_and_language_are_properties(book):
    assert book.properties.title == workbook.TITLE
    assert {prop.name: prop.value for prop in book.custom_doc_props.props}["Language"] == "en-GB"
    assert book.properties.created == datetime(2026, 1, 2)


def test_every_sheet_has_its_title_in_a1_and_one_table_without_a_gap(book):
    for sheet in book:
        assert sheet["A1"].value
        assert not sheet.merged_cells.ranges
        assert sheet.freeze_panes is None
        assert sheet.sheet_state == "visible"
        assert all(sheet.cell(row, 1).value not in (None, "") for row in range(1, sheet.max_row + 1)), sheet.title
        assert not any(row.hidden for row in sheet.row_dimensions.values())
        assert not any(column.hidden for column in sheet.column_dimensions.values())
        if sheet.title == "Cover" or "The table has no rows." in [cell.value for cell in sheet["A"]]:
            assert not sheet.tables
            continue
        (marked,) = sheet.tables.values()
        assert marked.ref.endswith(f"{sheet.dimensions.split(':')[1]}")
        assert marked.autoFilter is None
        cells = [cell for row in sheet[marked.ref] for cell in row]
        assert all(cell.value not in (None, "") for cell in cells), sheet.title
        headings = [cell.value for cell in sheet[marked.ref][0]]
        assert len({heading.lower() for heading in headings}) == len(headings)


def test_no_cell_is_a_formula_whatever_its_text_begins_with(book, table):
    assert {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "b"}
    names = {row["Locality name"] for row in table("Population")[1]}
    assert names == {"=1+1", "@Gwynedd", "https://anglesey.example"}
    linked = {cell.coordinate for sheet in book for row in sheet.iter_rows() for cell in row if cell.hyperlink}
    assert linked == {cell.coordinate for cell in book["Contents"]["A"][3:]}


def test_contents_lead_to_every_sheet(book, table):
    listed = [row["Sheet"] for row in table("Contents")[1]]
    assert listed == book.sheetnames[2:]
    for cell, name in zip(book["Contents"]["A"][3:], listed, strict=True):
        assert cell.hyperlink.location == f"'{name}'!A1"


def test_a_missing_value_is_a_sign_that_the_notes_explain(book, table):
    explained = {row["Note"] for row in table("Notes")[1]}
    found = {
        cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if isinstance(cell.value, str) and re.fullmatch(r"\[\w+\]", cell.value)
    }
    assert {"[c]", "[x]", "[z]"} <= found <= explained


def test_a_measure_stands_with_its_interval_and_status(table):
    (first, *_) = table("Population")[1]
    assert [first[name] for name in list(first)[4:]] == [
        1234.5,
        1000.25,
        1500,
        "published",
        datetime(2024, 6, 30),
        "ok",
    ]
    (first, *_) = table("Voice_and_cohesion")[1]
    belonging = "Feel that they belong to the neighbourhood"
    assert first[f"{belonging} (%)"] == first[f"{belonging}: lower end"] == "[c]"
    assert first[f"{belonging}: status"] == "suppressed: no one counted"
    (first, *_) = table("Deprivation")[1]
    assert first["Extent of deprivation (share from 0 to 1)"] == "[z]"


@pytest.mark.parametrize(
    ("kind", "value", "state", "shown"),
    [
        ("DOUBLE", 0.0, "searched_none_found", 0.0),
        ("DOUBLE", None, "ok_low", "[z]"),
        ("DOUBLE", None, "not_searched", "[x]"),
        ("DOUBLE", None, "withheld", "[x]"),
        ("DOUBLE", None, None, "[x]"),
        ("VARCHAR", None, None, "[z]"),
        ("VARCHAR", "", None, "[z]"),
        ("BOOLEAN", False, None, False),
        ("VARCHAR[]", ["a", "b"], None, "a; b"),
        ("VARCHAR[]", [], None, "[z]"),
    ],
)
def test_what_stands_in_a_cell(kind, value, state, shown):
    field = workbook.SheetColumn("x", "x", "x", kind, "", "null")
    assert workbook.filled(field, value, state) == shown


def test_every_column_is_explained(book, table):
    said = {(row["Sheet"], row["Column"]) for row in table("Columns")[1]}
    for name in set(book.sheetnames) - {"Cover", "Contents", "Notes", "Columns"}:
        if book[name].tables:
            assert {(name, heading) for heading in table(name)[0]} <= said
    assert all(row["Description"] for row in table("Columns")[1])


def test_every_headline_measure_is_there(table):
    said = " ".join(" ".join(table(name)[0]) for name in TABLE_SHEETS - {"Metrics", "Sources"})
    for metric in catalogue.profile_metrics():
        assert f"{metric.name} ({catalogue.units()[metric.unit].label()})" in said


def test_names_of_columns_are_put_in_words():
    column = Column(name="locality_name_cy", type="VARCHAR", description="x")
    assert workbook.heading(column) == "Locality name in Welsh"
    column = Column(name="funding_gbp_per_head", type="DOUBLE", description="x", unit="gbp_per_head")
    assert workbook.heading(column) == "Funding £ per head (£ per person)"

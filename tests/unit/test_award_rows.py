"""What makes an award: rows that are one award, rows that repeat one, and rows that are payments of their own."""

import csv
import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.sources.threesixtygiving.standard import standard
from tests.support.award_files import GRANT, HEADINGS, awards_of, grants, places_of, table
from tests.support.sample_files import HARD, needs_real_files

RECIPIENT = GRANT["recipientOrganization"][0]
CARDIFF, LEEDS = {"name": "Cardiff", "geoCode": "W06000015"}, {"name": "Leeds", "geoCode": "E08000035"}


def is_whole(intake):
    return intake.rows_in == intake.kept.height + intake.quarantined.height + intake.rows_merged


def places(content):
    return places_of(content).kept.select("source_row", "role", "location_name", "postcode").rows()


# One award over several rows.


def rows_of(text):
    """Return the rows of a CSV file of field names as grants of a JSON file."""
    found = []
    for line in csv.DictReader(io.StringIO(text)):
        grant = {}
        for heading, cell in line.items():
            first, _, name = heading.partition("/0/")
            if cell and name:
                grant.setdefault(first, [{}])[0][name] = cell
            elif cell:
                grant[first] = cell
        found.append(grant)
    return found


@needs_real_files
def test_rows_that_differ_in_place_or_recipient_alone_are_one_award():
    content = (HARD / "sheets_360giving" / "n3.csv").read_bytes()
    document = json.dumps({"grants": rows_of(content.decode("cp1252"))}).encode()
    for file in (content, document):
        intake, located = awards_of(file), places_of(file)
        kept = intake.kept.select("award_id", "amount", "recipients_n", "further_recipients").rows()
        assert kept == [
            ("360G-made-c1", 1000, 1, None),
            ("360G-made-c2", 500, 1, None),
            ("360G-made-c2", 700, 1, None),
            ("360G-made-c3", 300, 1, None),
            ("360G-made-c3", 300, 1, None),
            ("360G-made-c4", 900, 2, "GB-CHC-3 Group"),
        ]
        assert (intake.rows_in, intake.rows_merged) == (8, 2)
        assert is_whole(intake)
        assert is_whole(located)
        assert located.kept["location_name"].to_list() == ["Cardiff", "Swansea", "Cardiff", "Cardiff", "Cardiff"]
        repeats = intake.kept.filter(~pl.col("row_sha256").is_first_distinct())
        assert repeats["award_id"].to_list() == ["360G-made-c3"]
    assert awards_of(content).kept["row_sha256"].equals(awards_of(document).kept["row_sha256"])


def test_an_award_over_rows_is_the_award_that_lists_its_places():
    over_rows = grants({"beneficiaryLocation": [CARDIFF]}, {"beneficiaryLocation": [LEEDS]})
    in_one = grants({"beneficiaryLocation": [LEEDS, CARDIFF]})
    assert awards_of(over_rows).kept["row_sha256"].equals(awards_of(in_one).kept["row_sha256"])
    assert set(places(over_rows)) == set(places(in_one))


@pytest.mark.parametrize(
    "change",
    [
        {"amountAwarded": 999},
        {"awardDate": "2020-03-18"},
        {"title": "Second payment"},
        {"description": "Second payment"},
        {"currency": "EUR"},
        {"grantProgramme": [{"title": "Another"}]},
        {"plannedDates": [{"duration": 24}]},
        {"actualDates": [{"startDate": "2020-04-01"}]},
        {"amountDisbursed": 5},
        {"regrantType": "FRG010"},
        {"fundingOrganization": [{"id": "GB-CHC-1", "name": "Made-up funder", "department": "Second"}]},
    ],
)
def test_rows_that_differ_in_anything_else_are_payments_of_their_own(change):
    intake = awards_of(grants({}, change | {"beneficiaryLocation": [LEEDS]}, change))
    assert (intake.kept.height, intake.rows_merged) == (2, 1)
    assert intake.kept["row_sha256"].n_unique() == 2


def test_rows_of_another_identity_are_not_merged():
    other = {"beneficiaryLocation": [LEEDS]}
    funder = {"fundingOrganization": [{"id": "GB-CHC-9", "name": "Made-up funder"}]}
    assert awards_of(grants({}, other | {"id": "360G-made-up-2"}, other | funder)).kept.height == 3
    # A name spelled in another way is not another funder, but it is another row.
    assert awards_of(grants({}, {"id": "360g-MADE-up-1 ", "beneficiaryLocation": [LEEDS]})).kept.height == 1


def test_rows_without_an_identity_are_not_merged():
    intake = awards_of(grants({}, {"id": ""}, {"id": "", "beneficiaryLocation": [LEEDS]}))
    assert (intake.kept.height, intake.quarantined.height, intake.rows_merged) == (1, 2, 0)


def test_a_merged_award_that_breaks_its_contract_is_quarantined_once_with_all_its_places():
    bad = {"id": "b", "currency": "pounds"}
    content = grants({}, bad, bad | {"beneficiaryLocation": [LEEDS]})
    intake, located = awards_of(content), places_of(content)
    assert (intake.rows_in, intake.kept.height, intake.quarantined.height, intake.rows_merged) == (3, 1, 1, 1)
    assert (located.kept.height, located.quarantined.height) == (1, 2)


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "id": st.sampled_from(["a", "a ", "A", "b", ""]),
                "amountAwarded": st.sampled_from([5, "£5", 7, "n/a"]),
                "beneficiaryLocation": st.lists(st.sampled_from([CARDIFF, LEEDS]), max_size=2),
                "recipientOrganization": st.lists(
                    st.sampled_from([RECIPIENT, {"id": "GB-CHC-3", "postalCode": "LS1 1UR"}, {"name": "x"}]), max_size=2
                ),
            }
        ),
        max_size=8,
    )
)
def test_every_row_and_place_is_kept_quarantined_or_merged(changes):
    content = grants({}, *changes)
    intake, located = awards_of(content), places_of(content)
    assert is_whole(intake)
    assert is_whole(located)
    assert set(located.kept["source_row"]) <= set(intake.kept["source_row"])
    # Money is counted once a payment: the amounts of an identity are those of its distinct payments.
    payments = intake.kept.unique(["award_identity", "row_sha256"])
    amounts = {(str(change["id"]).strip().upper(), str(change["amountAwarded"]).strip("£")) for change in changes}
    amounts = {(name, amount) for name, amount in amounts if name and amount != "n/a"}
    assert payments.filter(pl.col("award_id") != GRANT["id"]).height == len(amounts)


# The digest of what makes an award.


@pytest.mark.parametrize(
    "change",
    [
        {"dateModified": "2024-06-02T10:00:00Z"},
        {"dataSource": "https://example.org/another"},
        {"url": "https://example.org/another"},
        {"Our internal ref": 7},
        {"additional_data": {"x": 1}},
        {"relatedDocument": [{"title": "Report"}]},
        {"recipientOrganization": [RECIPIENT | {"streetAddress": "1 Synthetic Street", "dateModified": "2020-01-01"}]},
    ],
)
def test_rows_that_differ_in_an_administrative_field_alone_have_one_digest(change):
    kept = awards_of(grants({}, change)).kept
    assert kept.height == 2
    assert kept["row_sha256"].n_unique() == 1


def test_columns_of_the_publishers_own_have_no_part_in_the_digest():
    rows = [HEADINGS | {"Last Modified": f"2024-06-0{n}", "Data Source": f"x{n}", "Our ref": f"{n}"} for n in (1, 2)]
    kept = awards_of(table(*rows)).kept
    assert (kept.height, kept["row_sha256"].n_unique()) == (2, 1)


@pytest.mark.parametrize(
    "change",
    [
        {"amountAwarded": "£1,000.00"},
        {"amountAwarded": 1000.0},
        {"amountAwarded": "1e3"},
        {"awardDate": "17/03/2020"},
        {"awardDate": "2020-03-17T00:00:00+00:00"},
        {"currency": "gbp"},
        {"id": " 360G-Made-up-1"},
        {"title": "Made-up  award\r\n"},
        {"title": "Made-up\u00a0award"},
        {"recipientOrganization": [RECIPIENT | {"postalCode": "cf101ep"}]},
        {"beneficiaryLocation": {"geoCode": "w06000015 ", "name": "Cardiff", "geoCodeType": "UA", "countryCode": "gb"}},
    ],
)
def test_a_value_printed_in_another_way_has_the_same_digest(change):
    assert awards_of(grants({})).kept["row_sha256"].equals(awards_of(grants(change)).kept["row_sha256"])


def changed(path, value):
    """Return a change of `GRANT` by which the field at a path has another value."""
    *parents, name = path.split(":")
    if not parents:
        return {name: value}
    held = [dict(item) for item in GRANT.get(parents[0], [{}])]
    held[0] |= {parents[1]: [{name: value}]} if parents[1:] else {name: value}
    return {parents[0]: held}


VALUES = {"number": 77, "date": "2020-05-05"}


@pytest.mark.parametrize(
    "field",
    [
        *standard().award,
        *standard().recipient,
        *(field for field in standard().fields() if field.path.partition(":")[0] == "beneficiaryLocation"),
        *(field for field in standard().fields() if field.path.startswith("recipientOrganization:location")),
    ],
    ids=lambda field: field.path,
)
def test_every_field_that_makes_an_award_is_in_its_digest(field):
    change = changed(field.path, VALUES.get(field.kind, "XXX"))
    before, after = (awards_of(grants(one)).kept["row_sha256"].item() for one in ({}, change))
    is_read = field.name not in ("latitude", "longitude")
    assert (before != after) is is_read


def test_an_award_is_recognised_by_funder_and_identifier_however_they_are_printed():
    printed = [("360G-a-1", "GB-CHC-1"), (" 360g-A-1\u00a0", "gb-chc-1"), ("360G-a -1", "GB- CHC-1")]
    kept = [
        awards_of(grants({"id": name, "fundingOrganization": [{"id": funder}]})).kept["award_identity"].item()
        for name, funder in printed
    ]
    assert set(kept) == {"GB-CHC-1 360G-A-1"}


# Several recipients.


@needs_real_files
def test_a_second_recipient_is_carried_and_both_places_with_it():
    content = (HARD / "c2_multi_recipient.json").read_bytes()
    row = awards_of(content).kept.row(0, named=True)
    assert (row["recipient_id"], row["recipients_n"], row["further_recipients"]) == ("GB-CHC-1", 2, "GB-CHC-2 B")
    assert places(content) == [(1, "recipient", None, "M1 1AE"), (1, "recipient", None, "LS1 1UR")]


def test_a_second_recipient_in_columns_of_its_own_is_carried():
    more = {
        "Recipient Org:1:Name": "Second group",
        "Recipient Org:1:Identifier": "GB-CHC-3",
        "Recipient Org:1:Location:0:Geographic Code": "E06000003",
        "Recipient Org:2:Name": "Third group",
    }
    content = table(HEADINGS | more)
    row = awards_of(content).kept.row(0, named=True)
    assert (row["recipient_name"], row["recipients_n"]) == ("Made-up group", 3)
    assert row["further_recipients"] == "GB-CHC-3 Second group; Third group"
    located = places_of(content).kept.filter(pl.col("role") == "recipient").sort("geo_code", nulls_last=True)
    assert located.select("geo_code", "postcode").rows() == [("E06000003", None), (None, "CF10 1EP")]


def test_the_postcode_of_an_only_recipient_is_its_column_alone():
    content = grants({"recipientOrganization": [RECIPIENT, RECIPIENT | {"id": "gb-chc-2 "}]})
    assert awards_of(content).kept.select("recipients_n", "further_recipients").rows() == [(1, None)]
    assert [role for _, role, _, _ in places(content)] == ["beneficiary"]


def test_a_recipient_that_is_not_named_is_not_counted():
    content = grants({"recipientOrganization": [{"postalCode": "LS1 1UR"}]}, {"id": "b", "recipientOrganization": None})
    assert awards_of(content).kept.select("recipient_id", "recipient_postcode", "recipients_n").rows() == [
        (None, "LS1 1UR", 0),
        (None, None, 0),
    ]

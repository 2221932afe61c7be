"""Awards to individuals: nothing that names the person leaves the landed file, whatever is wrong with the file.

The persons are synthetic.
"""

import json

import pytest

from assets.sources.threesixtygiving.awards import parse_awards
from tests.support.award_files import GRANT, HEADINGS, awards_of, places_of, table, workbook
from tests.support.sample_files import HARD, needs_real_files
from warehouse.errors import RefusedFile

NAME, PERSON_ID = "Testname Personname", "360G-synthetic-ind-7"
ROW = {
    "Identifier": "360G-synthetic-9",
    "Title": f"Grant to {NAME}",
    "Description": f"For {NAME} to travel",
    **{heading: text for heading, text in HEADINGS.items() if heading not in ("Identifier", "Title")},
    "Recipient Org:Identifier": PERSON_ID,
    "Recipient Org:Name": NAME,
    "Recipient Org:Postal Code": "SY23 9ZZ",
    "Recipient Org:Location:0:Name": f"Home of {NAME}",
    "Beneficiary Location:Postal Code": "SY23 9ZY",
    "Recipient Ind:Identifier": PERSON_ID,
    "Recipient Ind:Name": NAME,
    "To Individuals Details:Primary Grant Reason": "GTIR010",
}
ORGANISATION = dict.fromkeys(ROW, "") | HEADINGS
SECRETS = ("Testname", "Personname", "synthetic-ind-7", "SY23", "Home of", "GTIR010")


def moved(row, at=0, by=1):
    """Return a row whose cells slid to the right from a column on, as empty cells too many make them."""
    cells = list(row.values())
    return dict(zip(row, [*cells[:at], *[""] * by, *cells[at:]], strict=False))


FAULTS = {
    "none": ROW,
    "bad amount": ROW | {"Amount Awarded": "one thousand"},
    "name as amount": ROW | {"Amount Awarded": NAME},
    "implausible amount": ROW | {"Amount Awarded": "1e13"},
    "bad date": ROW | {"Award Date": "17 March"},
    "name as date": ROW | {"Award Date": NAME},
    "early date": ROW | {"Award Date": "0219-01-01"},
    "bad currency": ROW | {"Currency": NAME},
    "bad plan": ROW | {"Planned Dates:End Date": NAME},
    "no identifier": ROW | {"Identifier": ""},
    "name as identifier": ROW | {"Identifier": NAME, "Currency": ""},
    "no funder": ROW | {"Funding Org:Identifier": ""},
    "slid to the right": moved(ROW),
    "slid after the identifier": moved(ROW, 1, 2),
    "slid to the left": dict(zip(ROW, [*list(ROW.values())[1:], ""], strict=False)),
}
HEADS = {name: None for row in FAULTS.values() for name in row}


def written(row):
    return {name: row.get(name, "") for name in HEADS}


def as_grant(row):
    person = {"id": row["Recipient Ind:Identifier"], "name": row["Recipient Ind:Name"]}
    return GRANT | {
        "id": row["Identifier"],
        "title": row["Title"],
        "description": row["Description"],
        "currency": row["Currency"],
        "amountAwarded": row["Amount Awarded"],
        "awardDate": row["Award Date"],
        "plannedDates": [{"endDate": row.get("Planned Dates:End Date", "")}],
        "fundingOrganization": [{"id": row["Funding Org:Identifier"]}],
        "recipientOrganization": [
            {
                "id": row["Recipient Org:Identifier"],
                "name": row["Recipient Org:Name"],
                "location": {"name": f"Home of {NAME}"},
            }
        ],
        "beneficiaryLocation": [
            {"name": row["Beneficiary Location:Name"], "postalCode": row["Beneficiary Location:Postal Code"]}
        ],
        "recipientIndividual": person,
    }


def as_csv(*rows):
    return table(*map(written, rows))


def as_workbook(*rows):
    return workbook(grants=[list(HEADS), *(list(written(row).values()) for row in rows)])


def as_json(*rows):
    return json.dumps({"grants": [as_grant(row) if row is not ORGANISATION else GRANT for row in rows]}).encode()


def everything(content):
    """Return as text all that parsing a file makes: tables, quarantine and notes, or the refusal."""
    try:
        read = parse_awards(content)
    except RefusedFile as refusal:
        return str(refusal)
    return "\n".join(
        f"{intake.kept.write_json()} {intake.quarantined.write_json()} {intake.notes}" for intake in read.values()
    )


@pytest.mark.parametrize("write", [as_csv, as_workbook, as_json])
@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_of_a_row_publishes_the_person(fault, write):
    for rows in ([FAULTS[fault]], [ORGANISATION, FAULTS[fault], ROW | {"Identifier": "another-8"}]):
        text = everything(write(*rows))
        assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize("encode", ["utf-8", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace("Amount Awarded", "Amount"),
        lambda text: text.replace("Identifier", "Reference"),
        lambda text: text.split("\r\n", 1)[1],
        lambda text: text + ',"more"',
        lambda text: text + '\r\n"never closed',
        lambda text: text.replace('"Testname', '"a" Testname'),
        lambda text: f"{NAME}\r\n" + text,
        lambda text: text.replace("2020-03-17", "03/17/2020", 1).replace("2020-03-17", "04/05/2020"),
        lambda text: "\r\n".join([text, *[line.replace(",", ",,", 3) for line in text.split("\r\n")[1:]]]),
        lambda text: text.replace("Grant to", "Grânt to \u0081"),
    ],
)
def test_no_fault_of_a_table_publishes_the_person(damage, encode):
    content = damage(as_csv(ORGANISATION, ROW).decode()).encode(encode, "replace")
    text = everything(content)
    assert not [secret for secret in SECRETS if secret in text], text


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        lambda text: text.replace('"grants"', f'"{NAME}"'),
        lambda text: text.replace('{"grants": [', f'{{"grants": ["{NAME}", '),
        lambda text: text.replace('{"grants": [', f'{{"grants": [["{NAME}"], '),
        lambda text: text.replace('"awardDate"', '"date"'),
        lambda text: text.replace(f'"{NAME}"', NAME),
        lambda text: text.replace(f'"{NAME}"', f'["{NAME}"]'),
        lambda text: text.replace(f'"{NAME}"', f'{{"first": "{NAME}"}}'),
    ],
)
def test_no_fault_of_a_document_publishes_the_person(damage):
    text = everything(damage(as_json(ORGANISATION, ROW).decode()).encode())
    assert not [secret for secret in SECRETS if secret in text], text


@needs_real_files
def test_a_quarantined_award_to_an_individual_keeps_only_what_cannot_name_a_person():
    intake = awards_of((HARD / "c3_individual_bad_amount.json").read_bytes())
    assert intake.quarantined.rows() == [
        (
            1,
            "amount is not a number",
            json.dumps({"award_date": "2025-04-01", "award_id": "360G-c3-1"}),
        )
    ]


@pytest.mark.parametrize("write", [as_csv, as_workbook, as_json])
def test_an_award_to_an_individual_has_neither_title_nor_recipient(write):
    content = write(ROW)
    row = awards_of(content).kept.row(0, named=True)
    assert row["is_to_individual"]
    assert row["recipients_n"] == 0
    names = ("title", "recipient_id", "recipient_name", "recipient_postcode", "further_recipients")
    assert [row[name] for name in names] == [None] * len(names)
    assert places_of(content).kept.select("role", "location_name", "postcode").rows() == [
        ("beneficiary", "Cardiff", None)
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"recipientIndividual": {"id": PERSON_ID}},
        {"recipientIndividual": {"name": NAME}},
        {"recipientIndividual": [{"name": NAME}]},
        {"recipientIndividual": {"forename": NAME}},
        {"toIndividualsDetails": {"primaryGrantReason": "GTIR010"}},
        {"toIndividualsDetails": {"grantPurpose": ["GTIP040"]}},
    ],
)
def test_whatever_is_said_of_an_individual_makes_it_an_award_to_one(change):
    kept = awards_of(json.dumps({"grants": [GRANT | change]}).encode()).kept
    assert kept.select("is_to_individual", "recipient_id", "title").rows() == [(True, None, None)]


@pytest.mark.parametrize(
    "heading",
    ["Recipient Ind:0:Name", "Recipient Ind:Email", "recipientIndividual/id", "To Individuals Details:Grant Purpose"],
)
def test_any_column_of_an_individual_makes_it_an_award_to_one(heading):
    kept = awards_of(table(HEADINGS | {heading: "x"})).kept
    assert kept.select("is_to_individual", "recipient_id", "title").rows() == [(True, None, None)]


def test_empty_fields_of_an_individual_do_not():
    document = {"recipientIndividual": {"name": " "}, "toIndividualsDetails": {"grantPurpose": []}}
    assert awards_of(json.dumps({"grants": [GRANT | document]}).encode()).kept["is_to_individual"].to_list() == [False]


def test_the_digest_does_not_depend_on_the_person():
    other = {name: text.replace(NAME, "Another Person").replace(PERSON_ID, "360G-i-8") for name, text in ROW.items()}
    one, two = (awards_of(as_csv(row)).kept["row_sha256"].item() for row in (ROW, other))
    assert one == two


@pytest.mark.parametrize("write", [as_csv, as_json])
def test_an_award_to_one_person_in_two_places_is_one(write):
    names = ("Beneficiary Location:Name", "Beneficiary Location:Geographic Code")
    other = ROW | dict(zip(names, ("Leeds", "E08000035"), strict=True)) | {"Title": f"Grant  to {NAME} "}
    content = write(ROW, other)
    intake = awards_of(content)
    assert (intake.kept.height, intake.rows_merged) == (1, 1)
    assert places_of(content).kept["location_name"].to_list() == ["Cardiff", "Leeds"]


def test_awards_to_two_people_are_two_awards_and_a_repeated_row_is_one():
    other = {name: text.replace(NAME, "Another Person").replace(PERSON_ID, "360G-i-8") for name, text in ROW.items()}
    for write in (as_csv, as_json):
        kept = awards_of(write(ROW, other, ROW)).kept
        first, second, third = kept["row_sha256"].to_list()
        assert first == third != second

"""GrantNav has changed the headings of its CSV downloads at least three times; each generation gives the same award.

The headings are GrantNav's own, the line below them is made up.
"""

import csv
import io

import pytest

from tests.support.award_files import HEADINGS, awards_of, grants, places_of

CODED = ("Geographic Code Type", "Geographic Code", "Name")
START = [
    "Identifier", "Title", "Description", "Currency", "Amount Applied For", "Amount Awarded", "Amount Disbursed",
    "Award Date", "URL", "Planned Dates:Start Date", "Planned Dates:End Date", "Planned Dates:Duration (months)",
    "Actual Dates:Start Date", "Actual Dates:End Date", "Actual Dates:Duration (months)", "Recipient Org:Identifier",
    "Recipient Org:Name", "Recipient Org:Charity Number", "Recipient Org:Company Number", "Recipient Org:Postal Code",
    *(f"Recipient Org:Location:{n}:{name}" for n in range(3) for name in CODED),
]  # fmt: skip
INDIVIDUAL = [f"Recipient Individual Details:{name}" for name in ("Primary Grant Reason", "Grant Purpose")]
FUNDER = ["Funding Org:Identifier", "Funding Org:Name", "Funding Org:Postal Code"]
PROGRAMME = [f"Grant Programme:{name}" for name in ("Code", "Title", "URL")]
PLACES = [
    *(
        f"Beneficiary Location:{n}:{name}"
        for n in range(8)
        for name in ("Name", "Country Code", "Geographic Code", "Geographic Code Type")
    ),
    "From An Open Call?",
]
GENERATIONS = {
    "to 2020": [
        *START, *FUNDER, *PROGRAMME, "Funding Type:Title", *PLACES,
        "The following fields are not in the 360 Giving Standard and are added by GrantNav.", "Data Source",
        "Publisher:Name", "Recipient Region", "Recipient District", "Recipient District Geographic Code",
        "Recipient Ward", "Recipient Ward Geographic Code", "Retrieved for use in GrantNav", "Funding Org: Org Type",
        "Funding Org: Canonical Org ID", "Funding Org: Canonical Name", "Recipient Org: Org Type",
        "Recipient Org: Registered Postcode", "Recipient Org: Canonical Name", "License (see note)",
        "Note, this file also contains OS data © Crown copyright and database right 2016",
    ],
    "to 2024": [
        *START, "Recipient Individual Id", *INDIVIDUAL, *FUNDER, *PROGRAMME, "Regrant Type", "Funding Type Title",
        *PLACES, "Data Source", "Publisher:Name", "Best Available Recipient Region (additional data)",
        "Best Available Recipient District (additional data)",
        "Best Available Recipient District Geographic Code (additional data)", "Recipient District (additional data)",
        "Recipient District Geographic code (additional data)", "Beneficiary District (additional data)",
        "Beneficiary District Geographic code (additional data)", "Type of Recipient",
        "Recipient Org: Org Type (additional data)", "Recipient Org: Registered Postcode (additional data)",
        "#comment License (see note)", "#comment See http://grantnav.threesixtygiving.org/datasets/",
    ],
    "since": [
        *START, "Recipient Individual Id", "Recipient Individual Name", *INDIVIDUAL, *FUNDER, *PROGRAMME, "Grant Type",
        "Regrant Type", "Funding Type Title", *PLACES, "Data Source", "Publisher Name",
        *(f"{name} (additional data)" for name in ("recipientDistrictName", "GNBestCountyName", "postalCode")),
        "license (additional data)", "license (additional data)", "Date Modified", "License",
        "Note See http://grantnav.threesixtygiving.org/datasets/ for further license information.",
    ],
}  # fmt: skip

PLACES_OF = [{"name": "Cardiff", "geoCode": "W06000015", "geoCodeType": "UA"}, {"name": "Newport"}]
GROUP = {"id": "GB-CHC-2", "name": "Made-up group", "postalCode": "CF10 1EP", "location": [{"geoCode": "W06000015"}]}
MORE = {
    "plannedDates": [{"startDate": "2024-04-01", "duration": 12}],
    "recipientOrganization": [GROUP],
    "grantProgramme": [{"title": "Made-up programme"}],
    "beneficiaryLocation": PLACES_OF,
    "fromOpenCall": "Yes",
}
LINE = {
    **{heading: text for heading, text in HEADINGS.items() if not heading.startswith("Beneficiary")},
    "Planned Dates:Start Date": "2024-04-01",
    "Planned Dates:Duration (months)": "12",
    "Recipient Org:Location:0:Geographic Code": "W06000015",
    "Grant Programme:Title": "Made-up programme",
    "Beneficiary Location:0:Name": "Cardiff",
    "Beneficiary Location:0:Geographic Code": "W06000015",
    "Beneficiary Location:0:Geographic Code Type": "UA",
    "Beneficiary Location:1:Name": "Newport",
    "From An Open Call?": "Yes",
}
TO_AN_INDIVIDUAL = {"Recipient Org:Identifier": "", "Recipient Org:Name": "", "Recipient Individual Id": "360G-i-1"}


def download(headings, line):
    """Return a CSV download of GrantNav; what it adds itself is filled with what must not be taken for the award's."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headings)
    known = {*START, *FUNDER, *PROGRAMME, *PLACES, *INDIVIDUAL, "Recipient Individual Id", "Recipient Individual Name"}
    known |= {"Regrant Type", "Funding Type Title", "Funding Type:Title"}
    writer.writerow([line.get(heading, "" if heading in known else "added by GrantNav") for heading in headings])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


@pytest.mark.parametrize("headings", GENERATIONS.values(), ids=GENERATIONS.keys())
def test_each_generation_of_headings_gives_the_award_that_json_gives(headings):
    content, document = download(headings, LINE), grants(MORE)
    assert LINE.keys() <= set(headings)
    (read, expected) = (awards_of(item) for item in (content, document))
    assert read.quarantined.is_empty()
    assert read.kept.drop("source_row").equals(expected.kept.drop("source_row"))
    (places, wanted) = (places_of(item).kept.drop("source_row") for item in (content, document))
    assert places.equals(wanted)


@pytest.mark.parametrize("generation", ["to 2024", "since"])
def test_an_award_to_an_individual_is_told(generation):
    kept = awards_of(download(GENERATIONS[generation], LINE | TO_AN_INDIVIDUAL)).kept
    assert kept.select("is_to_individual", "recipient_id").rows() == [(True, None)]


def test_a_name_alone_tells_an_individual():
    line = (
        LINE | TO_AN_INDIVIDUAL | {"Recipient Individual Id": "", "Recipient Individual Name": "Individual Recipient"}
    )
    assert awards_of(download(GENERATIONS["since"], line)).kept["is_to_individual"].to_list() == [True]

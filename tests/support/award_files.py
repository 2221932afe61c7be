"""Synthetic award files, and what the parser reads in them, table by table."""

import io
import json
from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

import xlsxwriter

from assets.ingest.validation import Intake
from assets.sources.threesixtygiving.awards import AWARD, AWARD_LOCATION, parse_awards

# Synthetic, after the standard's own shape.
GRANT: dict[str, Any] = {
    "id": "360G-made-up-1",
    "title": "Made-up award",
    "currency": "GBP",
    "amountAwarded": 1000,
    "awardDate": "2020-03-17",
    "fundingOrganization": [{"id": "GB-CHC-1", "name": "Made-up funder"}],
    "recipientOrganization": [{"id": "GB-CHC-2", "name": "Made-up group", "postalCode": "CF10 1EP"}],
    "beneficiaryLocation": [{"name": "Cardiff", "geoCode": "W06000015", "geoCodeType": "UA", "countryCode": "GB"}],
}
HEADINGS: dict[str, str] = {
    "Identifier": "360G-made-up-1",
    "Title": "Made-up award",
    "Currency": "GBP",
    "Amount Awarded": "1000",
    "Award Date": "2020-03-17",
    "Funding Org:Identifier": "GB-CHC-1",
    "Funding Org:Name": "Made-up funder",
    "Recipient Org:Identifier": "GB-CHC-2",
    "Recipient Org:Name": "Made-up group",
    "Recipient Org:Postal Code": "CF10 1EP",
    "Beneficiary Location:Name": "Cardiff",
    "Beneficiary Location:Geographic Code": "W06000015",
    "Beneficiary Location:Geographic Code Type": "UA",
    "Beneficiary Location:Country Code": "GB",
}


def grant(number: int, **changes: Any) -> dict[str, Any]:
    """Return a copy of `GRANT` with an identifier, title and amount of its own, and some changes."""
    own = {"id": f"360G-made-up-{number}", "title": f"Made-up award {number}", "amountAwarded": 1000 + number}
    return deepcopy(GRANT | own | changes)


def grants(*changes: Mapping[str, Any]) -> bytes:
    """Return a JSON file of `GRANT` with each of some changes."""
    return json.dumps({"grants": [GRANT | change for change in changes]}).encode()


def table(*rows: Mapping[str, str], encoding: str = "utf-8") -> bytes:
    """Return a CSV file of rows by heading; the first row gives the headings."""
    names = list(rows[0])
    lines = [names, *[[row[name] for name in names] for row in rows]]
    text = "\r\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) for line in lines)
    return text.encode(encoding)


def workbook(**sheets: Sequence[Sequence[Any]]) -> bytes:
    """Return an XLSX workbook of sheets as rows, by name."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return buffer.getvalue()


def awards_of(content: bytes) -> Intake:
    """Return the awards of a file."""
    return parse_awards(content)[AWARD]


def places_of(content: bytes) -> Intake:
    """Return the places that the awards of a file name."""
    return parse_awards(content)[AWARD_LOCATION]

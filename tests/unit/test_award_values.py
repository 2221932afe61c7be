"""The text, dates and amounts of award files: how they are read, what is implausible, and what the user is told."""

import json

import polars as pl
import pytest

from tests.support.award_files import GRANT, HEADINGS, awards_of, grants, places_of, table
from tests.support.sample_files import HARD, needs_real_files
from warehouse.errors import RefusedFile

# Encodings.


@needs_real_files
def test_one_byte_of_another_encoding_changes_no_other_letter():
    content = (HARD / "b4_mixed_one_cp1252_byte.csv").read_bytes()
    assert places_of(content).kept["location_name"].to_list() == ["Ynys Môn", "Gwynedd", "Manchester"]
    names = awards_of(content).kept["recipient_name"].to_list()
    assert names == ["Clwb y Môr", "Cymdeithas Tŷ Gŵydd", "Café"]
    assert awards_of(content).notes == (
        "The file is in UTF-8 except for 1 byte, which is read as Windows-1252; save it as UTF-8.",
    )


def test_a_document_with_a_byte_of_another_encoding_is_read():
    document = json.dumps({"grants": [GRANT | {"title": "Tŷ Môn"}]}, ensure_ascii=False).encode()
    intake = awards_of(document.replace("ô".encode(), b"\xf4"))
    assert intake.kept["title"].to_list() == ["Tŷ Môn"]
    assert intake.notes


def test_a_file_of_the_windows_code_page_is_told():
    intake = awards_of(table(HEADINGS | {"Recipient Org:Name": "Cwmni Môn – £"}, encoding="cp1252"))
    assert intake.kept["recipient_name"].to_list() == ["Cwmni Môn – £"]
    assert intake.notes == ("The file is in Windows-1252 and is read as such; save it as UTF-8.",)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("write", [lambda: table(HEADINGS).decode(), lambda: grants({}).decode()])
def test_wide_encodings_are_named_in_the_refusal(encoding, write):
    with pytest.raises(RefusedFile, match=f"got {encoding[:6].upper()} text; save the file as UTF-8"):
        awards_of(write().encode(encoding))


def test_half_a_character_in_a_document_is_replaced():
    kept = awards_of(grants({}).replace(b"Made-up award", rb"Made-up \ud83d award")).kept
    assert kept["title"].to_list() == ["Made-up \ufffd award"]


# Dates.


@needs_real_files
def test_a_file_that_proves_month_first_is_refused_with_the_rows_that_prove_it():
    with pytest.raises(
        RefusedFile, match=r"month first in rows 2, 4, 6, such as 04/13/2025, so that 04/05/2025 in row 3"
    ):
        awards_of((HARD / "h1_month_first.csv").read_bytes())


def dated(*dates):
    return grants(*({"id": f"a-{number}"} | date for number, date in enumerate(dates)))


@pytest.mark.parametrize(
    "proof",
    [
        {"awardDate": "04/13/2025"},
        {"plannedDates": [{"startDate": "04/13/2025"}]},
        {"plannedDates": [{}, {"endDate": " 4/13/2025 "}]},
        {"actualDates": [{"endDate": "04/13/2025"}]},
        {"dateModified": "04/13/2025 10:00"},
    ],
)
def test_every_date_of_a_file_is_evidence_of_its_order(proof):
    with pytest.raises(RefusedFile, match="month first in rows 2"):
        awards_of(dated({"awardDate": "04/05/2025"}, proof))


def test_a_file_of_both_orders_is_refused():
    with pytest.raises(RefusedFile, match="month first in rows 3"):
        awards_of(dated({"awardDate": "13/04/2025"}, {"awardDate": "04/05/2025"}, {"awardDate": "04/13/2025"}))


def test_a_date_that_is_none_stops_no_date_that_can_be_read_in_one_way_alone():
    content = dated({"awardDate": "13/04/2025"}, {"awardDate": "05/05/2025"}, {"awardDate": "04/13/2025"}, {})
    intake = awards_of(content)
    assert intake.kept["award_date"].cast(pl.String).to_list() == ["2025-04-13", "2025-05-05", "2020-03-17"]
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, "award_date is not a date in a known shape")]


def test_without_proof_the_day_comes_first():
    intake = awards_of(dated({"awardDate": "04/05/2025"}, {"awardDate": "2025-12-31"}))
    assert intake.kept["award_date"].cast(pl.String).to_list() == ["2025-05-04", "2025-12-31"]
    assert intake.notes == ("1 date is printed with slashes; read with the day first.",)


# Amounts and plans.


@pytest.mark.parametrize("text", ["25%", "25 %", "0.25%", "£", "£25k", "(250)", "--5", "inf", "nan", "1_000", "٥"])
def test_what_is_not_an_amount_is_quarantined(text):
    intake = awards_of(grants({"amountAwarded": text}, {"id": "b"}))
    assert intake.quarantined["rule"].to_list() == ["amount is not a number"]


@pytest.mark.parametrize(
    ("amount", "currency", "is_kept"),
    [
        (10_000_000_000, "GBP", True),
        (10_000_000_001, "GBP", False),
        (-10_000_000_001, "gbp", False),
        (1_000_000_000_000, "GBP", False),
        (1_000_000_000_000, "JPY", True),
        (1_000_000_000_000_001, "IRR", False),
    ],
)
def test_an_amount_that_no_award_has_is_quarantined(amount, currency, is_kept):
    intake = awards_of(grants({"amountAwarded": amount, "currency": currency}, {"id": "b"}))
    assert (intake.kept.height == 2) is is_kept
    assert intake.quarantined["rule"].to_list() == ([] if is_kept else ["amount_is_plausible"])


@pytest.mark.parametrize(
    ("plan", "rule"),
    [
        ({"duration": 1200}, None),
        ({"duration": 1201}, "planned_months max"),
        ({"startDate": "2020-01-01", "endDate": "2119-12-31"}, None),
        ({"startDate": "2024-01-01", "endDate": "2124-06-30"}, "plan_is_of_a_century_at_most"),
        ({"endDate": "9999-12-31"}, "planned_end_date max"),
        ({"startDate": "0202-01-01"}, "planned_start_date min"),
        ({"startDate": "2202-01-01"}, "planned_start_date max"),
    ],
)
def test_a_plan_beyond_reason_is_quarantined(plan, rule):
    intake = awards_of(grants({"plannedDates": [plan]}, {"id": "b"}))
    assert intake.quarantined["rule"].to_list() == ([rule] if rule else [])


def test_a_plan_that_ends_before_it_starts_is_kept_and_told():
    intake = awards_of(grants({"plannedDates": [{"startDate": "2021-01-01", "endDate": "2020-01-01"}]}))
    assert intake.kept.height == 1
    assert intake.notes == ("1 award is planned to end before the start; no duration is read from these dates.",)


# What the standard does not allow and is read.


def test_what_is_read_though_it_is_not_allowed_is_counted():
    content = grants(
        {"amountAwarded": "£2,000", "awardDate": "17/03/2024"},
        {"id": "b ", "amountAwarded": "2,000", "awardDate": "18/03/2024 00:00"},
        {"id": "c", "fundingOrganization": [{"id": " GB-CHC-1"}], "recipientOrganization": [{"id": "GB-CHC-2\t"}]},
    )
    assert awards_of(content).notes == (
        "3 identifiers are printed with blanks around; read without them.",
        "2 dates are printed with slashes; read with the day first.",
        "2 amounts are printed with a pound sign or thousands commas; read as a number.",
    )


def test_a_file_in_the_standard_has_no_notes():
    for content in (grants({}), table(HEADINGS)):
        assert not [*awards_of(content).notes, *places_of(content).notes]

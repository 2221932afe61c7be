"""The mart of the practice library: both collections, each practice once, with who says whether it goes on.

All records are synthetic.
"""

from datetime import date

import pytest

from tests.support.sql_harness import AS_OF, Bench

BENCH = Bench()
STUDY, SCAN = "shifting_the_balance", "national_scan_2026"
HERE, COUNTY = "E06999901", "E10999999"


def study(practice_id, **more):
    return {
        "practice_id": practice_id,
        "collection": STUDY,
        "is_counted": True,
        "locality_code": HERE,
        "primary_type": "A1",
        "evidence_grade": "E2",
        "line_start": 1,
        "line_end": 2,
    } | more


def scan(practice_id, **more):
    return {
        "practice_id": practice_id,
        "collection": SCAN,
        "is_counted": True,
        "locality_code": HERE,
        "primary_type": "I2",
        "mechanism": "food",
        "evidence_grade": "E1",
        "status": "active",
        "status_date_as_stated": "2022-09",
        "publisher": "The Gazette",
        "source_title": "A page",
        "source_url": "https://example.org/page",
        "source_date": "2022-10",
    } | more


def followed(practice_id, **more):
    return {
        "practice_id": practice_id,
        "locality_code": HERE,
        "outcome": "unknown",
        "last_status": "active",
        "last_status_date": date(2021, 1, 1),
        "is_completion": False,
        "is_last_status_of_report": True,
    } | more


def library(*practices, **tables):
    """Make the mart of some practices; a practice of the study has a follow-up and a class of urgency."""
    BENCH.reset()
    BENCH.put("core.dim_practice_code", codes())
    BENCH.put("core.fct_practice", practices)
    of_study = [row["practice_id"] for row in practices if row["collection"] == STUDY]
    BENCH.put("metrics.practice_followup", tables.pop("followup", [followed(name) for name in of_study]))
    BENCH.put("metrics.practice_attention", [{"practice_id": name, "named_risks": ["fatigue"]} for name in of_study])
    for name in (
        "bridge_practice_partner",
        "fct_practice_scan_partner",
        "fct_practice_quantity",
        "bridge_practice_same",
    ):
        BENCH.put(f"core.{name}", tables.pop(name, []))
    assert not tables
    return {row["practice_id"]: row for row in BENCH.make("marts.practice_library")}


def codes():
    from assets.tables.catalogue_tables import practice_codes

    return practice_codes(None).to_dicts()


def test_every_practice_is_there_once_with_its_codes_as_text():
    rows = library(study("s"), scan("w", is_counted=False, is_shift="doubtful"))
    assert {name: (row["collection"], row["is_counted"]) for name, row in rows.items()} == {
        "s": (STUDY, True),
        "w": (SCAN, False),
    }
    assert (rows["w"]["mechanism_name"], rows["w"]["mechanism_name_cy"]) == ("Food", "Bwyd")
    assert rows["w"]["type_name"] == "New forms of organisation"
    assert rows["w"]["evidence_name"] == "described, with who did what"
    assert rows["s"]["mechanism_name"] is None
    assert rows["s"]["named_risks"] == ["fatigue"]
    assert rows["w"]["named_risks"] == []


def test_the_follow_up_says_whether_a_practice_of_the_study_goes_on():
    page = {"last_status_title": "News of 2025", "last_status_url": "https://example.org/news"}
    rows = library(
        study("checked"),
        study("built"),
        study("unchecked"),
        followup=[
            followed("checked", last_status="ended", last_status_date=AS_OF, **page),
            followed("built", is_completion=True, **page),
            followed("unchecked"),
        ],
    )
    said = ("status", "status_date", "status_by", "status_url", "status_age_days")
    assert [rows["checked"][name] for name in said] == ["ended", AS_OF, *page.values(), 0]
    assert rows["built"]["status"] == "completed"
    assert (rows["unchecked"]["status_by"], rows["unchecked"]["status_url"]) == ("Shifting the Balance", None)


@pytest.mark.parametrize(
    ("stated", "day"),
    [
        ("2022-09-29", date(2022, 9, 29)),
        ("2022-09", date(2022, 9, 1)),
        ("2022 (inferred)", date(2022, 1, 1)),
        ("2021 or 2022", None),
        ("2025-03 (planned end)", None),
        ("2025-26", None),
        ("unknown", None),
        (None, None),
    ],
)
def test_the_source_says_whether_a_practice_of_the_scan_goes_on_and_a_vague_date_is_none(stated, day):
    row = library(scan("w", status_date_as_stated=stated))["w"]
    assert (row["status"], row["status_by"], row["status_url"]) == ("active", "The Gazette", "https://example.org/page")
    assert (row["status_date"], row["status_date_as_stated"]) == (day, stated)
    assert row["status_age_days"] == (None if day is None else (AS_OF - day).days)
    assert row["outcome"] is None


def test_partners_figures_and_the_same_practice_are_in_the_order_of_the_record():
    rows = library(
        study("s"),
        scan("w", quantities_as_stated="3 hubs (about)"),
        scan("alone"),
        bridge_practice_partner=[
            {"practice_id": "s", "partner_number": number, "partner_name": name}
            for number, name in ((2, "A"), (1, "B"))
        ],
        fct_practice_scan_partner=[{"practice_id": "w", "partner_number": 1, "partner_name": "Church"}],
        fct_practice_quantity=[
            {"practice_id": "s", "quantity_number": 2, "value": 2.5, "unit": "years", "quantity_of": "length"},
            {"practice_id": "s", "quantity_number": 1, "value": 24000000.0, "unit": "gbp", "quantity_of": "fund"},
        ],
        bridge_practice_same=[{"study_practice_id": "s", "scan_practice_id": "w"}],
    )
    assert (rows["s"]["partners"], rows["w"]["partners"], rows["alone"]["partners"]) == (["B", "A"], ["Church"], [])
    assert rows["s"]["quantities_as_stated"] == "24000000 gbp (fund); 2.5 years (length)"
    assert (rows["w"]["quantities_as_stated"], rows["alone"]["quantities_as_stated"]) == ("3 hubs (about)", None)
    same = {name: row["same_practice_ids"] for name, row in rows.items()}
    assert same == {"s": ["w"], "w": ["s"], "alone": []}


def test_a_record_of_a_county_keeps_its_nation_without_a_locality():
    row = library(study("s", locality_code=COUNTY, geo_precision="upper_tier"))["s"]
    assert (row["nation"], row["locality_name"], row["region_name"]) == ("England", None, None)

"""The page of the practice library: what it can be filtered by, and dates as sources state them. All is synthetic."""

import duckdb
import pytest

from warehouse.i18n import text
from warehouse.report import library
from warehouse.report.data import SCAN, STUDY, EditionData

ROW = {
    "practice_id": "E06999901-w01",
    "collection": SCAN,
    "is_counted": True,
    "locality_code": "E06999901",
    "locality_name": "Synham",
    "locality_name_cy": None,
    "place": "Synham",
    "nation": "England",
    "region_name": "North West",
    "region_name_cy": "Gogledd-orllewin Lloegr",
    "mechanism": "food",
    "primary_type": "A1",
    "side": "joint",
    "status": "active",
    "status_date": None,
    "status_date_as_stated": None,
    "started_as_stated": None,
    "source_date": None,
    "began": "unknown",
    "evidence_grade": "E1",
    "source_id": "practice_scan",
}
COUNTY = {
    "practice_id": "county",
    "collection": STUDY,
    "locality_code": "E10999999",
    "locality_name": None,
    "place": "Synshire",
    "region_name": None,
    "region_name_cy": None,
    "mechanism": None,
    "began": None,
    "status": "unknown",
}


def built(*rows, language="en"):
    facts = EditionData(duckdb.connect())
    vars(facts)["library"] = list(rows)
    made = library.build(facts, text(language))
    return made, {chosen["name"]: dict(chosen["options"]) for chosen in made["filters"]}


def test_a_record_has_one_code_for_each_filter_and_every_code_is_an_option():
    rows = (ROW, ROW | COUNTY, ROW | {"nation": "Northern Ireland", "region_name": None, "is_counted": False})
    made, options = built(*rows)
    assert tuple(options) == library.FILTERS
    for record in made["records"]:
        codes = dict(zip(library.FILTERS, record["codes"], strict=True))
        # Only England has regions; a record without one is in no region.
        assert [name for name, code in codes.items() if code not in options[name]] in ([], ["region"])
        assert all(" " not in code for code in codes.values())
    assert options["nation"] == {"england": "England", "northern-ireland": "Northern Ireland"}
    assert options["locality"] == {"E06999901": "Synham", "E10999999": "Synshire"}
    assert options["mechanism"] == {"food": "Food", "none": "Not coded in this collection"}
    assert options["by_doubt"] == {"counted": "counted", "doubtful": "doubtful"}


def test_a_code_that_no_record_has_is_not_an_option_and_types_keep_the_order_of_the_codebook():
    _, options = built(ROW | {"primary_type": "C1"}, ROW | {"primary_type": "I3"}, ROW)
    assert [*options["type"]] == ["A1", "C1", "I3"]
    assert [*options["side"]] == ["joint"]


def test_the_codes_are_the_same_in_both_languages_and_the_names_are_not():
    (english, options), (welsh, in_welsh) = built(ROW), built(ROW, language="cy")
    assert [row["codes"] for row in english["records"]] == [row["codes"] for row in welsh["records"]]
    assert options["region"] == {"north-west": "North West"}
    assert in_welsh["region"] == {"north-west": "Gogledd-orllewin Lloegr"}


@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("2022-09-29", "29 September 2022"),
        ("2022-09", "September 2022"),
        ("2022", "2022"),
        ("2022-09 (inferred)", "September 2022, inferred"),
        ("2025-26", "stated as: 2025-26"),
        ("2021 or 2022", "stated as: 2021 or 2022"),
        ("unknown (about 2022)", "stated as: unknown (about 2022)"),
        ("unknown", None),
        ("unknown (page undated)", None),
        (None, None),
    ],
)
def test_a_date_is_shown_as_its_source_states_it(stated, shown):
    assert library.stated_date(text("en"), stated) == shown

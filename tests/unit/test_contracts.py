"""The contract of a staging table is its entry in the catalogue: each thing that the entry says of a row is kept."""

import datetime as dt

import polars as pl
import pytest

from assets.ingest.contracts import contract
from assets.ingest.validation import admit
from warehouse.catalogue import Rule, patterns, tables

ALIAS, LINK, AWARD = (
    f"staging.{name}" for name in ("reference__locality_alias", "reference__practice_link", "threesixtygiving__award")
)


@pytest.mark.parametrize(
    ("table", "name", "good", "bad"),
    [
        (ALIAS, "locality_code", "W06000015", "W07000015"),  # a pattern by its name, which all tables share
        ("staging.reference__scan_reading", "is_shift", "yes", "y"),  # of an axis of the codebook
        ("staging.nomis__population", "area_code", "W06000015", "W06"),  # written in the entry
        (LINK, "confidence", "high", "higher"),  # values
        ("staging.ons__locality", "list_year", 2025, 2100),  # limits
        (AWARD, "award_date", dt.date(1900, 1, 1), dt.date(1899, 12, 31)),
        ("staging.simd2020__small_area", "overall_decile", 10, 11),  # limits of the unit
        ("staging.simd2020__small_area", "population_persons", 0, -1),
        (AWARD, "is_to_individual", True, None),  # nothing missing
    ],
)
def test_what_the_catalogue_says_of_a_column_is_kept(table, name, good, bad):
    entry = tables()[table]
    columns = tuple(column for column in entry.columns if column.name in (name, "source_row"))
    made = contract(entry.model_copy(update={"columns": columns, "key": ("source_row",), "rules": ()}))
    kept, failure = made.filter(pl.DataFrame({"source_row": [1, 2], name: [good, bad]}), cast=True)
    assert made.column_names() == ["source_row", name]
    assert (kept[name].to_list(), failure.invalid()[name].to_list()) == ([good], [bad])


def test_a_key_stands_once_in_a_file_and_a_rule_that_is_null_is_kept():
    entry = tables()["staging.reference__population"]
    rule = Rule(name="growing", says="Synthetic.", holds="population_persons < case when source_row < 5 then 9 end")
    day = dt.date(2024, 6, 30)
    rows = {
        "source_row": [1, 2, 3, 4, 5],
        "locality_code": [f"E0600000{number}" for number in (1, 1, 2, 3, 4)],
        "population_persons": [1, 1, 10, 8, 10],
        "period_end": [day] * 5,
        "publication": ["Synthetic"] * 5,
    }
    kept, failure = contract(entry.model_copy(update={"rules": (rule,)})).filter(pl.DataFrame(rows), cast=True)
    assert kept["source_row"].to_list() == [4, 5]
    assert failure.counts() == {"growing": 1, "primary_key": 2}


def test_a_rule_names_patterns():
    (rule,) = tables()["staging.reference__scan_adjudication"].rules
    assert f"'{patterns()['codebook.direction']}'" in rule.holds


def test_the_rules_of_a_parser_are_kept_in_the_same_pass():
    rules = {"is_no_alias_of_itself": pl.col("alias") != "Cardiff"}
    aliases = ["Cardiff", "Caerdydd"]
    rows = pl.DataFrame({"source_row": [1, 2], "alias": aliases, "locality_code": "W06", "seen_in": "x"})
    broken = admit(rows, ALIAS, rows_in=2, rules=rules).quarantined["rule"]
    assert broken.to_list() == ["is_no_alias_of_itself; locality_code regex", "locality_code regex"]


def test_a_description_is_no_part_of_a_contract_and_a_rule_is():
    table = tables()[AWARD]
    first, *rest = table.rules
    said = first.model_copy(update={"says": "Other."})
    assert table.model_copy(update={"description": "Other.", "rules": (said, *rest)}).contract == table.contract
    assert table.model_copy(update={"rules": tuple(rest)}).contract != table.contract

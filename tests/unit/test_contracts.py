"""The contract of a staging table is its entry in the catalogue: each thing that the entry says of a row is kept."""

import datetime as dt

import polars as pl
import pytest

from assets.ingest.contracts import contract
from assets.ingest.rule_text import in_words
from assets.ingest.validation import admit
from warehouse.catalogue import Rule, Table, patterns, sources, tables

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


@pytest.mark.parametrize("index", ["iod2025", "wimd2025", "simd2020", "nimdm2017"])
def test_ranks_run_to_the_number_of_areas(index):
    ranks = [column for column in tables()[f"staging.{index}__small_area"].columns if column.unit == "rank"]
    assert {(rank.min, rank.max) for rank in ranks} == {(1, sources()[index].expected_rows)}


@pytest.mark.parametrize(("index", "is_kept"), [("iod2025", False), ("wimd2025", False), ("simd2020", True)])
def test_only_an_index_that_publishes_ties_has_fractional_ranks(index, is_kept):
    entry = tables()[f"staging.{index}__small_area"]
    rows = pl.DataFrame({column.name: [1] for column in entry.of_a_file}).with_columns(income_rank=pl.lit(5.5))
    broken = contract(entry).filter(rows, cast=True)[1].counts()
    assert [rule for rule in broken if "rank" in rule] == ([] if is_kept else ["ranks_are_whole"])


def test_a_rule_has_a_name_of_its_own():
    rule = {"name": "alias", "says": "Synthetic.", "holds": "true"}
    with pytest.raises(ValueError, match="alias"):
        Table.model_validate(tables()[ALIAS].model_dump() | {"rules": [rule]})
    with pytest.raises(ValueError, match="names_a_place"):
        admit(pl.DataFrame(), f"{AWARD}_location", rows_in=0, rules={"names_a_place": pl.lit(True)})


def test_broken_rules_are_told_in_words():
    told = {
        "geo_code_type nullability": "geo_code_type is missing",
        "location_number dtype": "location_number cannot be read",
        "role regex": "role is not one of beneficiary, recipient",
        "postcode regex": "postcode has another form",
        "names_a_place": "names_a_place (A place is named by at least one of its columns)",
        "primary_key": "primary_key (No other row of the file has the same key)",
        "the amount is not a number": "the amount is not a number",
    }
    assert in_words(f"{AWARD}_location", "; ".join(told)) == "; ".join(told.values())


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

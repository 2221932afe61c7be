"""The contract of a staging table is its entry in the catalogue: each thing that the entry says of a row is kept."""

import datetime as dt

import polars as pl
import pytest

from assets.ingest.contracts import contract
from assets.ingest.validation import admit
from warehouse.catalogue import Rule, Table, patterns, tables
from warehouse.catalogue.table_entries import _table
from warehouse.errors import BadRecord

# What is written about a column, a value that keeps it, and one that breaks it.
COLUMNS = [
    ({"type": "VARCHAR", "pattern": "locality"}, "W06000015", "W07000015"),
    ({"type": "VARCHAR", "pattern": "^[a-z]+$"}, "abc", "ABC"),
    ({"type": "VARCHAR", "values": ["a", "b"]}, "a", "c"),
    ({"type": "BIGINT", "min": 1, "max": 9}, 9, 10),
    ({"type": "INTEGER", "unit": "decile"}, 10, 11),
    ({"type": "INTEGER", "unit": "decile", "max": 20}, 11, 0),
    ({"type": "DOUBLE", "unit": "persons"}, 0.0, -1.0),
    ({"type": "DATE", "min": dt.date(1900, 1, 1)}, dt.date(1900, 1, 1), dt.date(1899, 12, 31)),
    ({"type": "BOOLEAN"}, True, None),
]


def synthetic(tmp_path, **said):
    item = {
        "name": "staging.synthetic__row",
        "tier": "internal",
        "grain": "row",
        "description": "Synthetic.",
        "key": ["source_id", "file_sha256", "source_row"],
        "columns": ["source_id", "file_sha256", "source_row"],
    }
    return Table.model_validate(_table(tmp_path / "synthetic.yaml", item | said, {}))


@pytest.mark.parametrize(("said", "good", "bad"), COLUMNS)
def test_what_the_catalogue_says_of_a_column_is_kept(said, good, bad, tmp_path):
    column = {"name": "given", "description": "Synthetic."} | said
    made = contract(synthetic(tmp_path, columns=[column, "source_id", "file_sha256", "source_row"]))
    assert made.column_names() == ["source_row", "given"]
    kept, failure = made.filter(pl.DataFrame({"source_row": [1, 2], "given": [good, bad]}), cast=True)
    assert (kept["given"].to_list(), failure.invalid()["given"].to_list()) == ([good], [bad])


def test_a_key_stands_once_in_a_file_and_a_rule_that_is_null_is_kept(tmp_path):
    columns = [{"name": name, "type": "BIGINT", "description": "Synthetic."} for name in ("one", "other")]
    table = synthetic(
        tmp_path,
        key=["source_id", "one"],
        nullable=["other"],
        columns=[*columns, "source_id", "source_row"],
        rules=[{"name": "in_order", "says": "Synthetic.", "holds": "one <= other"}],
    )
    rows = pl.DataFrame({"source_row": [1, 2, 3, 4, 5], "one": [1, 1, 2, 3, 4], "other": [9, 9, 1, None, 4]})
    kept, failure = contract(table).filter(rows, cast=True)
    assert kept["source_row"].to_list() == [4, 5]
    assert failure.counts() == {"in_order": 1, "primary_key": 2}


def test_a_rule_takes_a_pattern_by_its_name(tmp_path):
    rule = {"name": "named", "says": "Synthetic.", "holds": "'x' ~ {codebook.is_shift}"}
    (made,) = synthetic(tmp_path, rules=[dict(rule)]).rules
    assert made == Rule(name="named", says="Synthetic.", holds=f"'x' ~ '{patterns()['codebook.is_shift']}'")
    with pytest.raises(BadRecord, match=r"near: codebook\.is_shift"):
        synthetic(tmp_path, rules=[rule | {"holds": "'x' ~ {codebook.is_shif}"}])


def test_the_rules_of_a_parser_are_kept_in_the_same_pass():
    rules = {"is_no_alias_of_itself": pl.col("alias") != "Cardiff"}
    rows = pl.DataFrame(
        {"source_row": [1, 2], "alias": ["Cardiff", "Caerdydd"], "locality_code": "W06", "seen_in": "x"}
    )
    broken = admit(rows, "staging.reference__locality_alias", rows_in=2, rules=rules).quarantined["rule"].to_list()
    assert broken == ["is_no_alias_of_itself; locality_code regex", "locality_code regex"]


def test_a_description_is_no_part_of_a_contract_and_a_rule_is():
    table = tables()["staging.threesixtygiving__award"]
    first, *rest = table.rules
    said = first.model_copy(update={"says": "Other."})
    assert table.model_copy(update={"description": "Other.", "rules": (said, *rest)}).contract == table.contract
    assert table.model_copy(update={"rules": tuple(rest)}).contract != table.contract

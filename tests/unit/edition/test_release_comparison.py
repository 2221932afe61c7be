"""What one set of tables says otherwise than another, what moved it, and what that makes of the version."""

import json
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from tests.support.edition_builders import BELONG, CODES, CONTRACTS, DAY, FUNDS, ROLLING, Made, value
from warehouse import catalogue
from warehouse.errors import CommunityPowerError
from warehouse.release.diff import compare
from warehouse.release.notes import comparison_notes
from warehouse.release.snapshots import Snapshot, side_by_side
from warehouse.release.value_diff import _values as values_of
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long


@pytest.fixture
def both(tmp_path):
    """Return the made-up tables and a changed copy of them."""

    def both(change=lambda made: None, before=lambda made: None):
        sides = []
        for label, changes in (("the older", [before]), ("the newer", [before, change])):
            made = Made()
            for step in changes:
                step(made)
            warehouse = made.written(Warehouse(Home(tmp_path / label)))
            sides.append(Snapshot.of_store(label, warehouse.tables, CONTRACTS))
        return sides

    return both


@pytest.fixture
def held(both):
    """Hold a changed copy of the made-up tables against the unchanged ones."""
    return lambda *changes, **others: compare(*both(*changes, **others))


def lone(comparison):
    """Return the one row of meta.edition_change."""
    (row,) = comparison.changes.rows(named=True)
    return row


def test_the_same_tables_differ_in_nothing(held):
    same = held()
    assert (same.files, same.columns, same.metrics, same.rows, same.values, same.moves) == ((), (), (), (), (), ())
    assert (same.localities_n, same.moved_without_input_share, same.changes.height) == (20, 0.0, 0)
    assert same.level == "patch"
    assert same.reasons() == [("patch", "no row changed, only the record of the build")]


def test_tables_on_record_to_be_the_same_are_not_compared(both):
    older, newer = both(lambda made: made.observe(CODES[0], 51.5))
    assert compare(older, newer).changes.height == 1
    digests = {table.name: "on record" for table in CONTRACTS}
    unread = compare(replace(older, digests=digests), replace(newer, digests=digests))
    assert (unread.rows, unread.values, unread.changes.height, unread.localities_n) == ((), (), 0, 20)


def test_no_row_of_a_side_is_compared_with_each_other_row(both):
    with side_by_side(*both()) as database:
        plan = database.execute(f"explain {values_of('newer')}").fetchall()[0][1]
    assert "HASH_JOIN" in plan
    assert "NL_JOIN" not in plan


def test_another_build_that_says_the_same_is_a_patch(held):
    def rebuild(made):
        made.land("b" * 64)
        made.code("f00d")

    other = held(rebuild)
    assert other.level == "patch"
    assert other.changes.height == 0
    assert [(file.source_id, file.new_files, file.gone_files) for file in other.files] == [("cls2024", 1, 1)]


def test_a_corrected_figure_is_a_patch_and_its_input_moved_it(held):
    corrected = held(lambda made: made.observe(CODES[0], 51.5))
    assert corrected.level == "patch"
    row = lone(corrected)
    assert (row["metric_id"], row["locality_code"], row["change_type"]) == (BELONG, CODES[0], "changed")
    assert (row["old_value"], row["new_value"], row["cause"]) == (50.0, 51.5, "input")
    (values,) = corrected.values
    assert (values.changed, values.added, values.causes) == (1, 0, {"input": 1})
    assert (values.largest.locality_name, values.largest.old_value, values.largest.new_value) == ("Place 01", 50, 51.5)
    (_, metric_values) = corrected.rows
    assert (metric_values.table, metric_values.changed, metric_values.added) == ("metrics.metric_value", 1, 0)


def test_digits_at_the_end_are_no_change(held):
    other = held(lambda made: made.set(BELONG, CODES[3], value=53.0 * (1 + 1e-12)))
    assert other.changes.height == 0


def test_rows_added_are_a_minor_version(held):
    def another_year(made):
        year = (date(2025, 4, 1), date(2026, 3, 31))
        made.values |= {(BELONG, code, 2): value(BELONG, code, 60.0, year) for code in CODES}

    more = held(another_year)
    assert (more.level, more.reasons()) == ("minor", [("minor", "rows added: 20")])
    assert set(more.changes["change_type"]) == {"added"}
    assert not more.moves


def test_a_value_that_other_code_adds_is_more_and_no_other_method(held):
    def read_more(made):
        made.code("f00d")
        made.values[FUNDS, CODES[0]] = value(FUNDS, CODES[0], 10.0, ROLLING)

    more = held(read_more)
    assert (lone(more)["change_type"], lone(more)["cause"]) == ("added", "method")
    assert (more.level, more.values[0].reworked) == ("minor", 0)


def test_a_value_that_goes_is_withdrawn_and_one_without_a_number_restated(held):
    def lose(made):
        made.land("b" * 64)
        made.set(BELONG, CODES[0], value=None, lci=None, uci=None, state="suppressed", state_reason="too few")
        made.set(BELONG, CODES[1], value=None, lci=None, uci=None, state="withheld", state_reason="too few")

    def empty(made):
        made.set(BELONG, CODES[1], value=None, lci=None, uci=None, state="suppressed", state_reason="too few")

    (values,) = held(lose, empty).values
    assert (values.withdrawn, values.restated, values.changed, values.added) == (1, 1, 0, 0)


def column_of_values(name):
    """Whether a row of the dictionary is of a column of the values: other tables have columns of the same name."""
    return (pl.col("table_name") == "metrics.metric_value") & (pl.col("column_name") == name)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda rows: rows.filter(pl.col("table_name") != "core.fct_population"), "table removed: core.fct_population"),
        (lambda rows: rows.filter(~column_of_values("n_num")), "column changed: metrics.metric_value.n_num"),
        (
            lambda rows: rows.with_columns(
                pl.when(column_of_values("staleness_days"))
                .then(pl.lit("DOUBLE"))
                .otherwise(pl.col("type"))
                .alias("type")
            ),
            "column changed: metrics.metric_value.staleness_days",
        ),
    ],
    ids=["table", "column", "type"],
)
def test_what_a_reader_relied_on_makes_a_major_version(held, change, said):
    def restructure(made):
        made.dictionary = change(made.dictionary)

    assert ("major", said) in held(restructure).reasons()


def test_a_table_more_is_a_minor_version(held):
    def without(made):
        made.dictionary = made.dictionary.filter(pl.col("table_name") != "core.fct_population")

    def again(made):
        made.dictionary = Made().dictionary

    more = held(again, without)
    assert more.tables_added == ("core.fct_population",)
    assert more.reasons() == [("minor", "table added: core.fct_population")]


@pytest.mark.parametrize(
    ("change", "kind", "level"),
    [
        (lambda made: made.method(BELONG, formula="another"), "method", "major"),
        (lambda made: made.method(BELONG), "method", "major"),
        (lambda made: made.method(BELONG, metric_name_cy="arall"), "words", "patch"),
        (lambda made: setattr(made, "metrics", made.metrics.filter(pl.col("metric_id") != BELONG)), "removed", "major"),
    ],
    ids=["formula", "inputs", "label", "removed"],
)
def test_a_metric_of_another_method_is_a_major_version(held, change, kind, level):
    other = held(change)
    assert [(item.metric_id, item.kind) for item in other.metrics] == [(BELONG, kind)]
    assert other.level == level


def test_a_value_that_the_code_moved_is_another_method_though_none_is_described(held):
    def recode(made):
        made.code("f00d")
        made.set(BELONG, CODES[0], value=50.4)

    other = held(recode)
    assert lone(other)["cause"] == "method"
    assert ("major", f"metric computed differently: {BELONG}") in other.reasons()


def test_the_same_code_is_no_method(held):
    def later(made):
        made.build |= {"as_of": date(2026, 2, 1)}
        made.windows = [made.windows[0] | {"period_start": date(2023, 2, 1), "period_end": date(2026, 2, 1)}]
        made.values[FUNDS, CODES[0]] = value(FUNDS, CODES[0], 9.0, (date(2023, 2, 1), date(2026, 2, 1)))

    def window(made):
        made.values[FUNDS, CODES[0]] = value(FUNDS, CODES[0], 10.0, ROLLING)

    row = lone(held(later, window))
    assert (row["compared_by"], row["change_type"], row["cause"]) == ("rolling_3y", "changed", "date")
    assert (row["period"], row["old_value"], row["new_value"]) == ("2023-02-01/2026-02-01", 10.0, 9.0)


def test_a_value_of_the_date_of_knowledge_is_held_against_that_of_the_date_before(held):
    later = date(2026, 2, 1)

    def standing(day, number):
        def say(made):
            made.build |= {"as_of": day}
            made.values["prac_records_n", CODES[0]] = value("prac_records_n", CODES[0], number, (day, day))

        return say

    same = held(standing(later, 3.0), standing(DAY, 3.0))
    assert (same.changes.height, same.level) == (0, "patch")


def test_other_files_move_only_the_values_whose_rows_they_moved(held):
    def both(made):
        made.observe(CODES[0], 51.5)
        made.code("f00d")
        made.set(BELONG, CODES[7], value=57.3)

    causes = dict(held(both).changes.select("locality_code", "cause").rows())
    assert causes == {CODES[0]: "input", CODES[7]: "method"}


def test_where_input_and_method_moved_both_are_named(held):
    def both(made):
        made.observe(CODES[0], 51.5)
        made.code("f00d")
        made.method(BELONG, formula="another")

    assert lone(held(both))["cause"] == "input and method"


def test_bands_are_fifths_and_who_is_passed_moves_by_what_moved_the_other(held):
    overtaken = held(lambda made: made.observe(CODES[0], 99.0))
    moved = {row["locality_code"]: row for row in overtaken.changes.rows(named=True)}
    # Twenty localities, four to a fifth: the first goes to the top, and the first of each fifth above falls by one.
    assert {code: (row["old_band"], row["new_band"]) for code, row in moved.items()} == {
        CODES[0]: (1, 5),
        CODES[4]: (2, 1),
        CODES[8]: (3, 2),
        CODES[12]: (4, 3),
        CODES[16]: (5, 4),
    }
    assert {row["change_type"] for code, row in moved.items() if code != CODES[0]} == {"moved"}
    assert {row["cause"] for row in moved.values()} == {"input"}
    assert (overtaken.moved_n, overtaken.moved_without_input_n) == (5, 0)


def test_who_a_method_moves_is_counted_once_however_many_bands(held):
    def recode(made):
        made.code("f00d")
        made.set(BELONG, CODES[0], value=99.0)

    moved = held(recode)
    assert (moved.localities_n, moved.moved_n, moved.moved_without_input_n) == (20, 5, 5)
    assert moved.moved_without_input_share == 0.25


def test_a_group_of_four_has_no_fifths(held):
    def small(made):
        made.values = {key: row for key, row in list(made.values.items())[:4]}

    def turn(made):
        made.code("f00d")
        made.set(BELONG, CODES[0], value=99.0)

    assert held(turn, small).localities_n == 0
    assert held(turn, small).moves == ()


def test_a_metric_that_says_nothing_of_community_power_has_no_band(held):
    def neutral(made):
        made.metrics = made.metrics.with_columns(pl.lit("none").alias("direction"))

    assert held(before=neutral).localities_n == 0


def test_money_is_placed_by_its_awards(held):
    def awards(made):
        made.values |= {(FUNDS, code): value(FUNDS, code, 1.0, ROLLING) for code in CODES[:2]}
        made.others["metrics.award_counted"] = [
            {"award_key": key, "window_id": "rolling_3y", "in_scope_local": True} for key in ("one", "two")
        ]
        made.others["core.bridge_award_locality"] = [
            {"award_key": key, "basis": "best", "locality_code": code, "weight": 1.0}
            for key, code in (("one", CODES[0]), ("two", CODES[1]))
        ]

    def more(made):
        made.land("b" * 64)
        made.code("f00d")
        made.others["core.bridge_award_locality"][0]["weight"] = 0.5
        made.set(FUNDS, CODES[0], value=0.5)
        made.set(FUNDS, CODES[1], value=2.0)

    causes = dict(held(more, awards).changes.select("locality_code", "cause").rows())
    assert causes == {CODES[0]: "input", CODES[1]: "method"}


def test_a_nation_is_moved_by_the_files_of_its_sources(held):
    wales = "W92000004"

    def whole(made):
        made.values[BELONG, wales] = value(BELONG, wales, 70.0)

    def other(made):
        made.land("b" * 64)
        made.code("f00d")
        made.set(BELONG, wales, value=71.0)

    assert lone(held(other, whole))["cause"] == "input"


def test_a_locality_that_goes_is_a_major_version(held):
    gone = held(lambda made: made.places.pop())
    assert ("major", "localities withdrawn: 1") in gone.reasons()


def compared_without(tmp_path, *columns, table=None):
    """Compare made-up tables with the same of an edition whose values lack columns, and that lacks a table."""
    made, whole = (Made().written(Warehouse(Home(tmp_path / name))) for name in ("form", "whole"))
    path = made.tables.path("metrics.metric_value")
    pl.read_parquet(path).drop(columns).write_parquet(path)
    present = tuple(contract for contract in CONTRACTS if contract.name != table)
    older = Snapshot.of_store("the older", made.tables, present)
    return compare(older, Snapshot.of_store("the newer", whole.tables, CONTRACTS))


def test_tables_of_another_form_can_be_compared(tmp_path):
    compared = compared_without(tmp_path, "uci", "comparable_group", table="metrics.award_window")
    (values,) = compared.values
    assert (values.metric_id, values.changed) == (BELONG, 20)
    assert compared.localities_n == 0


def test_what_cannot_be_read_is_named(tmp_path):
    made = Made().written(Warehouse(Home(tmp_path / "form")))
    side = Snapshot.of_store("the newer", made.tables, CONTRACTS)
    (tmp_path / "community_power.duckdb").write_bytes(b"no database" * 1000)
    with pytest.raises(CommunityPowerError, match="version 1 cannot be read"):
        compare(Snapshot.of_edition("version 1", tmp_path), side)


def test_the_notes_say_it_all(held):
    def change(made):
        made.code("f00d")
        made.method(BELONG, formula="another")
        made.set(BELONG, CODES[0], value=99.0)

    text = comparison_notes(held(change))
    for said in [
        "# The newer compared with the older",
        f"- Major: method changed: {BELONG}.",
        "- Files: unchanged",
        "- Queries, catalogue and code: c0de → f00d",
        f"- {BELONG}: method changed (formula)",
        f"| {BELONG} | 0 | 1 | 0 | 0 | method 1 | Place 01, 2024-04-01/2025-03-31: 50% → 99% |",
        "5 of 20 localities moved to another fifth of their comparable group; 5 of them (25.0%) moved without an input",
        f"| {BELONG} | Place 01 | 2024-04-01/2025-03-31 | 1 → 5 | method |",
        "| metrics.metric_value | 20 | 20 | 0 | 0 | 1 |",
    ]:
        assert said in text
    plain = json.loads(json.dumps(held(change).to_dict()))
    assert (plain["level"], plain["moved_n"], plain["moves"][0]["new_band"]) == ("major", 5, 5)
    assert "changes" not in plain


def test_every_change_is_a_row_that_the_catalogue_describes(held):
    table = catalogue.tables()["meta.edition_change"]
    changes = held(lambda made: made.observe(CODES[0], 99.0)).changes
    assert changes.columns == [column.name for column in table.columns]
    assert changes.select(table.key).is_unique().all()


def test_a_part_is_compared_with_the_same_part(held):
    def with_parts(made):
        for number, part in enumerate(("decile_1", "decile_2")):
            made.values[BELONG, CODES[0], part] = value(BELONG, CODES[0], 7.0 + number, breakdown=part)

    def change_one(made):
        made.values[BELONG, CODES[0], "decile_2"] |= {"value": 9.0}

    row = lone(held(change_one, with_parts))
    assert (row["breakdown"], row["old_value"], row["new_value"]) == ("decile_2", 8.0, 9.0)


def test_values_of_an_edition_without_breakdowns_are_those_of_the_whole(tmp_path):
    assert compared_without(tmp_path, "breakdown").changes.height == 0

"""A shorthand is never read as a number, and what is neither number nor symbol never passes."""

import re

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.ingest.obs_status import SYMBOLS, joined, read_number, unescaped, with_missing


def read(*cells):
    rows = pl.DataFrame({"source_row": range(1, len(cells) + 1), "value": cells}, schema_overrides={"value": pl.String})
    return read_number(rows, "value", "value_status")


@pytest.mark.parametrize(
    ("cell", "number", "status"),
    [
        ("51.5", "51.5", None),
        ("1,467", "1467", None),
        ("12,345,678.9", "12345678.9", None),
        ("-5", "-5", None),
        ("'-5", "-5", None),
        ("'+5", "+5", None),
        ("2.29E0", "2.29E0", None),
        (" 12.3 ", "12.3", None),
        ("12.3 [u]", "12.3", "u"),
        ("1,234 [E] [r]", "1234", "e;r"),
        ("12.3[p, f]", "12.3", "p;f"),
        ("[x]", None, "x"),
        ("[c] [c]", None, "c"),
        ("c", None, "c"),
        ("Z", None, "z"),
        ("*", None, "c"),
        ("[*]", None, "c"),
        ("..", None, "x"),
        (".", None, "z"),
        ("-", None, "k"),
        ("61.2 (r)", "61.2", "r"),
        ("1,234 (P) [u]", "1234", "p;u"),
        ("", None, None),
        ("   ", None, None),
        (None, None, None),
    ],
)
def test_numbers_and_symbols_are_separated(cell, number, status):
    rows, refused = read(cell)
    assert rows.select("value", "value_status").row(0) == (number, status)
    assert refused.is_empty()


@pytest.mark.parametrize(
    "cell",
    [
        "[q]",
        "[5]",
        "5 [q]",
        "5 u",
        "1,46",
        "12 345",
        "5.",
        "nan",
        "inf",
        "-inf",
        "0x10",
        "1_000",
        "'5",
        "'=5",
        "''-5",
        "--",
        "...",
        "5 (q)",
        "(5)",
        "12.3 ..",
        "٣",
        "12 []",
    ],
)
def test_what_is_neither_is_refused_with_its_row(cell):
    rows, refused = read("1", cell)
    assert rows["value"].to_list() == ["1"]
    assert refused["source_row"].to_list() == [2]
    assert refused["rule"].to_list() == ["value is neither a number nor a known symbol"]


cells = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"-?[0-9]{1,4}(,[0-9]{3}){0,2}(\.[0-9]{1,3})?( ?\[[a-z]{1,3}\]){0,2}", fullmatch=True),
    st.sampled_from(SYMBOLS).map(lambda symbol: f"[{symbol}]"),
)


@given(st.lists(cells, max_size=8))
@example(["[5]", "5 [x]", "[x] 5"])
def test_every_row_is_kept_or_refused_and_no_number_comes_from_a_shorthand(texts):
    rows, refused = read(*texts)
    assert rows.height + refused.height == len(texts)
    for number, value, status in rows.iter_rows():
        printed = texts[number - 1]
        if value is None:
            assert status is not None or not printed.strip()
        else:
            before_brackets = re.sub(r"[\[(].*", "", printed)
            assert float(value) == float(before_brackets.replace(",", "").replace("'", ""))
        assert set((status or "").split(";")) <= {*SYMBOLS, ""}


def test_an_apostrophe_is_taken_off_before_a_sign_only():
    cells = ["'=All", "'-Men", "'+65", "'@home", " '-4", "'All", "''=All", "-Men", "Women's", "", None]
    found = pl.DataFrame({"cell": cells}).select(unescaped(pl.col("cell"))).to_series().to_list()
    assert found == ["=All", "-Men", "+65", "@home", "-4", "'All", "''=All", "-Men", "Women's", "", None]


def test_symbols_of_two_columns_are_joined_once_each():
    rows = pl.DataFrame({"one": ["x;u", None, None], "other": ["u", "t", None]})
    assert rows.select(joined(pl.col("one"), pl.col("other"))).to_series().to_list() == ["x;u", "t", None]


def test_a_value_that_is_absent_without_a_symbol_is_missing():
    rows = pl.DataFrame({"value": [None, None, 1.0], "value_status": [None, "c", None]})
    assert with_missing(rows, "value")["value_status"].to_list() == ["x", "c", None]

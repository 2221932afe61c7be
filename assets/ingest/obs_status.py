"""Separates published numbers from the status symbols that are printed beside or instead of them.

A symbol is never read as a number: `[x]` is a null with the status x, `12.3 [u]` and `12.3 (u)` are 12.3 with the
status u, and a row whose cell is neither a number nor a known symbol is quarantined. The queries of metrics decide what
a status means.
"""

import polars as pl
import polars.selectors as cs

from assets.ingest.validation import QUARANTINE_SCHEMA, SOURCE_ROW

# The symbols of the StatsWales list, which includes those of the other publishers.
SYMBOLS = ("a", "b", "c", "e", "f", "k", "ns", "p", "r", "s", "ss", "sss", "t", "u", "w", "x", "z")
MISSING = "x"
# The Scottish Household Survey prints an asterisk if the base is too small to publish, which is c in the list.
ASTERISK = "c"
# Symbols that the former StatsWales and the Scottish Household Survey print alone in a cell: not available, not
# applicable, and a figure that is not zero but is zero when rounded.
FORMER_SYMBOLS = {"..": "[x]", ".": "[z]", "-": "[k]"}

_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,3})?"
_CELL = rf"^(?P<number>[-+]?{_NUMBER})?\s*(?P<notes>(?:\[[^\[\]]+\]\s*)*)$"
# StatsWales puts an apostrophe before these signs, so that spreadsheets do not read the cell as a formula.
_ESCAPED = r"^\s*'([=+\-@])"


def read_number(rows: pl.DataFrame, column: str, status: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows, quarantine rows) with `column` as plain number text and its symbols in `status`.

    Thousands commas and the apostrophe before a sign are removed. `status` has the symbols in lower case, joined by
    ";", or null; a row whose cell is neither number nor known symbol is quarantined.
    """
    text = _in_brackets(unescaped(pl.col(column)).str.strip_chars()).replace("", None)
    bare = text.str.to_lowercase().is_in([*SYMBOLS, "*"])
    cell = text.str.extract_groups(_CELL)
    notes = pl.when(bare).then(text).otherwise(cell.struct.field("notes")).str.to_lowercase()
    split = rows.with_columns(
        pl.when(bare).then(None).otherwise(cell.struct.field("number")).str.replace_all(",", "").alias("__number"),
        notes.str.extract_all(r"[^\[\],;\s]+").list.eval(pl.element().replace("*", ASTERISK)).alias("__symbols"),
        text.alias("__text"),
    ).with_columns(
        (
            pl.col("__text").is_null()
            | (
                pl.col("__symbols").list.eval(pl.element().is_in(SYMBOLS)).list.all()
                & (pl.col("__number").is_not_null() | (pl.col("__symbols").list.len() > 0))
            )
        )
        .fill_null(False)
        .alias("__known")
    )
    refused = split.filter(~pl.col("__known")).select(
        pl.col(SOURCE_ROW).cast(pl.Int64),
        pl.lit(f"{column} is neither a number nor a known symbol").alias("rule"),
        pl.struct(cs.by_name(rows.columns)).struct.json_encode().alias("content"),
    )
    kept = split.filter(pl.col("__known")).with_columns(
        pl.col("__number").alias(column),
        pl.col("__symbols").list.unique(maintain_order=True).list.join(";").replace("", None).alias(status),
    )
    return kept.drop("__number", "__symbols", "__text", "__known"), refused.cast(QUARANTINE_SCHEMA)  # type: ignore[arg-type]


def unescaped(cells: pl.Expr) -> pl.Expr:
    """Return text cells without the apostrophe that StatsWales puts before a leading = + - or @."""
    return cells.str.replace(_ESCAPED, "${1}")


def _in_brackets(cells: pl.Expr) -> pl.Expr:
    """Return cells with symbols of the former notation, such as `..` and `61.2 (r)`, in the current one."""
    return cells.replace(FORMER_SYMBOLS).str.replace_all(r"\(([A-Za-z]{1,3})\)", "[${1}]")


def joined(*statuses: pl.Expr) -> pl.Expr:
    """Return the distinct symbols of several status columns as one column, or null if there are none."""
    lists = [status.fill_null("").str.split(";") for status in statuses]
    return (
        pl.concat_list(lists)
        .list.eval(pl.element().filter(pl.element() != ""))
        .list.unique(maintain_order=True)
        .list.join(";")
        .replace("", None)
    )


def with_missing(rows: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return rows in which a value that is missing without a symbol has the `value_status` x."""
    return rows.with_columns(
        pl.when(pl.col(column).is_null())
        .then(pl.col("value_status").fill_null(MISSING))
        .otherwise(pl.col("value_status"))
        .alias("value_status")
    )

"""Parses the numbers and dates of awards, each distinct value of a file once."""

import datetime as dt
from collections.abc import Callable

import polars as pl

from assets.sources.threesixtygiving.listed import note
from assets.sources.threesixtygiving.values import YEAR_OR_MONTH, date_part, plain_number

NUMBERS = ("amount", "planned_months")
DATES = ("award_date", "planned_start_date", "planned_end_date")
PROBLEMS = "problems"


def with_types(awards: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Return awards with numbers and dates parsed, and notes on values that the standard does not allow.

    `problems` has the values of a row that cannot be parsed; empty if there are none.
    """
    typed = awards.with_columns(
        *(_each(awards[name], _number, pl.Float64) for name in NUMBERS),
        *(_each(awards[name], _date, pl.Date) for name in DATES),
    )
    unread = {name: awards[name].is_not_null() & typed[name].is_null() for name in (*NUMBERS, *DATES)}
    for name in DATES[1:]:
        # The standard allows a plan with only a year or a month; no day is assumed, so the date is null.
        unread[name] &= ~_each(awards[name], _is_year_or_month, pl.Boolean).fill_null(False)
    rules = {name: f"{name} is not a number" for name in NUMBERS}
    rules |= {name: f"{name} is not a date in a known shape" for name in DATES}
    problems = [pl.when(unread[name]).then(pl.lit(rule)) for name, rule in rules.items()]
    typed = typed.with_columns(pl.concat_str(problems, separator="; ", ignore_nulls=True).alias(PROBLEMS))
    printed = awards["amount"].str.contains("[£,]") & typed["amount"].is_not_null()
    backward = typed["planned_end_date"] < typed["planned_start_date"]
    return typed, [
        *note(
            int(printed.sum()),
            "amount is",
            "amounts are",
            "printed with a pound sign or thousands commas; read as a number",
        ),
        *note(
            int(backward.sum()),
            "award is",
            "awards are",
            "planned to end before the start; no duration is read from these dates",
        ),
    ]


def _each(texts: pl.Series, read: Callable[[str], object], dtype: pl.DataType | type[pl.DataType]) -> pl.Series:
    """Return the result of a function for each text of a column."""
    distinct = texts.drop_nulls().unique()
    values = pl.Series([read(text) for text in distinct], dtype=dtype)
    return texts.replace_strict(distinct, values, default=None, return_dtype=dtype)


def _number(text: str) -> float | None:
    number = plain_number(text)
    return None if number is None else float(number)


def _date(text: str) -> dt.date | None:
    iso = date_part(text)
    return dt.date.fromisoformat(iso) if iso else None


def _is_year_or_month(text: str) -> bool:
    return YEAR_OR_MONTH.fullmatch(text) is not None

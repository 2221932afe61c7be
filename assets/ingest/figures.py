"""Rules on figures whose value, bounds and number of respondents are published in separate rows."""

from collections.abc import Sequence

import polars as pl

VALUE, LOWER, UPPER, RESPONDENTS = "value", "lower", "upper", "respondents"
# More than the population of the United Kingdom.
MOST_RESPONDENTS = 100_000_000


def bounds_hold(figure: Sequence[str]) -> pl.Expr:
    """Return, for each row, whether the value of its figure is within the bounds, if it has one of each.

    The rows of a figure agree in the columns `figure`; `measure_role` says what the `value` of a row is. A missing or
    repeated bound or value breaks no rule.
    """
    lower, value, upper = (_only(role, figure) for role in (LOWER, VALUE, UPPER))
    held = (lower <= value).fill_null(True) & (value <= upper).fill_null(True)
    return held | ~pl.col("measure_role").is_in([VALUE, LOWER, UPPER]).fill_null(False)


def percentage_holds(figure: Sequence[str]) -> pl.Expr:
    """Return, for each row, whether the value of its figure is from 0 to 100, if it has one value."""
    value = _only(VALUE, figure)
    return value.is_between(0, 100).fill_null(True) | ~pl.col("measure_role").is_in([VALUE, LOWER, UPPER])


def respondents_hold() -> pl.Expr:
    """Return, for each row, whether its number of respondents is plausible."""
    is_number = pl.col("measure_role") == RESPONDENTS
    return ~is_number.fill_null(False) | pl.col("value").is_between(0, MOST_RESPONDENTS).fill_null(True)


def _only(role: str, figure: Sequence[str]) -> pl.Expr:
    """Return the value of the only row of a figure with a role; null if no row or several rows have it."""
    has_role = pl.col("measure_role") == role
    found = pl.col("value").filter(has_role).max().over(figure)
    return pl.when(has_role.sum().over(figure) == 1).then(found)

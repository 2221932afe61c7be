"""Contracts of survey and other observations by area: StatsWales, and the Scottish and English household surveys."""

import dataframely as dy
import polars as pl

from assets.ingest.figures import bounds_hold


class StatsWalesObservation(dy.Schema):
    """A value of a StatsWales table for one measure, area, period and combination of other dimensions."""

    source_row = dy.Int64()
    measure = dy.String()
    measure_role = dy.String(regex="^(value|lower|upper|respondents|other)$")
    measure_reference = dy.String(nullable=True)
    area_reference = dy.String(regex=r"^([A-Z]\d{8}|[0-9A-Z]{3})$")
    area_name = dy.String(nullable=True)
    period_label = dy.String(nullable=True)
    period_start = dy.Date()
    period_end = dy.Date()
    other_dimensions = dy.String()
    value = dy.Float64(nullable=True)
    value_status = dy.String(nullable=True)
    notes = dy.String(nullable=True)

    @dy.rule()
    def value_or_status(cls) -> pl.Expr:
        """A missing value has a status."""
        return pl.col("value").is_not_null() | pl.col("value_status").is_not_null()

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        """A period does not end before it starts."""
        return pl.col("period_start") <= pl.col("period_end")

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """A measure, area, period and combination of other dimensions has one value."""
        return pl.len().over("measure", "area_reference", "period_start", "period_end", "other_dimensions") == 1


class ShsObservation(dy.Schema):
    """A published figure of the Scottish Household Survey for one area, year and statement.

    A statistics.gov.scot cube has the percentage and its bounds in separate rows (`measurement`), and rows for parts of
    the population (`other_dimensions`); the ScotPHO profiles have value and bounds in one row.
    """

    source_row = dy.Int64()
    area_code = dy.String(regex=r"^S\d{8}$")
    area_name = dy.String(nullable=True)
    area_type = dy.String(nullable=True)
    date_code = dy.String(regex=r"^(19|20)\d\d$")
    period_label = dy.String(nullable=True)
    topic = dy.String(nullable=True)
    statement = dy.String()
    measurement = dy.String()
    measure_role = dy.String(nullable=True, regex="^(value|lower|upper)$")
    unit = dy.String(nullable=True)
    value = dy.Float64(nullable=True)
    lower_95 = dy.Float64(nullable=True)
    upper_95 = dy.Float64(nullable=True)
    value_status = dy.String(nullable=True)
    other_dimensions = dy.String()

    @dy.rule()
    def value_or_status(cls) -> pl.Expr:
        """A missing value has a status."""
        return pl.col("value").is_not_null() | pl.col("value_status").is_not_null()

    @dy.rule()
    def percentage_within_hundred(cls) -> pl.Expr:
        """A percentage is from 0 to 100; a published lower bound may be below 0 and is not changed."""
        return (pl.col("measure_role") != "value") | pl.col("value").is_between(0, 100)

    @dy.rule()
    def bounds_hold_the_value(cls) -> pl.Expr:
        """The value is within its bounds, in one row or in separate rows."""
        in_row = (pl.col("lower_95") <= pl.col("value")) & (pl.col("value") <= pl.col("upper_95"))
        return in_row.fill_null(True) & bounds_hold(
            ("area_code", "date_code", "topic", "statement", "other_dimensions")
        )

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """An area, year, statement, measurement and part of the population has one figure."""
        return pl.len().over("area_code", "date_code", "topic", "statement", "measurement", "other_dimensions") == 1


class CommunityLifeObservation(dy.Schema):
    """A figure of the Community Life Survey for one sheet, area and survey year.

    `area_code` is null, or that of England, in the row of England as a whole. `period_start` and `period_end` are only
    given for a question that was not asked in all months of the survey. `number_of_respondents` is the number of people
    who gave the answer; `unweighted_base` is the number of people who were asked.
    """

    source_row = dy.Int64(min=1)
    sheet = dy.String()
    sheet_title = dy.String(nullable=True)
    question = dy.String(nullable=True)
    area_code = dy.String(nullable=True, regex=r"^(E0[6-9]\d{6}|E92000001)$")
    area_name = dy.String(nullable=True)
    period_label = dy.String(regex=r"^20\d\d/\d\d$")
    period_start = dy.Date(nullable=True)
    period_end = dy.Date(nullable=True)
    value = dy.Float64(nullable=True, min=0, max=100)
    lower_95 = dy.Float64(nullable=True, min=0, max=100)
    upper_95 = dy.Float64(nullable=True, min=0, max=100)
    number_of_respondents = dy.Int64(nullable=True, min=0)
    unweighted_base = dy.Int64(nullable=True, min=0)
    value_status = dy.String(nullable=True)

    @dy.rule()
    def value_or_status(cls) -> pl.Expr:
        """A missing value has a status."""
        return pl.col("value").is_not_null() | pl.col("value_status").is_not_null()

    @dy.rule()
    def bounds_hold_the_value(cls) -> pl.Expr:
        """The value is within its bounds, if they are published."""
        return (pl.col("lower_95") <= pl.col("value")) & (pl.col("value") <= pl.col("upper_95"))

    @dy.rule()
    def respondents_within_base(cls) -> pl.Expr:
        """The number of respondents is not above the base."""
        return pl.col("number_of_respondents") <= pl.col("unweighted_base")

    @dy.rule()
    def named_area_has_code(cls) -> pl.Expr:
        """Only the row of England as a whole may have no code."""
        return pl.col("area_code").is_not_null() | _names_no_authority()

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """A sheet, question, area and year has one figure."""
        named = pl.when(_names_no_authority()).then(pl.lit("E92000001")).otherwise(pl.col("area_name"))
        area = pl.coalesce("area_code", named)
        return pl.len().over("sheet", "question", area, "period_label") == 1


def _names_no_authority() -> pl.Expr:
    """Return whether a row names England as a whole or no area at all."""
    name = pl.col("area_name").str.to_lowercase()
    return name.is_null() | name.is_in(["england", "total", "all"])


class TidyObservation(dy.Schema):
    """A value of a tidy file: one measure, area and period, with its bounds if published."""

    source_row = dy.Int64()
    measure = dy.String()
    unit = dy.String(nullable=True)
    area_code = dy.String(regex=r"^[A-Z][A-Z0-9]{2,8}$")
    area_name = dy.String(nullable=True)
    period_label = dy.String()
    period_start = dy.Date()
    period_end = dy.Date()
    value = dy.Float64(nullable=True)
    lower_95 = dy.Float64(nullable=True)
    upper_95 = dy.Float64(nullable=True)
    value_status = dy.String(nullable=True)
    notes = dy.String(nullable=True)

    @dy.rule()
    def value_or_status(cls) -> pl.Expr:
        """A missing value has a status."""
        return pl.col("value").is_not_null() | pl.col("value_status").is_not_null()

    @dy.rule()
    def bounds_hold_the_value(cls) -> pl.Expr:
        """The value is within its bounds, if they are published."""
        return (pl.col("lower_95") <= pl.col("value")) & (pl.col("value") <= pl.col("upper_95"))

    @dy.rule()
    def value_is_on_its_scale(cls) -> pl.Expr:
        """A value is on the scale of its unit, such as out of 10 or a percentage."""
        end = pl.col("unit").str.to_lowercase().str.extract(r"out of ([0-9]+)").cast(pl.Float64)
        is_percentage = pl.col("unit").str.to_lowercase().str.contains(r"^%$|per ?cent")
        return pl.col("value").is_between(0, pl.when(is_percentage).then(100.0).otherwise(end))

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """A measure, unit, area and period has one value."""
        return pl.len().over("measure", "unit", "area_code", "period_start", "period_end") == 1

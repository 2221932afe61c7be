"""Contracts of funding awards published in the 360Giving Data Standard."""

import datetime as dt

import dataframely as dy
import polars as pl

# The largest of the 307,746 awards in 360Giving's registry of 2019 is £1.4 billion, by a government department.
MOST_GBP = 1e10
# A pound is worth up to about 100,000 units of the weakest currencies.
MOST_IN_OTHER_CURRENCIES = 1e15
MONTHS_IN_A_CENTURY = 1_200


class Award(dy.Schema):
    """An award as published; several rows may have the same identifier, and the amount may be zero or negative."""

    source_row = dy.Int64(primary_key=True, min=1)
    award_id = dy.String()
    title = dy.String(nullable=True)
    currency = dy.String(regex="^[A-Za-z]{3}$")
    amount = dy.Float64()
    # The oldest awards in the standard are of the 1990s; a year such as 0219 or 2200 is a typing error.
    award_date = dy.Date(min=dt.date(1900, 1, 1), max=dt.date(2099, 12, 31))
    funder_id = dy.String()
    funder_name = dy.String(nullable=True)
    recipient_id = dy.String(nullable=True)
    recipient_name = dy.String(nullable=True)
    recipient_postcode = dy.String(nullable=True)
    recipient_kind_published = dy.String(nullable=True)
    recipients_n = dy.Int64(min=0)
    further_recipients = dy.String(nullable=True)
    is_to_individual = dy.Bool()
    # A plan starts in the years of awards and lasts at most a century, so the year 9999 is invalid.
    planned_start_date = dy.Date(nullable=True, min=dt.date(1900, 1, 1), max=dt.date(2099, 12, 31))
    planned_end_date = dy.Date(nullable=True, min=dt.date(1900, 1, 1), max=dt.date(2199, 12, 31))
    planned_months = dy.Float64(nullable=True, min=0, max=MONTHS_IN_A_CENTURY)
    programme = dy.String(nullable=True)
    regrant_type = dy.String(nullable=True)
    location_scope = dy.String(nullable=True)
    from_open_call = dy.String(nullable=True)
    award_identity = dy.String()
    row_sha256 = dy.String(regex="^[0-9a-f]{64}$")

    @dy.rule()
    def amount_is_plausible(cls) -> pl.Expr:
        """An award is at most £10 billion, given or taken back, or 10^15 in another currency.

        That is seven times the largest award in 360Giving's registry. Larger amounts are pence read as pounds, an
        identifier in the wrong column, or a test. A single one would exceed all other awards together.
        """
        limit = pl.when(pl.col("currency").str.to_uppercase() == "GBP").then(MOST_GBP)
        return pl.col("amount").abs() <= limit.otherwise(MOST_IN_OTHER_CURRENCIES)

    @dy.rule()
    def plan_is_of_a_century_at_most(cls) -> pl.Expr:
        """A plan ends within a hundred years of its start.

        A later end is a typing error, such as 2204 for 2024, and would spread the money over that time. A plan that
        ends before it starts is kept: it has no duration, and the amount does not depend on the dates.
        """
        months = (pl.col("planned_end_date") - pl.col("planned_start_date")).dt.total_days() / 365.25 * 12
        return (months <= MONTHS_IN_A_CENTURY).fill_null(True)


class AwardLocation(dy.Schema):
    """A place that an award names, by code, name, country or postcode."""

    source_row = dy.Int64(primary_key=True, min=1)
    location_number = dy.Int64(primary_key=True, min=1)
    role = dy.String(regex="^(beneficiary|recipient)$")
    geo_code = dy.String(nullable=True)
    geo_code_type = dy.String(nullable=True)
    location_name = dy.String(nullable=True)
    country_code = dy.String(nullable=True)
    postcode = dy.String(nullable=True)

    @dy.rule()
    def names_a_place(cls) -> pl.Expr:
        """A place is named by at least one of its columns."""
        return pl.any_horizontal(
            pl.col("geo_code", "geo_code_type", "location_name", "country_code", "postcode").is_not_null()
        )

"""Contracts of funding awards published in the 360Giving Data Standard."""

import datetime as dt

import dataframely as dy
import polars as pl


class Award(dy.Schema):
    """An award as published; the same identifier may stand in several rows, and the amount may be zero or less."""

    source_row = dy.Int64(primary_key=True, min=1)
    award_id = dy.String()
    title = dy.String(nullable=True)
    currency = dy.String(regex="^[A-Za-z]{3}$")
    amount = dy.Float64()
    # The standard's oldest published awards are of the 1990s; a year such as 0219 or 2200 is a slip of the keyboard.
    award_date = dy.Date(min=dt.date(1900, 1, 1), max=dt.date(2099, 12, 31))
    funder_id = dy.String()
    funder_name = dy.String(nullable=True)
    recipient_id = dy.String(nullable=True)
    recipient_name = dy.String(nullable=True)
    recipient_postcode = dy.String(nullable=True)
    recipient_kind_published = dy.String(nullable=True)
    is_to_individual = dy.Bool()
    planned_start_date = dy.Date(nullable=True)
    planned_end_date = dy.Date(nullable=True)
    planned_months = dy.Float64(nullable=True, min=0)
    programme = dy.String(nullable=True)
    regrant_type = dy.String(nullable=True)
    location_scope = dy.String(nullable=True)
    from_open_call = dy.String(nullable=True)
    award_identity = dy.String()
    row_sha256 = dy.String(regex="^[0-9a-f]{64}$")


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

"""Contracts of the reference records in `warehouse/reference`."""

import dataframely as dy
import polars as pl

from assets.ingest.patterns import LOCALITIES, LOCALITY, PARTIAL_DATE, WEB_ADDRESS

AREA = r"^([EWSN]\d{8}|K02000001)$"
LEGACY = r"^5\d\d$"
NATIONS = ["England", "Wales", "Scotland", "Northern Ireland"]


class Locality(dy.Schema):
    """A local authority of April 2025."""

    source_row = dy.Int64()
    locality_code = dy.String(primary_key=True, regex=LOCALITY)
    locality_name = dy.String()
    locality_name_cy = dy.String(nullable=True)
    nation = dy.String(regex=f"^({'|'.join(NATIONS)})$")
    region_code = dy.String(nullable=True)
    region_name = dy.String(nullable=True)
    region_name_cy = dy.String(nullable=True)
    authority_type = dy.String()
    statswales_legacy_code = dy.String(nullable=True, regex=LEGACY)
    hex_q = dy.Int32()
    hex_r = dy.Int32()

    @dy.rule()
    def welsh_name_in_wales(cls) -> pl.Expr:
        """Only Welsh localities have a Welsh name and a StatsWales code, and all of them do."""
        wales = pl.col("nation") == "Wales"
        return (wales == pl.col("locality_name_cy").is_not_null()) & (
            wales == pl.col("statswales_legacy_code").is_not_null()
        )


class LocalitySuccession(dy.Schema):
    """A retired code and the locality that succeeded it."""

    source_row = dy.Int64()
    former_code = dy.String(primary_key=True, regex=LOCALITY)
    former_name = dy.String()
    locality_code = dy.String(regex=LOCALITY)
    locality_name = dy.String()
    nation = dy.String(regex=f"^({'|'.join(NATIONS)})$")
    mode = dy.String(regex="^(recode|merge|split|boundary_change|recode_boundary_change)$")
    ended_date = dy.Date(nullable=True)


class LocalityAlias(dy.Schema):
    """Another name under which publishers print a locality."""

    source_row = dy.Int64()
    alias = dy.String(primary_key=True)
    locality_code = dy.String(regex=LOCALITY)
    seen_in = dy.String()


class Population(dy.Schema):
    """A mid-year population."""

    source_row = dy.Int64()
    locality_code = dy.String(primary_key=True, regex=LOCALITY)
    population_persons = dy.Int64(min=1)
    period_end = dy.Date(primary_key=True)
    publication = dy.String()


class DeprivationProfile(dy.Schema):
    """Small areas of a locality by national decile."""

    source_row = dy.Int64()
    index_id = dy.String(primary_key=True)
    locality_code = dy.String(primary_key=True, regex=LOCALITY)
    areas_n = dy.Int64(min=1)
    decile_1_areas = dy.Int64(min=0)
    decile_2_areas = dy.Int64(min=0)
    decile_3_areas = dy.Int64(min=0)
    decile_4_areas = dy.Int64(min=0)
    decile_5_areas = dy.Int64(min=0)
    decile_6_areas = dy.Int64(min=0)
    decile_7_areas = dy.Int64(min=0)
    decile_8_areas = dy.Int64(min=0)
    decile_9_areas = dy.Int64(min=0)
    decile_10_areas = dy.Int64(min=0)
    mean_rank_percentile = dy.Float64(min=0, max=1)

    @dy.rule()
    def deciles_sum_to_areas(cls) -> pl.Expr:
        """The numbers of areas in the ten deciles sum to all areas."""
        return pl.sum_horizontal([f"decile_{decile}_areas" for decile in range(1, 11)]) == pl.col("areas_n")


class SurveyFigure(dy.Schema):
    """A published survey percentage, with its 95 % bounds if published."""

    source_row = dy.Int64()
    indicator = dy.String(primary_key=True)
    survey = dy.String(primary_key=True)
    area_code = dy.String(primary_key=True, regex=AREA)
    period = dy.String(primary_key=True, regex=r"^\d{4}([-/]\d{2})?$")
    value_pct = dy.Float64(min=0, max=100)
    lower_95_pct = dy.Float64(min=0, max=100, nullable=True)
    upper_95_pct = dy.Float64(min=0, max=100, nullable=True)
    source_title = dy.String()
    source_url = dy.String(nullable=True, regex=WEB_ADDRESS)
    licence_id = dy.String()

    @dy.rule()
    def bounds_hold_the_value(cls) -> pl.Expr:
        """The value is within its bounds, if both are published."""
        return (pl.col("lower_95_pct") <= pl.col("value_pct")) & (pl.col("value_pct") <= pl.col("upper_95_pct"))


class PlaceFundAward(dy.Schema):
    """An award of a place-based fund as announced."""

    source_row = dy.Int64()
    award_id = dy.String(primary_key=True)
    fund = dy.String()
    place_or_project = dy.String(nullable=True)
    locality_code = dy.String(nullable=True, regex=AREA)
    amount_gbp = dy.Float64(min=0)
    announced_date = dy.Date(nullable=True)
    planned_months = dy.Float64(nullable=True, min=0)
    is_competitive = dy.Bool(nullable=True)
    is_joint_bid = dy.Bool(nullable=True)
    list_coverage = dy.String(regex="^(complete|partial)$")
    is_amount_ceiling = dy.Bool()
    is_total = dy.Bool()
    note = dy.String(nullable=True)
    source_title = dy.String()
    source_url = dy.String(regex=WEB_ADDRESS)


class PlaceFundCoverage(dy.Schema):
    """Coverage of the list of a place-based fund in a nation, and the localities that it leaves out."""

    source_row = dy.Int64()
    fund = dy.String(primary_key=True)
    nation = dy.String(primary_key=True, regex=f"^({'|'.join(NATIONS)})$")
    list_coverage = dy.String(regex="^(complete|partial)$")
    excepted_locality_codes = dy.String(nullable=True, regex=LOCALITIES)
    note = dy.String(nullable=True)
    source_url = dy.String(nullable=True, regex=WEB_ADDRESS)

    @dy.rule()
    def only_a_complete_list_has_exceptions(cls) -> pl.Expr:
        """Only a complete list has exceptions: a partial list does not show that a locality has no award."""
        return pl.col("excepted_locality_codes").is_null() | (pl.col("list_coverage") == "complete")


class CovidAward(dy.Schema):
    """A COVID-19 award of spring 2020, located in one locality or nation-wide."""

    source_row = dy.Int64()
    award_id = dy.String(primary_key=True)
    funder_name = dy.String()
    funder_id = dy.String()
    recipient_name = dy.String()
    recipient_id = dy.String()
    locality_code = dy.String(nullable=True, regex=LOCALITY)
    location_basis = dy.String(
        regex="^(beneficiary_small_area|beneficiary_local_authority|beneficiary_name|recipient_postcode|nation_wide)$"
    )
    amount_gbp = dy.Float64()
    award_date = dy.Date()
    planned_months = dy.Float64(nullable=True, min=0)

    @dy.rule()
    def nation_wide_is_nowhere(cls) -> pl.Expr:
        """A nation-wide award has no locality, and every other award has one."""
        return pl.col("locality_code").is_null() == (pl.col("location_basis") == "nation_wide")


class CovidAwardSummary(dy.Schema):
    """COVID-19 awards of spring 2020 counted by locality."""

    source_row = dy.Int64()
    locality_code = dy.String(primary_key=True, regex=LOCALITY)
    awards_n = dy.Int64(min=1)
    total_gbp = dy.Float64()
    median_gbp = dy.Float64()
    awards_up_to_10000_n = dy.Int64(min=0)
    funders_n = dy.Int64(min=1)
    largest_funder_share = dy.Float64(min=0, max=1)
    awards_with_planned_months_n = dy.Int64(min=0)
    median_planned_months = dy.Float64(nullable=True, min=0)
    awards_located_by_beneficiary_n = dy.Int64(min=0)

    @dy.rule()
    def parts_within_whole(cls) -> pl.Expr:
        """No part is larger than the number of awards."""
        return pl.max_horizontal(
            "awards_up_to_10000_n", "awards_with_planned_months_n", "awards_located_by_beneficiary_n"
        ) <= pl.col("awards_n")


class AwardYearSummary(dy.Schema):
    """Awards of a funder and calendar year summed by the district of their recipients, as the district was then."""

    source_row = dy.Int64()
    district_code = dy.String(primary_key=True, regex=LOCALITY)
    funder_name = dy.String(primary_key=True)
    award_year = dy.Int32(primary_key=True, min=2013, max=2018)
    amount_gbp = dy.Float64()
    awards_n = dy.Int64(min=1)

    @dy.rule()
    def amount_in_whole_pence(cls) -> pl.Expr:
        """An amount has at most two decimals, so that decimals sum it exactly."""
        return pl.col("amount_gbp") == pl.col("amount_gbp").round(2)


class Framework(dy.Schema):
    """A national framework that enables community power, or a bill that would."""

    source_row = dy.Int64()
    framework_id = dy.String(primary_key=True)
    nation = dy.String(regex=f"^({'|'.join(NATIONS)})$")
    framework_name = dy.String()
    framework_name_cy = dy.String()
    kind = dy.String()
    in_force_from = dy.Date(nullable=True)
    in_force_to = dy.Date(nullable=True)
    status = dy.String(regex="^(in_force|repealed|unknown)$")
    status_as_of = dy.String(nullable=True, regex=PARTIAL_DATE)
    source_url = dy.String(nullable=True, regex=WEB_ADDRESS)
    note = dy.String(nullable=True)

"""Contracts of the indices of deprivation by small area: Wales and England 2025, Scotland 2020v2, N. Ireland 2017."""

import dataframely as dy
import polars as pl

from warehouse.catalogue import sources

WIMD_AREAS, IOD_AREAS, SIMD_AREAS, NIMDM_AREAS = (
    sources()[source].expected_rows for source in ("wimd2025", "iod2025", "simd2020", "nimdm2017")
)


def _wimd_rank() -> dy.Int64:
    return dy.Int64(min=1, max=WIMD_AREAS)


def _iod_rank(nullable: bool = False) -> dy.Int64:
    return dy.Int64(min=1, max=IOD_AREAS, nullable=nullable)


def _simd_rank() -> dy.Float64:
    return dy.Float64(min=1, max=SIMD_AREAS)


def _nimdm_rank() -> dy.Float64:
    return dy.Float64(min=1, max=NIMDM_AREAS)


def _score(nullable: bool = False) -> dy.Float64:
    return dy.Float64(nullable=nullable)


def _decile(nullable: bool = False) -> dy.Int64:
    return dy.Int64(min=1, max=10, nullable=nullable)


def _persons() -> dy.Int64:
    return dy.Int64(min=0, nullable=True)


class Wimd2025SmallArea(dy.Schema):
    """A Welsh LSOA of 2021 in the Welsh Index of Multiple Deprivation 2025; rank 1 is the most deprived.

    StatsWales does not name the local authority.
    """

    source_row = dy.Int64()
    small_area_code = dy.String(primary_key=True, regex=r"^W01\d{6}$")
    small_area_name = dy.String()
    local_authority_name = dy.String(nullable=True)
    overall_rank = _wimd_rank()
    income_rank = _wimd_rank()
    employment_rank = _wimd_rank()
    health_rank = _wimd_rank()
    education_rank = _wimd_rank()
    access_rank = _wimd_rank()
    housing_rank = _wimd_rank()
    community_safety_rank = _wimd_rank()
    physical_environment_rank = _wimd_rank()
    overall_decile = _decile(nullable=True)
    overall_quintile = dy.Int64(min=1, max=5, nullable=True)
    overall_quartile = dy.Int64(min=1, max=4, nullable=True)
    overall_group = dy.Int64(min=1, max=5, nullable=True)


class Iod2025SmallArea(dy.Schema):
    """An English LSOA of 2021 in the English Indices of Deprivation 2025, File 7; rank 1 is the most deprived.

    The overall index and the seven domains are always there. Supplementary indices, sub-domains and
    population denominators may be blank, as they are in cut-down copies of the file.
    """

    source_row = dy.Int64()
    small_area_code = dy.String(primary_key=True, regex=r"^E01\d{6}$")
    small_area_name = dy.String()
    local_authority_code = dy.String(regex=r"^E0[6789]\d{6}$")
    local_authority_name = dy.String()
    overall_score = _score()
    overall_rank = _iod_rank()
    overall_decile = _decile()
    income_score = _score()
    income_rank = _iod_rank()
    income_decile = _decile()
    employment_score = _score()
    employment_rank = _iod_rank()
    employment_decile = _decile()
    education_score = _score()
    education_rank = _iod_rank()
    education_decile = _decile()
    health_score = _score()
    health_rank = _iod_rank()
    health_decile = _decile()
    crime_score = _score()
    crime_rank = _iod_rank()
    crime_decile = _decile()
    barriers_score = _score()
    barriers_rank = _iod_rank()
    barriers_decile = _decile()
    living_environment_score = _score()
    living_environment_rank = _iod_rank()
    living_environment_decile = _decile()
    idaci_score = _score(nullable=True)
    idaci_rank = _iod_rank(nullable=True)
    idaci_decile = _decile(nullable=True)
    idaopi_score = _score(nullable=True)
    idaopi_rank = _iod_rank(nullable=True)
    idaopi_decile = _decile(nullable=True)
    children_young_people_score = _score(nullable=True)
    children_young_people_rank = _iod_rank(nullable=True)
    children_young_people_decile = _decile(nullable=True)
    adult_skills_score = _score(nullable=True)
    adult_skills_rank = _iod_rank(nullable=True)
    adult_skills_decile = _decile(nullable=True)
    geographical_barriers_score = _score(nullable=True)
    geographical_barriers_rank = _iod_rank(nullable=True)
    geographical_barriers_decile = _decile(nullable=True)
    wider_barriers_score = _score(nullable=True)
    wider_barriers_rank = _iod_rank(nullable=True)
    wider_barriers_decile = _decile(nullable=True)
    indoors_score = _score(nullable=True)
    indoors_rank = _iod_rank(nullable=True)
    indoors_decile = _decile(nullable=True)
    outdoors_score = _score(nullable=True)
    outdoors_rank = _iod_rank(nullable=True)
    outdoors_decile = _decile(nullable=True)
    population_persons = _persons()
    population_0_to_15_persons = _persons()
    population_60_plus_persons = _persons()
    population_18_to_66_persons = _persons()

    @dy.rule()
    def parts_within_population(cls) -> pl.Expr:
        """No age group is larger than the population."""
        return pl.max_horizontal(
            "population_0_to_15_persons", "population_60_plus_persons", "population_18_to_66_persons"
        ) <= pl.col("population_persons")


class Simd2020SmallArea(dy.Schema):
    """A Scottish data zone of 2011 in the Scottish Index of Multiple Deprivation 2020v2; rank 1 is the most deprived.

    Tied domain ranks are published as half-integers.
    """

    source_row = dy.Int64()
    small_area_code = dy.String(primary_key=True, regex=r"^S01\d{6}$")
    intermediate_zone_name = dy.String(nullable=True)
    council_area_name = dy.String()
    population_persons = _persons()
    population_working_age_persons = _persons()
    overall_rank = dy.Int64(min=1, max=SIMD_AREAS)
    overall_percentile = dy.Int64(min=1, max=100, nullable=True)
    overall_vigintile = dy.Int64(min=1, max=20, nullable=True)
    overall_decile = _decile(nullable=True)
    overall_quintile = dy.Int64(min=1, max=5, nullable=True)
    income_rank = _simd_rank()
    employment_rank = _simd_rank()
    health_rank = _simd_rank()
    education_rank = _simd_rank()
    access_rank = _simd_rank()
    crime_rank = _simd_rank()
    housing_rank = _simd_rank()


class Nimdm2017SmallArea(dy.Schema):
    """A super output area of 2001 in the Northern Ireland Multiple Deprivation Measure 2017; rank 1 is most deprived.

    Only ranks are published, and tied domain ranks are printed alike.
    """

    source_row = dy.Int64()
    small_area_code = dy.String(primary_key=True, regex=r"^95[A-Z]{2}\d{2}[A-Z]\d$")
    small_area_name = dy.String(nullable=True)
    local_authority_name = dy.String(nullable=True)
    overall_rank = dy.Int64(min=1, max=NIMDM_AREAS)
    income_rank = _nimdm_rank()
    employment_rank = _nimdm_rank()
    health_rank = _nimdm_rank()
    education_rank = _nimdm_rank()
    access_rank = _nimdm_rank()
    living_environment_rank = _nimdm_rank()
    crime_rank = _nimdm_rank()

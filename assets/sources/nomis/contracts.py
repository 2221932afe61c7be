"""Contract of the population estimates by area from Nomis."""

import dataframely as dy
import polars as pl


class NomisPopulation(dy.Schema):
    """A mid-year estimate of one area, sex and age, with the codes of Nomis data set NM_2002_1.

    Sex 0 is all persons, 1 male, 2 female; age 200 is all ages, 101 to 191 single years from 0 to 90 and over.
    """

    source_row = dy.Int64()
    date_code = dy.String(regex=r"^(19|20)\d\d$")
    area_code = dy.String(regex=r"^[A-Z]\d{8}$")
    area_name = dy.String(nullable=True)
    gender_code = dy.Int64(min=0, max=2)
    gender_name = dy.String(nullable=True)
    age_code = dy.Int64(min=100, max=999)
    age_name = dy.String(nullable=True)
    population_persons = dy.Int64(min=0, nullable=True)
    value_status = dy.String(nullable=True)

    @dy.rule()
    def value_or_status(cls) -> pl.Expr:
        """A missing value has a status."""
        return pl.col("population_persons").is_not_null() | pl.col("value_status").is_not_null()

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """A date, area, sex and age has one estimate."""
        return pl.len().over("date_code", "area_code", "gender_code", "age_code") == 1

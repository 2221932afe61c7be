"""Parsers of the reference records: CSV files in `warehouse/reference`, edited and reviewed like code."""

from collections.abc import Callable

import polars as pl

from assets.factories.recipes import Recipe
from assets.factories.staging import staged
from assets.ingest.parser import one_table
from assets.ingest.tabular import frame, read_csv
from assets.ingest.validation import SOURCE_ROW, Intake, admit
from warehouse.catalogue import tables


def csv_parser(table: str) -> Callable[[bytes], Intake]:
    """Return a parser of reference CSV files whose columns are those of a staging table.

    The text `unknown` in a true/false column is null.
    """

    def parse(content: bytes) -> Intake:
        columns = [column for column in tables()[table].of_a_file if column.name != SOURCE_ROW]
        grid = read_csv("reference", content)
        rows, refused = frame(grid, 0, {column.name: column.name for column in columns})
        booleans = [column.name for column in columns if column.type == "BOOLEAN"]
        known = rows.with_columns(pl.col(booleans).replace("unknown", ""))
        return admit(known, table, refused, rows_in=grid.rows_below(0))

    return parse


def reference_table(what: str, source: str, *more: str, strict: bool = False) -> Recipe:
    """Return the recipe of the table `staging.reference__<what>` of one reference file, or of `more` files like it."""
    table = f"staging.reference__{what}"
    return staged(dict.fromkeys((source, *more), one_table(table, csv_parser(table))), strict=strict)


# A missing row in the localities, their successions, a complete list of place funds or the register would be read as a
# fact, so these files are strict. In the others an invalid row is quarantined.
RECIPES = [
    reference_table("locality", "reference_localities", strict=True),
    reference_table("locality_succession", "reference_locality_successions", strict=True),
    reference_table("locality_alias", "reference_locality_aliases", strict=True),
    reference_table("population", "reference_population", strict=True),
    reference_table("deprivation_profile", "reference_deprivation_profile"),
    reference_table("survey_figure", "reference_survey_figures", "reference_place_survey_2008"),
    reference_table("place_fund_award", "reference_place_fund_awards", strict=True),
    reference_table("place_fund_coverage", "reference_place_fund_coverage", strict=True),
    reference_table("covid_award", "reference_covid_awards"),
    reference_table("covid_award_summary", "reference_covid_award_summary"),
    reference_table("award_year_summary", "reference_awards_2013_2018"),
    reference_table("framework", "reference_frameworks", strict=True),
    reference_table("practice_reading", "practice_readings", strict=True),
    reference_table("practice_status", "practice_status", strict=True),
    reference_table("practice_search", "practice_searches", strict=True),
    reference_table("practice_link", "practice_links"),
    reference_table("scan_reading", "practice_scan_readings"),
    reference_table("scan_adjudication", "practice_scan_adjudications"),
    reference_table("scan_search", "practice_scan_searches"),
]

"""Parsers of the reference records: CSV files in `warehouse/reference`, edited and reviewed like code."""

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, cast

import polars as pl

from assets.factories.recipes import Recipe
from assets.factories.staging import staged
from assets.ingest.parser import one_table
from assets.ingest.tabular import frame, read_csv
from assets.ingest.validation import SOURCE_ROW, Intake, admit

if TYPE_CHECKING:
    import dataframely as dy

# Imported when a file is read, because building the contracts takes longer than reading most files.
OF_RECORDS, OF_PRACTICES = "assets.sources.reference.contracts", "assets.sources.practices.contracts"
OF_SCAN = "assets.sources.practices.scan_contracts"


def csv_parser(module: str, contract: str) -> Callable[[bytes], Intake]:
    """Return a parser of reference CSV files whose columns are those of a contract.

    The text `unknown` in a true/false column is null.
    """

    def parse(content: bytes) -> Intake:
        schema = cast("type[dy.Schema]", getattr(import_module(module), contract))
        names = [name for name in schema.column_names() if name != SOURCE_ROW]
        grid = read_csv("reference", content)
        rows, refused = frame(grid, 0, {name: name for name in names})
        booleans = [name for name, column in schema.columns().items() if column.dtype == pl.Boolean]
        known = rows.with_columns(pl.col(booleans).replace("unknown", ""))
        return admit(known, schema, refused, rows_in=grid.rows_below(0))

    return parse


def reference_table(what: str, source: str, contract: str, *, strict: bool = False) -> Recipe:
    """Return the recipe of the table `staging.reference__<what>` of one reference file."""
    prefixes = {"Practice": OF_PRACTICES, "Scan": OF_SCAN}
    module = next((module for prefix, module in prefixes.items() if contract.startswith(prefix)), OF_RECORDS)
    return staged({source: one_table(f"staging.reference__{what}", csv_parser(module, contract))}, strict=strict)


# A missing row in the localities, their successions, a complete list of place funds or the register would be read as a
# fact, so these files are strict. In the others an invalid row is quarantined.
RECIPES = [
    reference_table("locality", "reference_localities", "Locality", strict=True),
    reference_table("locality_succession", "reference_locality_successions", "LocalitySuccession", strict=True),
    reference_table("locality_alias", "reference_locality_aliases", "LocalityAlias", strict=True),
    reference_table("population", "reference_population", "Population", strict=True),
    reference_table("deprivation_profile", "reference_deprivation_profile", "DeprivationProfile"),
    reference_table("survey_figure", "reference_survey_figures", "SurveyFigure"),
    reference_table("place_fund_award", "reference_place_fund_awards", "PlaceFundAward", strict=True),
    reference_table("place_fund_coverage", "reference_place_fund_coverage", "PlaceFundCoverage", strict=True),
    reference_table("covid_award", "reference_covid_awards", "CovidAward"),
    reference_table("covid_award_summary", "reference_covid_award_summary", "CovidAwardSummary"),
    reference_table("framework", "reference_frameworks", "Framework", strict=True),
    reference_table("practice_reading", "practice_readings", "PracticeReading", strict=True),
    reference_table("practice_status", "practice_status", "PracticeStatus", strict=True),
    reference_table("practice_search", "practice_searches", "PracticeSearch", strict=True),
    reference_table("practice_link", "practice_links", "PracticeLink"),
    reference_table("scan_reading", "practice_scan_readings", "ScanReading"),
    reference_table("scan_adjudication", "practice_scan_adjudications", "ScanAdjudication"),
    reference_table("scan_search", "practice_scan_searches", "ScanSearch"),
]

"""Parsers of the Scottish Household Survey: cubes of statistics.gov.scot, and the ScotPHO profiles."""

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.figures import bounds_hold
from assets.ingest.headings import table_of
from assets.ingest.obs_status import read_number, with_missing
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.tabular import as_json, column_named, frame, read_csv, tidy, values_of
from assets.ingest.validation import Intake, admit
from assets.sources.scottish_household_survey.figures import household_role, without_impossible_sums
from warehouse.errors import RefusedFile

SHS_CUBE, SCOTPHO, TABLE = "shs_cube", "scotpho_shs", "staging.shs__observation"
CUBE = {
    "FeatureCode": "area_code",
    "DateCode": "date_code",
    "Measurement": "measurement",
    "Units": "unit",
    "Value": "value",
}
CUBE_ABSENT = ("area_name", "area_type", "period_label", "lower_95", "upper_95")
ALL_PEOPLE = "All"
FIGURE = ("area_code", "date_code", "topic", "statement", "other_dimensions")
PROFILE = {
    "area_code": "area_code",
    "area_type": "area_type",
    "area_name": "area_name",
    "year": "date_code",
    "period": "period_label",
    "type_definition": "measurement",
    "indicator": "statement",
    "measure": "value",
    "upper_confidence_interval": "upper_95",
    "lower_confidence_interval": "lower_95",
}
# The profiles are made with R, which prints this for a missing value.
NOT_AVAILABLE = "NA"


def parse_shs_cube(content: bytes) -> Intake:
    """Return the rows of a Scottish Household Survey cube of statistics.gov.scot (CSV, whole cube).

    The dimension without the value "All" is the statement; the others are parts of the population and are kept as JSON
    with sorted keys. Rows of a figure that contradict each other are quarantined together. Raises `RefusedFile` if the
    leading columns are others (the service returns "Response too large" as text), or if not exactly one dimension is
    the statement.
    """
    grid, header = table_of([read_csv(SHS_CUBE, content)], list(CUBE), within=1)
    dimensions = [cell.strip() for cell in grid.rows[header] if cell.strip() and tidy(cell) not in map(tidy, CUBE)]
    rows, refused = frame(grid, header, CUBE | {name: name for name in dimensions})
    statements = [name for name in dimensions if not any(text.strip() == ALL_PEOPLE for text in values_of(rows, name))]
    if len(statements) != 1:
        got = ", ".join(statements or dimensions) or "no dimension"
        raise RefusedFile(SHS_CUBE, "one dimension of statements, and all others with rows for All", got)
    others = sorted(set(dimensions) - set(statements))
    rows = rows.with_columns(
        household_role(pl.col("measurement")).alias("measure_role"),
        pl.lit(statements[0]).alias("topic"),
        column_named(statements[0]).alias("statement"),
        as_json(others).alias("other_dimensions"),
        *(pl.lit(None, pl.String).alias(name) for name in CUBE_ABSENT),
    )
    rows, unknown = read_number(rows, "value", "value_status")
    refused = pl.concat([refused, unknown])
    return without_impossible_sums(_admitted(rows, refused, grid.rows_below(header)))


def parse_scotpho(content: bytes) -> Intake:
    """Return the Scottish Household Survey figures of the ScotPHO profiles (CSV), value and bounds in one row.

    `NA` is a missing value. Raises `RefusedFile` if a column is missing.
    """
    grid, header = table_of([read_csv(SCOTPHO, content)], list(PROFILE), within=1)
    rows, refused = frame(grid, header, PROFILE)
    numbers = ("value", "lower_95", "upper_95")
    rows = rows.with_columns(
        pl.col(numbers).str.strip_chars().replace(NOT_AVAILABLE, ""),
        household_role(pl.col("measurement")).alias("measure_role"),
        pl.lit(None, pl.String).alias("topic"),
        pl.col("measurement").alias("unit"),
        pl.lit("{}").alias("other_dimensions"),
    )
    unknown = []
    for name in numbers:
        rows, unread = read_number(rows, name, f"{name}_status")
        unknown.append(unread)
    rows = rows.rename({"value_status": "printed_status"}).with_columns(pl.col("printed_status").alias("value_status"))
    refused = pl.concat([refused, *unknown])
    return _admitted(rows, refused, grid.rows_below(header))


def _admitted(rows: pl.DataFrame, refused: pl.DataFrame, rows_in: int) -> Intake:
    """Return the rows whose value is within its bounds, in one row or in separate rows of a figure."""
    in_row = (pl.col("lower_95") <= pl.col("value")) & (pl.col("value") <= pl.col("upper_95"))
    rules = {"bounds_hold_the_value": in_row.fill_null(True) & bounds_hold(FIGURE)}
    return admit(with_missing(rows, "value"), TABLE, refused, rows_in=rows_in, rules=rules)


PARSERS: dict[str, Parser] = {
    SHS_CUBE: one_table(TABLE, parse_shs_cube, *catalogued("indicators.yaml")),
    SCOTPHO: one_table(TABLE, parse_scotpho),
}
RECIPES = staging_tables(PARSERS)

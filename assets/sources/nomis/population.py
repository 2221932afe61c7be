"""Parser of the mid-year population estimates by area from Nomis."""

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.file_checks import keeping_checks
from assets.ingest.headings import table_of
from assets.ingest.obs_status import MISSING, joined, read_number, with_missing
from assets.ingest.parser import Parser, one_table
from assets.ingest.tabular import frame, read_csv, tidy
from assets.ingest.validation import SOURCE_ROW, Intake, admit, quarantine
from warehouse.errors import RefusedFile

NOMIS, TABLE = "nomis_population", "staging.nomis__population"
REQUIRED = {
    "DATE": "date_code",
    "GEOGRAPHY_CODE": "area_code",
    "GENDER": "gender_code",
    "C_AGE": "age_code",
    "OBS_VALUE": "population_persons",
}
OPTIONAL = {
    "GEOGRAPHY_NAME": "area_name",
    "GENDER_NAME": "gender_name",
    "C_AGE_NAME": "age_name",
    "MEASURES": "measures",
    "OBS_STATUS": "obs_status",
    "RECORD_COUNT": "record_count",
}
PERSONS_MEASURE = "20100"
# The observation statuses of SDMX, which Nomis uses, as symbols of the StatsWales list; A is a normal value.
OBS_STATUS = {"A": None, "B": "b", "E": "e", "F": "f", "M": MISSING, "N": "ns", "P": "p", "Q": "c", "U": "u"}


def parse_nomis_population(content: bytes) -> Intake:
    """Return the mid-year estimates of a Nomis CSV (data set NM_2002_1), persons by area, sex and age.

    A blank value is null with the status of the row, or x if the row has none. Rows of a measure other than persons, or
    with an unknown status, are quarantined. Raises `RefusedFile` for an answer with headings but no rows, which Nomis
    returns for an unknown area or dimension, and for one page of a longer answer.
    """
    grid, header = table_of([read_csv(NOMIS, content)], list(REQUIRED), within=1)
    headings = {tidy(cell) for cell in grid.rows[header]}
    found = {heading: name for heading, name in OPTIONAL.items() if tidy(heading) in headings}
    rows, refused = frame(grid, header, REQUIRED | found)
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for heading, name in OPTIONAL.items() if heading not in found
    )
    records = rows.height + refused.height
    expected = rows["record_count"].str.strip_chars().cast(pl.Int64, strict=False).max()
    if isinstance(expected, int) and expected > records:
        raise RefusedFile(NOMIS, f"all {expected:,} records", f"one page of {records:,}")
    status = pl.col("obs_status").str.strip_chars().replace("", None)
    problem = (
        pl.when(pl.col("measures").str.strip_chars() != PERSONS_MEASURE)
        .then(pl.lit("the measure is not persons"))
        .when(~status.is_in(list(OBS_STATUS)))
        .then(pl.lit("obs_status is not known"))
    )
    rows = rows.with_columns(problem.alias("problem"))
    unread = [(row[SOURCE_ROW], row["problem"], row) for row in rows.drop_nulls("problem").iter_rows(named=True)]
    rows, wrong = read_number(rows.filter(pl.col("problem").is_null()), "population_persons", "printed_status")
    symbol = status.replace_strict(OBS_STATUS, default=None, return_dtype=pl.String)
    rows = rows.with_columns(joined(pl.col("printed_status"), symbol).alias("value_status"))
    rows = with_missing(rows, "population_persons")
    return admit(rows, TABLE, pl.concat([refused, quarantine(unread), wrong]), rows_in=grid.rows_below(header))


PARSERS: dict[str, Parser] = {NOMIS: one_table(TABLE, keeping_checks(NOMIS, TABLE, parse_nomis_population))}
RECIPES = staging_tables(PARSERS)

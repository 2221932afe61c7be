"""Population by area: the mid-year estimates as Nomis answers them."""

import polars as pl

from assets.intake import SOURCE_ROW, Intake, admit, quarantine
from assets.readers import find_header, frame, read_csv, tidy
from assets.shorthand import MISSING, joined, read_number
from warehouse.errors import RefusedFile

NOMIS = "nomis_population"
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

    A blank value is null with the status of the row, or x where the row gives none. Rows of another measure
    than persons, or with an unknown status, are quarantined. Raises `RefusedFile` for an answer with headings
    but no row, which is how Nomis answers an unknown area or dimension, and for one page of a longer answer.
    """
    from assets.contracts.population import NomisPopulation

    grid = read_csv(NOMIS, content)
    header = find_header(grid, list(REQUIRED), within=1)
    if header is None:
        raise RefusedFile(NOMIS, f"the columns {', '.join(REQUIRED)}", ", ".join(grid.rows[0])[:200])
    headings = {tidy(cell) for cell in grid.rows[header]}
    found = {heading: name for heading, name in OPTIONAL.items() if tidy(heading) in headings}
    rows, refused = frame(grid, header, REQUIRED | found)
    rows = rows.with_columns(
        pl.lit(None, pl.String).alias(name) for heading, name in OPTIONAL.items() if heading not in found
    )
    if rows.is_empty() and refused.is_empty():
        raise RefusedFile(NOMIS, "rows of population", "headings only: Nomis knows no such area, date, sex or age")
    expected = rows["record_count"].str.strip_chars().cast(pl.Int64, strict=False).max()
    if isinstance(expected, int) and expected > rows.height + refused.height:
        raise RefusedFile(NOMIS, f"all {expected:,} records", f"{rows.height + refused.height:,}, one page of the answer")
    status = pl.col("obs_status").str.strip_chars().replace("", None)
    unread = [
        _unread(rows.filter(pl.col("measures").str.strip_chars() != PERSONS_MEASURE), "the measure is not persons"),
        _unread(rows.filter(~status.is_in(list(OBS_STATUS))), "obs_status is not known"),
    ]
    rows = rows.filter(~pl.col(SOURCE_ROW).is_in(pl.concat(unread)[SOURCE_ROW].implode()))
    rows, wrong = read_number(rows, "population_persons", "printed_status")
    rows = rows.with_columns(
        joined(pl.col("printed_status"), status.replace_strict(OBS_STATUS, return_dtype=pl.String)).alias("value_status")
    ).with_columns(
        pl.when(pl.col("population_persons").is_null())
        .then(pl.col("value_status").fill_null(MISSING))
        .otherwise(pl.col("value_status"))
        .alias("value_status")
    )
    return admit(rows, NomisPopulation, pl.concat([refused, *unread, wrong]).unique(SOURCE_ROW))


def _unread(rows: pl.DataFrame, rule: str) -> pl.DataFrame:
    return quarantine([(row[SOURCE_ROW], rule, row) for row in rows.iter_rows(named=True)])

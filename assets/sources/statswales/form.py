"""A StatsWales table as text under the headings of today's service, whatever form the file has."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

STATSWALES = "statswales"
VALUES, MEASURE, STARTS, ENDS, NOTES = "Data values", "Data description", "Start date", "End date", "Notes"
REFERENCE = "_reference"
EXPECTED = f"the figures of a data set, with the columns {VALUES} and {MEASURE}"
DOWNLOAD = "Download the data set from stats.gov.wales as CSV in English, with all reference codes (raw_extended)."


@dataclass(frozen=True)
class Form:
    """A table as text: `headings` as printed by their `tidy` form, `rows` with `source_row`, and quarantine rows.

    `rows_in` is the number of rows of the file. In a form of the former service, a row is one value, and `source_row`
    its number in the order of the file.
    """

    headings: Mapping[str, str]
    rows: pl.DataFrame
    refused: pl.DataFrame
    rows_in: int

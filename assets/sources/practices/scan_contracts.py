"""Contracts of the readings, decisions and queries of the national scan (docs/method/national-scan.md)."""

import dataframely as dy
import polars as pl

from assets.ingest.patterns import LOCALITY
from assets.sources.practices.record_files import PRACTICE_ID
from warehouse.catalogue import codebook

CODES = {axis.id: axis.pattern for axis in codebook().values()}
ADJUDICATED_AXES = "^(primary_type|side|mechanism|direction)$"


class ScanReading(dy.Schema):
    """The codes of a practice of the scan in one of two independent readings."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True, regex=PRACTICE_ID)
    reading = dy.String(primary_key=True, regex="^[12]$")
    is_shift = dy.String(regex=CODES["is_shift"])
    primary_type = dy.String(regex=CODES["primary_type"])
    side = dy.String(regex=CODES["side"])
    mechanism = dy.String(regex=CODES["mechanism"])
    direction = dy.String(regex=CODES["direction"])
    began = dy.String(regex=CODES["began"])
    response_to_pandemic = dy.String(regex=CODES["response_to_pandemic"])
    status = dy.String(regex=CODES["status"])
    evidence_grade = dy.String(regex=CODES["evidence_grade"])
    other_types = dy.String(nullable=True, regex=CODES["other_types"])
    confidence = dy.String(regex=CODES["confidence"])


class ScanAdjudication(dy.Schema):
    """The code decided by a third reading where the two readings differ."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True, regex=PRACTICE_ID)
    axis = dy.String(primary_key=True, regex=ADJUDICATED_AXES)
    decision = dy.String()
    why = dy.String()

    @dy.rule()
    def decision_is_a_code_of_the_axis(cls) -> pl.Expr:
        """The decision is a code that a reading may have on that axis."""
        allowed = pl.lit(False)
        for axis in ("primary_type", "side", "mechanism", "direction"):
            allowed = allowed | ((pl.col("axis") == axis) & pl.col("decision").str.contains(CODES[axis]))
        return allowed


class ScanSearch(dy.Schema):
    """A query of the scan in one locality, with the number of results that were seen and that were relevant."""

    source_row = dy.Int64()
    locality_code = dy.String(primary_key=True, regex=LOCALITY)
    locality_name = dy.String()
    query = dy.String(primary_key=True)
    date = dy.Date()
    results_seen = dy.Int64(min=0)
    results_relevant = dy.Int64(min=0)
    note = dy.String(nullable=True)

    @dy.rule()
    def relevant_results_were_seen(cls) -> pl.Expr:
        """No more results are relevant than were seen."""
        return pl.col("results_relevant") <= pl.col("results_seen")

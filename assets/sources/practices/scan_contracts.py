"""Contracts of the readings, decisions and queries of the national scan (docs/method/national-scan.md)."""

import dataframely as dy
import polars as pl

from assets.sources.practices.contracts import TYPE, several
from assets.sources.reference.contracts import LOCALITY

PRACTICE_ID = rf"{LOCALITY[:-1]}-w\d{{2,}}$"
CONFIDENCE = "^(low|medium|high)$"
ADJUDICATED_AXES = "^(primary_type|side|mechanism|direction)$"


class ScanReading(dy.Schema):
    """The codes of a practice of the scan in one of two independent readings."""

    source_row = dy.Int64()
    practice_id = dy.String(primary_key=True, regex=PRACTICE_ID)
    reading = dy.String(primary_key=True, regex="^[12]$")
    is_shift = dy.String(regex="^(yes|doubtful|no)$")
    primary_type = dy.String(regex=f"^{TYPE}$")
    side = dy.String(regex="^(institution|community|joint)$")
    mechanism = dy.String(
        regex=(
            "^(mutual_aid|emergency_hub|volunteering_infrastructure|asset_transfer|community_ownership"
            "|participatory_budgeting|devolved_budget|community_grants|deliberation|co_production|community_planning"
            "|neighbourhood_team|partnership|wealth_building|food|digital_platform|culture_change|other)$"
        )
    )
    direction = dy.String(regex="^(to_community|to_institution|shared|unclear)$")
    began = dy.String(regex="^(before_2020|pandemic|after_2021|unknown)$")
    response_to_pandemic = dy.String(regex="^(new|accelerated|unrelated|unknown)$")
    status = dy.String(regex="^(active|ended|planned|unknown)$")
    evidence_grade = dy.String(regex="^E[0-3]$")
    other_types = dy.String(nullable=True, regex=several(TYPE))
    confidence = dy.String(regex=CONFIDENCE)


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
            codes = ScanReading.columns()[axis].regex  # type: ignore[attr-defined]
            allowed = allowed | ((pl.col("axis") == axis) & pl.col("decision").str.contains(codes))
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

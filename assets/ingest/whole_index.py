"""Requires an index of deprivation to be complete: a rank has no meaning without all the others."""

import polars as pl

from assets.ingest.file_checks import checked, why
from assets.ingest.validation import SOURCE_ROW, Intake
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile

RANK, DECILE = "overall_rank", "overall_decile"


def require_whole(source_id: str, table: str, intake: Intake) -> Intake:
    """Return the rows of an index of deprivation, with all areas that the catalogue expects.

    Raises `RefusedFile` if an area is missing or quarantined, if two areas have the same rank, if the published deciles
    do not follow the ranks, or if the areas break a check of the build, such as areas in another nation's authority.
    """
    expected = sources()[source_id].expected_rows
    rows = intake.kept
    if expected and rows.height != expected:
        raise RefusedFile(
            source_id, f"{expected:,} areas", f"{rows.height:,} of {expected:,} areas{why(table, intake)}"
        )
    if (shared := rows.filter(pl.col(RANK).is_duplicated()).sort(RANK, SOURCE_ROW)).height:
        first, second = shared.head(2)[SOURCE_ROW]
        raise RefusedFile(source_id, "a rank for each area", f"the rank {shared[RANK][0]} in rows {first} and {second}")
    if DECILE in rows.columns:
        _require_deciles(source_id, rows)
    whole = checked(source_id, table, intake)
    if whole.kept.height != rows.height:
        raise RefusedFile(source_id, f"{rows.height:,} areas", f"{whole.kept.height:,}{why(table, whole)}")
    return whole


def _require_deciles(source_id: str, rows: pl.DataFrame) -> None:
    """Raise `RefusedFile` unless the published deciles are ten and rise with the ranks."""
    banded = rows.drop_nulls(DECILE).sort(RANK)
    back = banded.filter(pl.col(DECILE) < pl.col(DECILE).shift())
    if back.height:
        area = back.row(0, named=True)
        got = f"decile {area[DECILE]} at rank {area[RANK]} in row {area[SOURCE_ROW]}, after a higher one"
        raise RefusedFile(source_id, "deciles that follow the ranks", got)
    if banded.height == rows.height and (found := banded[DECILE].n_unique()) != 10:
        raise RefusedFile(source_id, "ten deciles", f"{found}")

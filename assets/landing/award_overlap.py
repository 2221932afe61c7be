"""Counts the awards that a file shares with another landed file, by which of the two files each is counted.

`sql/core/award/award_repeat.sql` decides which rows are the same award and which of them counts; here its result is
summarised for two files. An award is shared if both files have its `award_identity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from warehouse.storage.landing import LandedFile

IDENTITY, DATE, AMOUNT, ROW = "award_identity", "award_date", "amount", "source_row"


@dataclass(frozen=True)
class Overlap:
    """Numbers of awards of a new file that are also in another file.

    `here` are counted from the new file, `there` from the other file, and `further` from both, as separate payments. Of
    `here` and `there`, `with_other_amount` have a different amount in the other file.
    """

    source_id: str
    file_name: str
    here: int = 0
    there: int = 0
    further: int = 0
    with_other_amount: int = 0

    @property
    def shared(self) -> int:
        """Number of awards of the new file that are also in the other."""
        return self.here + self.there + self.further

    def sentences(self) -> list[str]:
        """Return the numbers as sentences for a user."""
        told = [
            f"awards that are also in {self.file_name} and count once, from {counting}: {count:,}"
            for count, counting in ((self.here, "this file"), (self.there, self.file_name))
            if count
        ]
        if self.with_other_amount:
            told.append(f"of these, awards with a different amount there: {self.with_other_amount:,}")
        if self.further:
            told.append(
                f"awards with the identifier of an award in {self.file_name} that count as further payments: "
                f"{self.further:,}"
            )
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return the counts as JSON-ready values."""
        return {
            "source_id": self.source_id,
            "file_name": self.file_name,
            "counted_by_this_file": self.here,
            "counted_by_other_file": self.there,
            "further_payments": self.further,
            "with_other_amount": self.with_other_amount,
        }


def shared_awards(awards: pl.DataFrame, others: Sequence[Path]) -> dict[Path, tuple[pl.DataFrame, float]]:
    """Return the awards that a file shares with each of some other files, by the path of their staged awards.

    Each value also has the share of the other file's awards, from 0 to 1, that the file has. Files that share nothing
    are left out, and only one column of them is read.
    """
    ours = awards.select(IDENTITY).drop_nulls().unique().lazy()
    found = {}
    for path in others:
        theirs = pl.scan_parquet(path)
        shared = theirs.select(IDENTITY).join(ours, IDENTITY, "semi").unique().collect().height
        if shared:
            total = theirs.select(pl.col(IDENTITY).drop_nulls().n_unique()).collect().item()
            found[path] = (theirs.join(ours, IDENTITY, "semi").sort(ROW).collect(), shared / total)
    return found


def overlap(
    file: LandedFile, awards: pl.DataFrame, other: LandedFile, theirs: pl.DataFrame, repeats: pl.DataFrame
) -> Overlap:
    """Return how a file and another share awards.

    `awards` and `theirs` are staged awards of the two files, `repeats` the awards that are counted from another row
    (`assets.landing.trial_build.Trial`). Repeated rows within the new file are left out.
    """
    distinct = awards.unique("row_sha256", keep="first", maintain_order=True)
    ours = _counted(distinct.join(theirs.select(IDENTITY).drop_nulls(), IDENTITY, "semi"), file, repeats)
    counted = _counted(theirs, other, repeats)
    same = pl.col("counts").any().alias("same_counts"), pl.col(AMOUNT).unique().alias("same_amounts")
    dated, undated = (counted.group_by(keys).agg(*same) for keys in ([IDENTITY, DATE], [IDENTITY]))
    # A row is compared with those of the same identity and date or, if there are none, with all of the identity.
    beside = (
        ours.join(dated, [IDENTITY, DATE], "left", nulls_equal=True)
        .join(undated, IDENTITY, "left", suffix="_undated")
        .with_columns(pl.coalesce(name, f"{name}_undated") for name in ("same_counts", "same_amounts"))
    )
    further = pl.col("counts") & pl.col("same_counts")
    found = beside.select(
        here=(pl.col("counts") & ~pl.col("same_counts")).sum(),
        there=(~pl.col("counts")).sum(),
        further=further.sum(),
        with_other_amount=(~further & ~pl.col(AMOUNT).is_in(pl.col("same_amounts"), nulls_equal=True)).sum(),
    )
    return Overlap(other.source_id, other.file_name, **found.row(0, named=True))


def _counted(awards: pl.DataFrame, file: LandedFile, repeats: pl.DataFrame) -> pl.DataFrame:
    """Return awards with the column `counts`: whether an award is counted from its own row."""
    ours = (pl.col("source_id") == file.source_id) & (pl.col("file_sha256") == file.sha256)
    repeated = repeats.filter(ours)["source_row"]
    return awards.with_columns(counts=~pl.col("source_row").is_in(repeated.implode()))

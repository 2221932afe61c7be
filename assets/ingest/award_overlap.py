"""Says of the awards that a file shares with another landed file which of the two files they count by.

What makes the same award, and which of its rows counts, is decided by `sql/core/fct_award.sql`; here its answer is put
together for two files. An award is shared where both files have its `award_identity`.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import polars as pl

from warehouse.landing import LandedFile

IDENTITY, DATE, AMOUNT = "award_identity", "award_date", "amount"


@dataclass(frozen=True)
class Overlap:
    """The awards of a new file that are in another file too, by what they count by.

    `here` count by the new file, in place of the other; `there` by the other, in place of the new one; `further` by
    both, as payments of their own. Of `here` and `there`, `with_other_amount` have another amount in the other file.
    """

    source_id: str
    file_name: str
    here: int = 0
    there: int = 0
    further: int = 0
    with_other_amount: int = 0

    @property
    def shared(self) -> int:
        """How many awards of the new file are in the other too."""
        return self.here + self.there + self.further

    def sentences(self) -> list[str]:
        """Return what a user should know of it."""
        told = [
            f"awards that are in {self.file_name} too and count once, by {counting}: {count:,}"
            for count, counting in ((self.here, "this file"), (self.there, self.file_name))
            if count
        ]
        if self.with_other_amount:
            told.append(f"of these, awards with another amount there: {self.with_other_amount:,}")
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


def shared_share(awards: pl.DataFrame, theirs: pl.DataFrame) -> float:
    """Return which share of the awards of another file a file holds, from 0 to 1."""
    identities = theirs[IDENTITY].drop_nulls().unique()
    return len(set(identities) & set(awards[IDENTITY])) / max(identities.len(), 1)


def shared_rows(awards: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """Return the awards of another file that a file holds too."""
    return theirs.filter(pl.col(IDENTITY).is_in(awards[IDENTITY].drop_nulls().unique().implode()))


def overlap(
    file: LandedFile, awards: pl.DataFrame, other: LandedFile, theirs: pl.DataFrame, repeats: pl.DataFrame
) -> Overlap:
    """Return how a file and another share awards.

    `awards` and `theirs` are staged awards of the two files, `repeats` the awards that count by another row
    (`assets.trial_build.Trial`). Rows that the new file itself repeats are left out.
    """
    distinct = awards.unique("row_sha256", keep="first", maintain_order=True)
    ours = _counted(shared_rows(theirs, distinct), file, repeats)
    counted = _counted(theirs, other, repeats)
    # A row is compared with those of the same date, or with all of its identity where there is none of that date.
    dated = counted.rows_by_key([IDENTITY, DATE], named=True)
    undated = counted.rows_by_key([IDENTITY], named=True)
    found: Counter[str] = Counter()
    for row in ours.iter_rows(named=True):
        same = dated.get((row[IDENTITY], row[DATE])) or undated[row[IDENTITY]]
        by = "there" if not row["counts"] else "further" if any(item["counts"] for item in same) else "here"
        found[by] += 1
        found["with_other_amount"] += by != "further" and row[AMOUNT] not in {item[AMOUNT] for item in same}
    return Overlap(other.source_id, other.file_name, **found)


def _counted(awards: pl.DataFrame, file: LandedFile, repeats: pl.DataFrame) -> pl.DataFrame:
    """Return awards with whether they count by their own row."""
    ours = (pl.col("source_id") == file.source_id) & (pl.col("file_sha256") == file.sha256)
    repeated = repeats.filter(ours)["source_row"]
    return awards.with_columns(counts=~pl.col("source_row").is_in(repeated.implode()))

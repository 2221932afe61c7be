"""Makes frames of awards and places, and merges rows that are one award."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import polars as pl

from assets.ingest.validation import SOURCE_ROW
from assets.sources.threesixtygiving.parts import (
    Places,
    beneficiary_places,
    distinct,
    layout,
    list_start,
)
from assets.sources.threesixtygiving.recipients import Recipients, all_recipients, once_each

IDENTITY, CORE, SHA256, IS_TO_INDIVIDUAL = "award_identity", "core", "row_sha256", "is_to_individual"
RECIPIENTS_N, FURTHER_RECIPIENTS = "recipients_n", "further_recipients"
LOCATION_NUMBER, ROLE = "location_number", "role"
IS_MERGED = "is_merged"
Located = tuple[int, Recipients, Places]


class Merged(NamedTuple):
    """Numbers of rows that were merged into another, and of their places that are repeats."""

    rows_n: int = 0
    repeated_places_n: int = 0


def award_schema() -> dict[str, Any]:
    """Return the schema of awards before numbers and dates are parsed."""
    texts = dict.fromkeys((*layout().columns, *layout().recipient_columns), pl.String)
    return {
        SOURCE_ROW: pl.Int64,
        IS_TO_INDIVIDUAL: pl.Boolean,
        **texts,
        RECIPIENTS_N: pl.Int64,
        FURTHER_RECIPIENTS: pl.String,
        IDENTITY: pl.String,
        SHA256: pl.String,
        CORE: pl.Binary,
    }


def recipient_columns(each: Iterable[Recipients]) -> dict[str, Any]:
    """Return the staging columns of the recipients of some awards, by name."""
    names = (*layout().recipient_columns, RECIPIENTS_N, FURTHER_RECIPIENTS)
    return dict(zip(names, zip(*(one.columns for one in each), strict=True), strict=True))


def row_digests(cores: Iterable[bytes], recipients: Iterable[Recipients], places: Iterable[Places]) -> list[str]:
    """Return the digests of awards, from the digests of their own fields, recipients and places."""
    both, sha256 = list_start(2), hashlib.sha256
    return [
        sha256(core + both + named.packed + located.packed).hexdigest()
        for core, named, located in zip(cores, recipients, places, strict=True)
    ]


def places_frame(located: Iterable[Located]) -> pl.DataFrame:
    """Return the places of awards in the columns of their staging table; beneficiary places first."""
    rows: list[int] = []
    numbers: list[int] = []
    found: list[tuple[str | None, ...]] = []
    for row, recipients, places in located:
        if named := places.rows + recipients.rows:
            if len(named) == 1:
                rows.append(row)
                numbers.append(1)
            else:
                rows += [row] * len(named)
                numbers += range(1, len(named) + 1)
            found += named
    texts = dict.fromkeys((ROLE, *layout().place_columns), pl.String)
    columns = zip(*found, strict=True) if found else [()] * len(texts)
    return pl.DataFrame(
        {SOURCE_ROW: rows, LOCATION_NUMBER: numbers} | dict(zip(texts, columns, strict=True)),
        schema={SOURCE_ROW: pl.Int64, LOCATION_NUMBER: pl.Int64, **texts},
    )


def merge_rows(
    awards: pl.DataFrame, places: pl.DataFrame, read_again: Callable[[set[int]], dict[int, tuple[Recipients, Places]]]
) -> tuple[pl.DataFrame, pl.DataFrame, Merged]:
    """Return awards and places, with awards that are printed in several rows merged, and the counts of merged rows.

    Rows of one identity that differ only in place or recipient are one award, with the places and recipients of all of
    them. Rows that are equal in these too are repeats: they are not merged, and have equal digests. Rows that differ in
    anything else are separate payments with one identifier.

    `read_again` returns the recipients and places of rows; it is called only for the rows that are merged.
    """
    together = (
        awards.select(SOURCE_ROW, IDENTITY, CORE, SHA256)
        .filter(pl.col(IDENTITY).is_not_null() & pl.col(CORE).is_duplicated())
        .filter(pl.len().over(IDENTITY, CORE) > 1)
        .group_by(IDENTITY, CORE, maintain_order=True)
        .agg(SOURCE_ROW, pl.col(SHA256).n_unique())
        .filter(pl.col(SHA256) > 1)
    )
    if together.is_empty():
        return awards, places, Merged()
    rows = together[SOURCE_ROW].explode()
    again = read_again(set(rows))
    merged: list[Located] = []
    repeated_places_n = 0
    for numbers in together[SOURCE_ROW]:
        each = [again[number] for number in numbers]
        recipients = all_recipients(once_each([one for found, _ in each for one in found.each]))
        located = beneficiary_places(distinct([part for _, found in each for part in found.parts]))
        repeated_places_n += sum(_listed_n(*one) for one in each) - _listed_n(recipients, located)
        merged.append((numbers[0], recipients, located))
    firsts = pl.DataFrame(
        {SOURCE_ROW: [row for row, _, _ in merged]}
        | recipient_columns(one for _, one, _ in merged)
        | {SHA256: row_digests(together[CORE], *list(zip(*merged, strict=True))[1:])},
        schema_overrides=award_schema(),
    )
    firsts = firsts.with_columns(pl.lit(True).alias(IS_MERGED))
    gone = set(rows) - set(firsts[SOURCE_ROW])
    awards = awards.filter(~pl.col(SOURCE_ROW).is_in(gone))
    changed = awards.select(SOURCE_ROW).join(firsts, on=SOURCE_ROW, how="left", maintain_order="left")
    awards = awards.with_columns(
        pl.when(changed[IS_MERGED]).then(changed[name]).otherwise(pl.col(name)).alias(name)
        for name in changed.columns[1:-1]
    )
    others = places.filter(~pl.col(SOURCE_ROW).is_in(set(rows)))
    places = pl.concat([others, places_frame(merged)]).sort(SOURCE_ROW, LOCATION_NUMBER)
    return awards, places, Merged(len(gone), repeated_places_n)


def _listed_n(recipients: Recipients, places: Places) -> int:
    """Return the number of places of an award and its recipients."""
    return len(places.parts) + sum(len(one.places) for one in recipients.each)

"""Synthetic files of awards in the 360Giving Data Standard, as large as the real record; every record says what it is.

The same seed gives the same files. Codes, names and outward postcodes are those of real localities, so that awards are
placed; funders, recipients, amounts and everything else are drawn.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from assets.sources.geography.areas import count_outward_codes
from assets.sources.threesixtygiving.standard import SOURCE
from warehouse.catalogue import tables as contracts
from warehouse.storage.home import PROJECT
from warehouse.storage.table_store import empty

LABEL = "Synthetic award"
TOLD = (
    "Synthetic record: no such award was made. It pays for the running costs of a meeting place, for volunteers who "
    "visit their neighbours, and for a small fund from which residents decide together what is done next."
)
FUNDERS = 25
# Of so many funders one publishes a sheet, the others JSON.
SHEETS_EVERY = 5
FIRST_YEAR, LAST_DAY = 2004, dt.date(2026, 9, 30)
PROGRAMMES = 40
AWARDS_A_RECIPIENT = 4
# How often a value is drawn that many awards share, or that is out of the ordinary.
SHARES = {"individual": 0.04, "zero": 0.003, "negative": 0.002, "euro": 0.005, "repeat": 0.005, "elsewhere": 0.005}
PLACES_N = (0.15, 0.68, 0.10, 0.04, 0.03)
WIDER = np.array([["E92000001", "England"], ["W92000004", "Wales"], ["S92000003", "Scotland"], ["E12000007", "London"]])
PREFIXES = np.array(["GB-CHC-", "GB-CHC-", "GB-CHC-", "GB-COH-", "GB-COH-", "GB-SC-", "GB-LAE-", ""])
HEADINGS = {
    "award_id": "Identifier",
    "title": "Title",
    "description": "Description",
    "currency": "Currency",
    "amount": "Amount Awarded",
    "award_date": "Award Date",
    "planned_months": "Planned Dates:Duration (months)",
    "recipient_id": "Recipient Org:Identifier",
    "recipient_name": "Recipient Org:Name",
    "recipient_postcode": "Recipient Org:Postal Code",
    "individual": "To Individuals Details:Grant Purpose",
    "funder_id": "Funding Org:Identifier",
    "funder_name": "Funding Org:Name",
    "programme": "Grant Programme:Title",
}
PLACE_HEADINGS = {"name": "Name", "code": "Geographic Code", "kind": "Geographic Code Type"}


@dataclass(frozen=True)
class Known:
    """Places that the project knows: codes and names of localities, and outward postcodes."""

    localities: np.ndarray[Any, Any]
    outward: np.ndarray[Any, Any]


def known() -> Known:
    """Return the localities of the reference records, and the outward postcodes of the directory."""
    localities = pl.read_csv(PROJECT / "warehouse" / "reference" / "localities.csv", infer_schema=False)
    return Known(
        localities.select("locality_code", "locality_name").to_numpy(),
        count_outward_codes()["outward_code"].unique().sort().to_numpy(),
    )


def funder_awards(number: int, awards_n: int, seed: int, known: Known) -> pl.DataFrame:
    """Return the awards of one funder, one row each: what is published of it, and its places as a list.

    `places` has `name`, `code` and `kind` of each place; `individual` is null but for awards to a person. Some rows
    repeat an earlier one, and some are awards of the funder before.
    """
    draw = np.random.default_rng([seed, number])
    chosen = {name: draw.random(awards_n) < share for name, share in SHARES.items()}
    recipients_n = max(awards_n // AWARDS_A_RECIPIENT, 1)
    # Few organisations have many awards.
    recipient = (recipients_n * draw.random(awards_n) ** 1.5).astype(np.int64)
    # A quarter of the recipients have awards of other funders too.
    owner = np.where(recipient % AWARDS_A_RECIPIENT == 0, 0, number)
    amount = np.exp(draw.normal(8.6, 1.5, awards_n)).round(-1).clip(50, 20_000_000)
    amount = np.where(chosen["zero"], 0, np.where(chosen["negative"], -amount, amount))
    days_n = (LAST_DAY - dt.date(FIRST_YEAR, 1, 1)).days
    # More has been published of every later year.
    day = (days_n * draw.random(awards_n) ** 0.6).astype(np.int64)
    at = np.where(chosen["elsewhere"], max(number - 1, 0), number)
    frame = pl.DataFrame(
        {
            "number": np.where(chosen["repeat"], np.maximum(np.arange(awards_n) - 1, 0), np.arange(awards_n)),
            "funder": at,
            "currency": np.where(chosen["euro"], "EUR", "GBP"),
            "amount": amount,
            "day": day,
            "planned_months": draw.choice([None, None, 6.0, 12.0, 12.0, 24.0, 36.0], awards_n).astype(float),
            "owner": owner,
            "recipient": recipient,
            "prefix": PREFIXES[recipient % len(PREFIXES)].tolist(),
            "outward": known.outward[(recipient * 7919 + owner) % len(known.outward)].tolist(),
            "home": known.localities[(recipient * 104729 + owner) % len(known.localities), 1].tolist(),
            "programme": draw.integers(0, PROGRAMMES, awards_n),
            "is_individual": chosen["individual"],
        }
    )
    named = pl.format("Synthetic {} Association {}-{}", "home", "owner", "recipient")
    number_text = (pl.col("recipient") + 1_000_000 * (1 + pl.col("owner") % 8)).cast(pl.String)
    person = pl.col("is_individual")
    frame = frame.select(
        award_id=pl.format("360G-synthetic{}-{}", "funder", "number"),
        title=pl.format("{} {} for {}", pl.lit(LABEL), "number", "home"),
        description=pl.lit(TOLD),
        currency="currency",
        amount="amount",
        award_date=pl.lit(dt.date(FIRST_YEAR, 1, 1)) + pl.duration(days="day"),
        planned_months=pl.col("planned_months").fill_nan(None),
        recipient_id=pl.when(~person & (pl.col("prefix") != "")).then(pl.concat_str("prefix", number_text)),
        recipient_name=pl.when(~person).then(named),
        recipient_postcode=pl.when(~person).then(pl.format("{} {}AA", "outward", pl.col("recipient") % 9 + 1)),
        individual=pl.when(person).then(pl.lit("Synthetic individual")),
        funder_id=pl.format("GB-CHC-{}", 9_000_000 + pl.col("funder")),
        funder_name=pl.format("Synthetic Foundation {}", "funder"),
        programme=pl.format("Synthetic programme {}", "programme"),
        places=pl.Series(_places(draw, awards_n, known)),
    )
    # A row that repeats an earlier one has all of its values.
    return frame.with_columns(
        pl.when(pl.Series(chosen["repeat"])).then(pl.all().shift(1).fill_null(pl.all())).otherwise(pl.all()).name.keep()
    )


def _places(draw: np.random.Generator, awards_n: int, known: Known) -> pl.Series:
    """Return the places of each award: by code, by name alone, in a ward or small area, or a region or nation."""
    counts = draw.choice(len(PLACES_N), awards_n, p=PLACES_N)
    total = int(counts.sum())
    locality = draw.integers(0, len(known.localities), total)
    how = draw.choice(4, total, p=(0.6, 0.2, 0.15, 0.05))
    code, name = known.localities[locality, 0], known.localities[locality, 1]
    wider = draw.integers(0, len(WIDER), total)
    ward = np.char.add("E05", draw.integers(10_000_000, 10_008_000, total).astype("U8")).astype(object)
    frame = pl.DataFrame(
        {
            "award": np.repeat(np.arange(awards_n), counts),
            "name": np.where(how == 3, WIDER[wider, 1], name).tolist(),
            "code": np.select([how == 0, how == 2, how == 3], [code, ward, WIDER[wider, 0]], None).tolist(),
            "kind": np.select([how == 0, how == 2, how == 3], ["LA", "WD", "RGN"], None).tolist(),
        }
    )
    listed = frame.group_by("award", maintain_order=True).agg(places=pl.struct("name", "code", "kind"))
    all_awards = pl.DataFrame({"award": np.arange(awards_n)})
    return all_awards.join(listed, on="award", how="left", maintain_order="left")["places"]


def write(folder: Path, awards_n: int, seed: int = 1, funders_n: int = FUNDERS, first: int = 0) -> list[Path]:
    """Write one file for each funder, JSON or CSV, that together hold so many awards; return their paths.

    Funders are numbered from `first`, and a file is named after the number.
    """
    folder.mkdir(parents=True, exist_ok=True)
    places = known()
    paths = []
    for number, size in enumerate(sizes(awards_n, funders_n), start=first):
        frame = funder_awards(number, size, seed, places)
        is_sheet = number % SHEETS_EVERY == SHEETS_EVERY - 1
        path = folder / f"synthetic-funder-{number:02}.{'csv' if is_sheet else 'json'}"
        (_write_sheet if is_sheet else _write_document)(frame, path)
        paths.append(path)
    return paths


def _write_document(frame: pl.DataFrame, path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write('{"license": "https://creativecommons.org/publicdomain/zero/1.0/", "grants": [\n')
        for index, grant in enumerate(_grants(frame)):
            file.write((",\n" if index else "") + json.dumps(grant))
        file.write("\n]}\n")


def _grants(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for row in frame.iter_rows(named=True):
        grant: dict[str, Any] = {
            "id": row["award_id"],
            "title": row["title"],
            "description": row["description"],
            "currency": row["currency"],
            "amountAwarded": row["amount"],
            "awardDate": f"{row['award_date'].isoformat()}T00:00:00+00:00",
            "fundingOrganization": [{"id": row["funder_id"], "name": row["funder_name"]}],
            "grantProgramme": [{"title": row["programme"]}],
            "dateModified": "2026-10-01",
        }
        if row["planned_months"] is not None:
            grant["plannedDates"] = [{"duration": row["planned_months"]}]
        if row["individual"]:
            grant["toIndividualsDetails"] = {"grantPurpose": [row["individual"]]}
        else:
            grant["recipientOrganization"] = [
                {
                    field: row[column]
                    for field, column in (
                        ("id", "recipient_id"),
                        ("name", "recipient_name"),
                        ("postalCode", "recipient_postcode"),
                    )
                    if row[column] is not None
                }
            ]
        if row["places"]:
            grant["beneficiaryLocation"] = [
                {
                    field: place[column]
                    for field, column in (("name", "name"), ("geoCode", "code"), ("geoCodeType", "kind"))
                    if place[column] is not None
                }
                for place in row["places"]
            ]
        yield grant


def _write_sheet(frame: pl.DataFrame, path: Path) -> None:
    most = int(frame["places"].list.len().max() or 0)  # type: ignore[arg-type]
    given = {
        f"Beneficiary Location:{number}:{heading}": pl.col("places")
        .list.get(number, null_on_oob=True)
        .struct.field(column)
        for number in range(most)
        for column, heading in PLACE_HEADINGS.items()
    }
    frame.select(**{heading: pl.col(column) for column, heading in HEADINGS.items()}, **given).write_csv(path)


def sizes(awards_n: int, funders_n: int = FUNDERS) -> list[int]:
    """Return how many of so many awards each funder has."""
    return [awards_n * (number + 1) // funders_n - awards_n * number // funders_n for number in range(funders_n)]


def stage(tables: Path, awards_n: int, seed: int = 1) -> None:
    """Replace the staged awards below a folder of tables by what the files of so many awards give, without the files.

    The files are added to `meta.landed_file`. Rows are as the parser gives them, but for digests, which are of the row.
    """
    places = known()
    landed = pl.read_parquet(tables / "meta" / "landed_file.parquet")
    awards, locations, files = [], [], [landed.filter(pl.col("source_id") != SOURCE)]
    for number, size in enumerate(sizes(awards_n)):
        frame = funder_awards(number, size, seed, places)
        sha256 = hashlib.sha256(f"{LABEL} {seed} {number}".encode()).hexdigest()
        of_file = {"source_id": pl.lit(SOURCE), "file_sha256": pl.lit(sha256)}
        told = frame.select(
            pl.concat_str(
                "award_id", "title", "amount", pl.col("award_date").cast(pl.String), "funder_id",
                pl.col("recipient_name"), "programme", separator=" ", ignore_nulls=True,
            )
        )  # fmt: skip
        digests = [hashlib.sha256(text.encode()).hexdigest() for text in told.to_series()]
        frame = frame.with_columns(
            **of_file,
            source_row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
            row_sha256=pl.Series(digests, dtype=pl.String),
            award_identity=pl.format(
                "{} {}", pl.col("funder_id").str.to_lowercase(), pl.col("award_id").str.to_lowercase()
            ),
            is_to_individual=pl.col("individual").is_not_null(),
            recipients_n=pl.col("recipient_name").is_not_null().cast(pl.Int64),
        ).with_columns(title=pl.when(~pl.col("is_to_individual")).then("title"))
        awards.append(_with_columns(frame, "staging.threesixtygiving__award"))
        located = (
            frame.select("source_row", "places", *of_file)
            .explode("places")
            .drop_nulls("places")
            .unnest("places")
            .select(
                location_number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("source_row"),
                role=pl.lit("beneficiary"),
                location_name="name",
                geo_code="code",
                geo_code_type="kind",
                source_row="source_row",
                **of_file,
            )
        )
        locations.append(_with_columns(located, "staging.threesixtygiving__award_location"))
        files.append(
            landed.head(1).with_columns(
                **of_file,
                file_name=pl.lit(f"synthetic-funder-{number:02}.json"),
                landed_at=pl.lit(dt.datetime(2026, 10, 1 + number)).cast(pl.Datetime("us")),
            )
        )
    for name, frames in (("threesixtygiving__award", awards), ("threesixtygiving__award_location", locations)):
        pl.concat(frames).write_parquet(tables / "staging" / f"{name}.parquet")
    pl.concat(files).write_parquet(tables / "meta" / "landed_file.parquet")


def _with_columns(frame: pl.DataFrame, table: str) -> pl.DataFrame:
    """Return a frame with the columns of a table; what it lacks is null."""
    schema = empty(contracts()[table]).schema
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(column_type).alias(name)
        for name, column_type in schema.items()
    )

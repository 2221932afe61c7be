"""What a competent pandas script does with the same files: read, place, count by size, concentration, Parquet.

`python -m tests.benchmark.plain_pandas FILES_FOLDER OUTPUT_FOLDER LOCALITIES_CSV`. It knows nothing of repeats,
quarantine, small areas, several ways, windows or provenance.
"""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

CLASSES = [-np.inf, 500, 1_000, 2_000, 5_000, 10_000, 100_000, 1_000_000, np.inf]
PLACE = "Beneficiary Location:"


def read_document(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the awards of a JSON file, and the places that they name."""
    with path.open(encoding="utf-8") as file:
        grants = json.load(file)["grants"]
    awards = pd.DataFrame(
        {
            "row": range(len(grants)),
            "award_id": [grant["id"] for grant in grants],
            "title": [grant.get("title") for grant in grants],
            "currency": [grant["currency"] for grant in grants],
            "amount": [grant["amountAwarded"] for grant in grants],
            "award_date": [grant["awardDate"][:10] for grant in grants],
            "months": [(grant.get("plannedDates") or [{}])[0].get("duration") for grant in grants],
            "funder_id": [grant["fundingOrganization"][0]["id"] for grant in grants],
            "recipient_id": [(grant.get("recipientOrganization") or [{}])[0].get("id") for grant in grants],
            "recipient": [(grant.get("recipientOrganization") or [{}])[0].get("name") for grant in grants],
            "programme": [(grant.get("grantProgramme") or [{}])[0].get("title") for grant in grants],
        }
    )
    places = pd.DataFrame(
        [
            (row, place.get("geoCode"), place.get("name"))
            for row, grant in enumerate(grants)
            for place in grant.get("beneficiaryLocation", ())
        ],
        columns=["row", "code", "name"],
    )
    return awards, places


def read_sheet(path: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the awards of a CSV file, and the places that they name."""
    sheet = pd.read_csv(path, dtype=str)
    awards = pd.DataFrame(
        {
            "row": range(len(sheet)),
            "award_id": sheet["Identifier"],
            "title": sheet["Title"],
            "currency": sheet["Currency"],
            "amount": sheet["Amount Awarded"].astype(float),
            "award_date": sheet["Award Date"].str[:10],
            "months": sheet["Planned Dates:Duration (months)"].astype(float),
            "funder_id": sheet["Funding Org:Identifier"],
            "recipient_id": sheet["Recipient Org:Identifier"],
            "recipient": sheet["Recipient Org:Name"],
            "programme": sheet["Grant Programme:Title"],
        }
    )
    numbers = sorted({int(name.split(":")[1]) for name in sheet.columns if name.startswith(PLACE)})
    parts = [
        pd.DataFrame(
            {
                "row": range(len(sheet)),
                "code": sheet[f"{PLACE}{number}:Geographic Code"],
                "name": sheet[f"{PLACE}{number}:Name"],
            }
        )
        for number in numbers
    ]
    return awards, pd.concat(parts).dropna(subset=["code", "name"], how="all")


def main(files: Path, output: Path, localities: Path) -> None:
    """Write `award`, `place` and `funding` as Parquet."""
    output.mkdir(parents=True, exist_ok=True)
    known = pd.read_csv(localities, dtype=str)
    awards, places = [], []
    for path in sorted(files.iterdir()):
        of_file, named = (read_sheet if path.suffix == ".csv" else read_document)(path)
        awards.append(of_file.assign(file=path.name))
        places.append(named.assign(file=path.name))
    award = pd.concat(awards, ignore_index=True)
    place = pd.concat(places, ignore_index=True)
    award["award_date"] = pd.to_datetime(award["award_date"])
    award["size_class"] = pd.cut(award["amount"], CLASSES, right=False, labels=range(1, 9))
    codes = set(known["locality_code"])
    by_name = dict(zip(known["locality_name"].str.lower(), known["locality_code"], strict=True))
    by_name_of_row = place["name"].str.lower().map(by_name)
    place["locality"] = place["code"].where(place["code"].isin(codes), by_name_of_row.where(place["code"].isna()))
    found = place.dropna(subset=["locality"]).drop_duplicates(["file", "row", "locality"])
    parts = found.groupby(["file", "row"])["locality"].transform("size")
    placed = found.assign(weight=1 / parts).merge(award, on=["file", "row"])
    placed = placed[(placed["currency"] == "GBP") & (placed["amount"] > 0)]
    placed["gbp"] = placed["weight"] * placed["amount"]
    results = []
    for window, rows in (
        ("on_record", placed),
        ("rolling_3y", placed[placed["award_date"] > placed["award_date"].max() - pd.DateOffset(years=3)]),
    ):
        grouped = rows.groupby("locality")
        table = grouped.agg(awards=("weight", "sum"), gbp=("gbp", "sum"), months=("months", "median"))
        by_class = rows.pivot_table(
            index="locality", columns="size_class", values="gbp", aggfunc=["count", "sum"], observed=True
        )
        by_class.columns = [f"{what}_{number}" for what, number in by_class.columns]
        shares = []
        for who in ("funder_id", "recipient"):
            total = rows.groupby(["locality", who])["gbp"].sum()
            whole = total.groupby("locality").sum()
            shares.append(((total / whole) ** 2).groupby("locality").sum().rename(f"hhi_{who}"))
        results.append(table.join(by_class).join(shares).assign(window=window).reset_index())
    award.to_parquet(output / "award.parquet")
    placed.to_parquet(output / "place.parquet")
    pd.concat(results).to_parquet(output / "funding.parquet")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))

"""Made-up populations with a known truth, for tests, the validation and the benchmark of `assets.uncertainty`.

No row here is of a real place, though the codes and names of nations and metrics are those of the catalogue.
"""

from datetime import date

import numpy as np
import polars as pl

from warehouse import catalogue
from warehouse.catalogue import tables
from warehouse.storage.table_store import POLARS_TYPES

START, END = date(2023, 11, 23), date(2026, 11, 22)
GROUP_SIZE = 40
SHAPES = ("normal", "skewed", "clumped", "equal")


def frame(name, rows):
    """Return rows as a table of the catalogue has them; what a row leaves out is null, and a list of reasons empty."""
    schema = {column.name: POLARS_TYPES[column.type] for column in tables()[name].columns}
    made = pl.DataFrame(rows, schema=schema, orient="row", infer_schema_length=None)
    return made.with_columns(pl.col(column).fill_null([]) for column in schema if column.endswith("_codes"))


def estimates(generator, places, reliability, shape="normal"):
    """Return truth, estimates and standard errors of a population: so much of the spread is not noise.

    The shapes are normal, skewed (exponential), clumped (two groups of places that hardly differ within) and equal:
    every place the same, so that all spread is noise, as large as beside a normal population.
    """
    truth = {
        "normal": lambda: generator.standard_normal(places),
        "skewed": lambda: generator.exponential(size=places),
        "clumped": lambda: np.where(generator.random(places) < 0.5, -1, 1) + 0.1 * generator.standard_normal(places),
        "equal": lambda: np.zeros(places),
    }[shape]()
    errors = np.sqrt((1 - reliability) / reliability) * generator.uniform(0.7, 1.3, places)
    return truth, truth + errors * generator.standard_normal(places), errors


def composite(generator, nation="England", types=("London borough", "unitary authority"), *, gap=0, spread=1.0):
    """Return metrics.composite_input and metrics.composite_award of a nation with every indicator of the composite.

    Every type of authority has 40 places; `gap` places lack one indicator; `spread` scales how far places differ,
    beside the noise. Some awards are shared by two places, some are to recipients elsewhere, some lie nowhere.
    """
    codes = [f"{nation[0]}0699{number:04d}" for number in range(GROUP_SIZE * len(types))]
    quality = spread * generator.standard_normal(len(codes))
    people = generator.integers(80_000, 300_000, len(codes))
    awards = _awards(generator, codes, quality)
    shares = awards.group_by("locality_code").agg(
        (pl.col("amount_gbp") * pl.col("population_weight")).sum().alias("gbp"),
        pl.col("population_weight").sum().alias("n"),
    )
    money = {code: (gbp, n) for code, gbp, n in shares.iter_rows()}
    rows = []
    for pillar in catalogue.composite().pillars:
        for metric in pillar.indicators:
            if nation not in catalogue.metrics()[metric].nations:
                continue
            for number, code in enumerate(codes):
                described = {"nation": nation, "locality_code": code, "metric_id": metric, "role": "indicator"}
                described |= {"comparable_group": f"{nation} | {types[number // GROUP_SIZE]}", "pillar_id": pillar.id}
                described |= {"is_logged": metric == "fun_per_head", "direction": "up", "is_small_population": False}
                described |= {"period_start": START, "period_end": END, "staleness_days": 0}
                described["population_persons"] = int(people[number])
                gbp, n = money.get(code, (0.0, 0.0))
                rows.append(described | _value(generator, metric, quality[number], float(people[number]), gbp, n))
    for number in range(gap):
        of_place = next(row for row in rows if row["locality_code"] == codes[number] and row["pillar_id"] == "voice")
        of_place |= {"value": None, "se": None, "hindrance_codes": ["no_value_newest"]}
    return frame("metrics.composite_input", rows), awards


def _value(generator, metric, quality, people, gbp, n):
    if metric == "fun_per_head":
        return {"value": gbp / people, "unit": "gbp_per_head", "noise": "awards", "n_num": gbp, "n_den": people}
    if metric == "fun_n_rate":
        rate = 10_000 / people
        return {
            "value": n * rate,
            "unit": "per_10k",
            "noise": "gamma",
            "n_num": n,
            "n_den": people,
            "se": n**0.5 * rate,
        }
    if metric.startswith("soc"):
        count = float(generator.poisson(people * 0.002 * np.exp(0.3 * quality)))
        rate = 1_000 / people
        return {"value": count * rate, "unit": "per_1000", "noise": "gamma", "n_num": count, "n_den": people} | {
            "se": count**0.5 * rate
        }
    percent = float(np.clip(50 + 10 * quality + 3 * generator.standard_normal(), 5, 95))
    return {"value": percent, "unit": "pct", "noise": "logit_normal", "se": 2.0, "n_den": 600.0}


def _awards(generator, codes, quality):
    rows = []
    for number, code in enumerate([*codes, "unallocated"]):
        made = 60 if code == "unallocated" else 5 + generator.poisson(10 * np.exp(0.3 * quality[number]))
        for award in range(made):
            key = {"period_start": START, "period_end": END, "award_key": f"{code} {award}"}
            key |= {"funder_id": f"funder {generator.integers(3)}", "amount_gbp": float(generator.lognormal(9, 1))}
            other = codes[generator.integers(len(codes))]
            is_shared = code != "unallocated" and other != code and award % 4 == 0
            place = {"population_weight": 0.7 if is_shared else 1.0, "equal_weight": 0.5 if is_shared else 1.0}
            rows.append(key | place | {"locality_code": code, "recipient_weight": float(not is_shared)})
            if is_shared:
                there = {"population_weight": 0.3, "equal_weight": 0.5, "recipient_weight": 1.0}
                rows.append(key | there | {"locality_code": other})
    return frame("metrics.composite_award", rows)

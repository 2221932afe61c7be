"""Quarantines rows that keep their contract but break a rule of the whole file."""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from assets.ingest.validation import QUARANTINE_SCHEMA, SOURCE_ROW, Intake


def set_aside(intake: Intake, rules: Mapping[str, pl.Expr]) -> Intake:
    """Return an intake in which rows that break a rule are quarantined.

    `rules` gives, by rule name, whether a row of the kept frame keeps the rule; null means that it does. The names of
    the rules that a row breaks are joined by "; ", as those of a contract are.
    """
    judged = intake.kept.with_columns(
        pl.concat_list([pl.when(~keeps).then(pl.lit(name)) for name, keeps in rules.items()])
        .list.drop_nulls()
        .list.join("; ")
        .alias("__rule")
    )
    breaks = pl.col("__rule") != ""
    broken = judged.filter(breaks).select(
        pl.col(SOURCE_ROW).cast(pl.Int64),
        pl.col("__rule").alias("rule"),
        pl.struct(intake.kept.columns).struct.json_encode().alias("content"),
    )
    quarantined = pl.concat([intake.quarantined, broken.cast(QUARANTINE_SCHEMA)])  # type: ignore[arg-type]
    kept = judged.filter(~breaks).drop("__rule")
    return replace(intake, kept=kept, quarantined=quarantined.sort(SOURCE_ROW, maintain_order=True))

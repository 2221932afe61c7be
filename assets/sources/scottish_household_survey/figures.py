"""Figures of the Scottish Household Survey: the role of a row in a figure, and answers with an impossible sum."""

import polars as pl

from assets.ingest.figures import LOWER, UPPER, VALUE
from assets.ingest.name_keys import name_key
from assets.ingest.set_aside import set_aside
from assets.ingest.validation import Intake
from warehouse import catalogue


def household_role(measurement: pl.Expr) -> pl.Expr:
    """Return the role of a row from its measurement: value (a percentage), lower or upper; null for others."""
    text = measurement.str.strip_chars().str.to_lowercase()
    return (
        pl.when(text.is_in(["percent", "percentage"]))
        .then(pl.lit(VALUE))
        .when(text.str.contains("lower", literal=True))
        .then(pl.lit(LOWER))
        .when(text.str.contains("upper", literal=True))
        .then(pl.lit(UPPER))
    )


def without_impossible_sums(intake: Intake) -> Intake:
    """Return the rows of a cube, with the answers that an indicator sums quarantined if their sum exceeds 100 %."""
    labels = [
        wording.labels.shs_cube
        for indicator in catalogue.indicators().values()
        for wording in indicator.wordings
        if wording.labels.shs_cube
    ]
    rules = {}
    for label in labels:
        statements = pl.Series("statement", label.statements).to_frame().select(name_key(pl.col("statement")))
        is_answer = (
            (pl.col("measure_role") == VALUE)
            & (name_key(pl.col("topic")) == name_key(pl.lit(label.topic)))
            & name_key(pl.col("statement")).is_in(statements["statement"].to_list())
        )
        total = pl.col("value").filter(is_answer).sum().over("area_code", "date_code", "other_dimensions")
        rules[f"{' and '.join(label.statements)} within a hundred"] = ~is_answer | (total <= 100)
    return set_aside(intake, rules)

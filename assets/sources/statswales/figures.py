"""Figures of StatsWales tables: the role of a measure in a figure, and figures with impossible values.

Value, bounds and number of respondents of a figure are separate rows with their own measures. The indicator of a
measure is found in the catalogue as in `core.fct_observation_statswales`, so that rows that would break a check on the
observations are quarantined when the file is read.
"""

from dataclasses import replace

import polars as pl

from assets.ingest.figures import LOWER, RESPONDENTS, UPPER, VALUE, bounds_hold, percentage_holds, respondents_hold
from assets.ingest.name_keys import name_key
from assets.ingest.set_aside import set_aside
from assets.ingest.validation import Intake
from warehouse import catalogue

OPPOSITE = r"\b(not|dont|disagree|unable|cannot|cant|never|neither)\b"
BASE = r"\b(respondents|sample size|unweighted base)\b"
FIGURE = ("item_wording_id", "area_reference", "period_start", "period_end", "other_dimensions")
# The first letter of a GSS code is the nation. StatsWales has its own numbers for areas in Wales.
NATIONS = {"E": "England", "W": "Wales", "S": "Scotland", "N": "Northern Ireland", "K": "United Kingdom"}
OWN_NUMBERS = "Wales"
OTHER = "other"


def measure_role(measure: pl.Expr) -> pl.Expr:
    """Return the role of a measure: value (a percentage), lower, upper, respondents or other.

    A negated measure is other, so that it is not assigned to the indicator whose words it contains.
    """
    key = name_key(measure)
    is_percentage = measure.str.contains("%", literal=True) | key.str.contains("percent", literal=True)
    return (
        pl.when(key.str.contains(OPPOSITE))
        .then(pl.lit(OTHER))
        .when(key.str.contains("lower", literal=True))
        .then(pl.lit(LOWER))
        .when(key.str.contains("upper", literal=True))
        .then(pl.lit(UPPER))
        .when(key.str.contains(BASE))
        .then(pl.lit(RESPONDENTS))
        .when(is_percentage)
        .then(pl.lit(VALUE))
        .otherwise(pl.lit(OTHER))
    )


def without_contradictions(intake: Intake, source_id: str) -> Intake:
    """Return the rows of a table, with the rows of catalogued figures that have impossible values quarantined.

    If a value is outside its bounds or not a percentage from 0 to 100, all rows of the figure are quarantined. A row
    with an implausible number of respondents, or of a nation that the survey does not cover, is quarantined alone.
    """
    known = recognised(source_id, intake.kept["measure"])
    figures = intake.kept.join(known, "measure", "left", maintain_order="left")
    is_known = pl.col("item_wording_id").is_not_null() & (pl.col("measure_role") != OTHER)
    nation = pl.col("area_reference").str.slice(0, 1).replace_strict(NATIONS, default=OWN_NUMBERS)
    rules = {
        "bounds_hold_the_value": bounds_hold(FIGURE),
        "percentage_within_hundred": (pl.col("unit") != "pct") | percentage_holds(FIGURE),
        "respondents_of_a_survey": respondents_hold(),
        "area_is_of_survey": nation == pl.col("nation"),
    }
    judged = set_aside(replace(intake, kept=figures), {name: keeps | ~is_known for name, keeps in rules.items()})
    return replace(judged, kept=judged.kept.select(intake.kept.columns))


def recognised(source_id: str, measures: pl.Series) -> pl.DataFrame:
    """Return the measures of a source's tables that the catalogue recognises.

    Columns: measure, item_wording_id, nation and unit. The words of a measure take precedence over the label of the
    source.
    """
    labels = pl.DataFrame(
        [
            (rank, label, wording.item_wording_id, wording.nation, indicator.unit)
            for indicator in catalogue.indicators().values()
            for wording in indicator.wordings
            for rank, words in enumerate((wording.labels.statswales_measure, wording.labels.statswales_source))
            for label in words
        ],
        schema=["rank", "label", "item_wording_id", "nation", "unit"],
        orient="row",
    )
    key, words = (pl.concat_str(pl.lit(" "), name_key(pl.col(name)), pl.lit(" ")) for name in ("measure", "label"))
    is_of_words = (pl.col("rank") == 0) & key.str.contains(words, literal=True)
    is_of_source = (pl.col("rank") == 1) & (pl.col("label") == source_id)
    return (
        measures.unique()
        .to_frame("measure")
        .join(labels, how="cross")
        .filter(is_of_words | is_of_source)
        .sort("rank", "item_wording_id")
        .unique("measure", keep="first", maintain_order=True)
        .drop("rank", "label")
    )

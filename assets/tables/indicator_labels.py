"""Table of the published labels of survey indicators, from the catalogue."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl

from assets.factories.python_tables import computed
from warehouse import catalogue
from warehouse.storage.workspace import Warehouse

# Origins whose labels need more than one text.
SHS_CUBE, CLS_SHEET, TIDY = "shs_cube", "cls_sheet", "tidy"
LABEL_SCHEMA = {
    "origin": pl.String,
    "label": pl.String,
    "topic": pl.String,
    "labels_n": pl.Int64,
    "indicator_id": pl.String,
    "item_wording_id": pl.String,
    "survey": pl.String,
    "nation": pl.String,
    "unit": pl.String,
    "series_break_from": pl.Date,
    "series_break_to": pl.Date,
}


def indicator_labels(indicators: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row for each published label of a survey indicator in the catalogue.

    `indicators` are the entries of `indicators.yaml`. Columns: `origin` (survey_figures, statswales_source,
    statswales_measure, shs_cube, scotpho_shs, cls_sheet or tidy), `label`, `topic` (the cube's dimension, the words
    in the title or question of a sheet, the tidy source, or null), `labels_n` (how many labels of one topic are
    summed into the indicator), indicator_id, item_wording_id, survey, nation, unit, series_break_from,
    series_break_to (dates or null).
    """
    rows: list[dict[str, object]] = []
    for indicator in indicators:
        for wording in indicator["wordings"]:
            shared = {
                "indicator_id": indicator["id"],
                "unit": indicator["unit"],
                **{key: wording[key] for key in ("item_wording_id", "survey", "nation")},
                **{
                    key: date.fromisoformat(str(wording[key])) if wording.get(key) else None
                    for key in ("series_break_from", "series_break_to")
                },
            }
            for origin, labels in wording["labels"].items():
                topic, words = None, labels
                if origin == SHS_CUBE:
                    topic, words = labels["topic"], labels["statements"]
                elif origin == TIDY:
                    topic, words = labels["source"], [labels["measure"]]
                elif origin == CLS_SHEET:
                    topic, words = "; ".join(labels["words"]), [labels["sheet"]]
                rows += [
                    {"origin": origin, "label": word, "topic": topic, "labels_n": len(words)} | shared for word in words
                ]
    return pl.DataFrame(rows, schema=LABEL_SCHEMA)


def catalogued_labels(_: Warehouse) -> pl.DataFrame:
    """Return the labels of the catalogue's indicators; see `indicator_labels`."""
    return indicator_labels(indicator.model_dump(exclude_unset=True) for indicator in catalogue.indicators().values())


RECIPES = [computed("core.bridge_indicator_label", catalogued_labels, always=True)]

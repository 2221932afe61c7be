"""The opening sentences of the page of a locality: known values, comparison with its group, missing values.

A measure from a sample is compared by its interval only (`marts.cohesion_compared`). A full count has no sampling
error, so a reliable count is compared with the median of its group.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from warehouse.i18n import Text
from warehouse.report.data import EditionData, Row

COMPONENTS = "BAL"
NAMED = 3
POSITIONS = ("higher", "lower", "similar", "above", "below", "at_median")


def opening(
    facts: EditionData, text: Text, code: str, cards: Sequence[Mapping[str, Any]], rows: Mapping[str, Row]
) -> list[str]:
    """Return three sentences on a locality.

    `cards` are the comparable measures with a value, each with its row and its comparison by interval. `rows` are those
    of all measures of the page, by metric id, the components of the balance first.
    """
    known = [row for row in rows.values() if row["value"] is not None]
    missing = [row for row in rows.values() if row["value"] is None]
    return [
        text(
            "opening.known",
            place=facts.place_name(code, text.lang),
            known=len(known),
            of=len(rows),
            reliable=sum(row["state"] == "ok" for row in known),
        ),
        _compared(facts, text, cards),
        _missing(facts, text, missing),
    ]


def position(card: Mapping[str, Any], middle: float | None) -> str | None:
    """Return how a value compares with its group, one of `POSITIONS`; None if it cannot be compared.

    `middle` is the median of the group, None if it has too few values (`warehouse.report.data.middle`).
    """
    row, compared = card["row"], card["compared"]
    if compared:
        return compared["vs_group"] if compared["vs_group"] in POSITIONS else None
    if row["state"] != "ok" or row["lci"] is not None or middle is None:
        return None
    if row["value"] == middle:
        return "at_median"
    return "above" if row["value"] > middle else "below"


def _compared(facts: EditionData, text: Text, cards: Sequence[Mapping[str, Any]]) -> str:
    found: dict[str, list[str]] = {}
    for card in cards:
        row = card["row"]
        middle = facts.middles.get((row["metric_id"], row["period"], row["comparable_group"]))
        if said := position(card, middle):
            found.setdefault(said, []).append(_name(facts, text, row))
    if not found:
        return text("opening.not_compared")
    parts = [text(f"opening.{said}", names=", ".join(found[said])) for said in POSITIONS if said in found]
    return text("opening.compared", parts="; ".join(parts))


def _missing(facts: EditionData, text: Text, missing: Sequence[Row]) -> str:
    if not missing:
        return text("opening.nothing_missing")
    names = ", ".join(_name(facts, text, row) for row in missing[:NAMED])
    if len(missing) <= NAMED:
        return text("opening.missing", names=names)
    return text("opening.missing_more", names=names, n=len(missing) - NAMED)


def _name(facts: EditionData, text: Text, row: Row) -> str:
    """Return the name of a measure in quotation marks, because names contain commas.

    A component of the balance is named as such.
    """
    name = facts.metric_name(row["metric_id"], text.lang)
    return text(
        "opening.component" if facts.metrics[row["metric_id"]]["family"] == COMPONENTS else "opening.measure", name=name
    )

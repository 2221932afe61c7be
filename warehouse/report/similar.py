"""The section on similar localities on the page of a locality: what they are alike in, and examples of their practices.

The order is that of `marts.similar_locality`, which no measure reads. Practices are examples and are not counted,
because the collections cover localities unequally.
"""

from typing import Any

from warehouse.i18n import Text
from warehouse.report.data import MOST_PLACES, EditionData, Row

TABLES = ("marts.similar_locality", "metrics.similarity_input", "core.dim_similarity_input")
FAR = "ok_low"
MOST_EXAMPLES = 8
EXAMPLE = ("practice_id", "practice_name", "locality_code")


def build(facts: EditionData, text: Text, code: str) -> dict[str, Any]:
    """Return the variables of the section on similar localities of the page of a locality.

    `rows` are the similar localities, the most similar first, or empty, with the `reason`. `inputs` are the metrics
    that any of them is compared by, `aspects` what these describe as text, and `left_out` the names of the others.
    `own` has the values of the locality itself by metric. `kept_n` is how many stay in the list whichever input is left
    out. `compared` are the codes for a comparison with the most similar localities of the same comparable group.
    """
    found = facts.similar[code]
    pairs = [row for row in found if row["similar_code"] in facts.localities]
    used = {metric_id for row in pairs for metric_id in row["inputs_used"]}
    inputs = [row for row in facts.similarity_inputs if row["metric_id"] in used]
    rows = [_row(facts, pair) for pair in pairs]
    return {
        "rows": rows,
        "reason": "" if pairs else text.reason(found[0]["reason_codes"]),
        "own": facts.similarity_values.get(code, {}),
        "inputs": [row["metric_id"] for row in inputs],
        "aspects": _joined(text, list(dict.fromkeys(text(f"similar.{row['aspect']}") for row in inputs))),
        "left_out": "; ".join(
            facts.metric_name(row["metric_id"], text.lang)
            for row in facts.similarity_inputs
            if row["metric_id"] not in used
        ),
        "kept_n": sum(row["kept_n"] == len(row["inputs_used"]) for row in pairs),
        "compared": _compared(facts, code, pairs),
        "examples": _examples(facts, pairs),
        "tables": TABLES,
        "sources": facts.sources_of(pairs),
    }


def _joined(text: Text, names: list[str]) -> str:
    return text("similar.and", first=", ".join(names[:-1]), last=names[-1]) if len(names) > 1 else "".join(names)


def _row(facts: EditionData, pair: Row) -> dict[str, Any]:
    return {
        "place": facts.localities[pair["similar_code"]],
        "values": facts.similarity_values[pair["similar_code"]],
        "differs": pair["largest_difference"],
        "is_far": pair["state"] == FAR,
    }


def _compared(facts: EditionData, code: str, pairs: list[Row]) -> list[str]:
    """Return the locality and the most similar ones that the page of comparisons compares with it; empty if none."""
    group = facts.localities[code]["comparable_group"]
    others = [
        pair["similar_code"]
        for pair in pairs
        if pair["state"] != FAR and facts.localities[pair["similar_code"]]["comparable_group"] == group
    ]
    return [code, *others[: MOST_PLACES - 1]] if others else []


def _examples(facts: EditionData, pairs: list[Row]) -> list[Row]:
    """Return a practice of each similar locality, up to `MOST_EXAMPLES`: the one with the highest grade of evidence."""
    counted = (
        [row for row in facts.library_by_locality.get(pair["similar_code"], []) if row["is_counted"]] for pair in pairs
    )
    best = [max(rows, key=lambda row: row["evidence_grade"]) for rows in counted if rows]
    return [{name: row[name] for name in EXAMPLE} for row in best[:MOST_EXAMPLES]]

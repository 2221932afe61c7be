"""Tells the broken rules of quarantined rows in words, for the people who land a file."""

import re

from warehouse.catalogue import tables

TERMS = {
    "nullability": "is missing",
    "dtype": "cannot be read",
    "regex": "has another form",
    "min": "is too low",
    "max": "is too high",
}
KEY = "primary_key"
OF_A_COLUMN = re.compile(rf"(?<= )({'|'.join(TERMS)})$")


def in_words(table: str, rules: str) -> str:
    """Return the broken rules of a row of a staging table, joined by "; ", as text.

    A rule of the catalogue is told by its first sentence; a reason that is not a rule is returned as it is.
    """
    known = tables()[table].rules if table in tables() else ()
    said = {rule.name: f"{rule.says.partition('. ')[0].rstrip('.')} ({rule.name})" for rule in known}
    said[KEY] = f"another row has the same key ({KEY})"
    return "; ".join(said.get(rule) or OF_A_COLUMN.sub(lambda term: TERMS[term[1]], rule) for rule in rules.split("; "))

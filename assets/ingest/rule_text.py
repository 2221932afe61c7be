"""Tells the broken rules of quarantined rows in words, for the people who land a file."""

from warehouse.catalogue import tables

TERMS = {
    "nullability": "is missing",
    "dtype": "cannot be read",
    "regex": "has another form",
    "min": "is too low",
    "max": "is too high",
}
KEY = "primary_key"


def in_words(table: str, rules: str) -> str:
    """Return the broken rules of a row of a staging table, joined by "; ", as text.

    A rule of the catalogue has its first sentence in brackets; a reason that is not a rule is returned as it is.
    """
    entry = tables().get(table)
    said = {KEY: f"{KEY} (No other row of the file has the same key)"}
    for rule in entry.rules if entry else ():
        said[rule.name] = f"{rule.name} ({rule.says.partition('. ')[0].rstrip('.')})"
    listed = {column.name: column.values for column in entry.columns if not column.pattern} if entry else {}
    return "; ".join(said.get(rule) or _of_a_column(rule, listed) for rule in rules.split("; "))


def _of_a_column(rule: str, listed: dict[str, tuple[str, ...]]) -> str:
    """Return the broken rule of a column as text; `listed` has the permitted values of columns."""
    name, _, term = rule.rpartition(" ")
    if term == "regex" and listed.get(name):
        return f"{name} is not one of {', '.join(listed[name])}"
    return f"{name} {TERMS[term]}" if term in TERMS else rule

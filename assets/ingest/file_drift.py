"""Profiles of files, and the comparison of a file with the previous one of its source.

The parser and the contract decide what a file must have. This module finds signs of errors in a valid file: a fifth of
the rows missing or quarantined, amounts in pence, a column of zeros.
"""

import re
from collections.abc import Mapping
from typing import Any

import polars as pl

from assets.ingest.rule_text import in_words
from assets.ingest.validation import Intake
from warehouse.catalogue import Table, tables

# Profiles are stored in the records of landed files in this form:
# {table: {"kept": rows, "quarantined": rows, "reasons": [{"rule", "rows", "first_row"}], most frequent first,
# "columns": {value column: {"values", "total", "lowest", "highest"}}, "areas": {column with areas: number of areas}}}
Profile = Mapping[str, Any]

# Smaller numbers vary too much to compare: a funder may make three awards one year and forty the next.
MIN_VALUES = 20
FALL, RISE = 0.8, 10.0
QUARANTINED_SHARE = 0.2
KEPT_REASONS = 3
PROVENANCE = {"source_id", "file_sha256", "source_row"}
NUMERIC = {"INTEGER", "BIGINT", "DOUBLE"}
# The number of recipients of an award is 1 in most files, and valid in all.
NOT_A_VALUE = re.compile(r"_(code|year|number)$|^recipients_n$")
NAMES_AN_AREA = re.compile(r"(^|_)(area|zone|authority|lad|locality)_(code|reference|name)$")
NOT_OF_THE_RECORD = re.compile(r"_name(_cy)?$|^notes$|^value_status$")


def value_columns(table: Table) -> list[str]:
    """Return the columns of a staging table that have published figures."""
    return [
        column.name
        for column in table.columns
        if column.type in NUMERIC
        and column.name not in PROVENANCE.union(table.key)
        and not NOT_A_VALUE.search(column.name)
    ]


def record_key(table: Table) -> list[str]:
    """Return the columns of a staging table that identify a record across files of the publisher.

    They are its key or, if the key is the row number, the columns that describe the figures of the row.
    """
    if "source_row" not in table.key:
        return [name for name in table.key if name not in PROVENANCE]
    figures = {*PROVENANCE, *value_columns(table)}
    return [
        column.name
        for column in table.columns
        if column.name not in figures and not NOT_OF_THE_RECORD.search(column.name)
    ]


def profile(read: Mapping[str, Intake]) -> Profile:
    """Return the profile of the parsed rows of a file, by staging table.

    Totals are of absolute values, so that amounts above and below zero do not cancel out.
    """
    return {name: _profile(tables()[name], intake) for name, intake in read.items()}


def _profile(table: Table, intake: Intake) -> dict[str, Any]:
    kept = intake.kept
    columns = {}
    for name in value_columns(table):
        known = kept[name].drop_nulls().cast(pl.Float64)
        columns[name] = {
            "values": known.len(),
            "total": round(float(known.abs().sum()), 6),
            "lowest": known.min(),
            "highest": known.max(),
        }
    areas = [column.name for column in table.columns if NAMES_AN_AREA.search(column.name)]
    return {
        "kept": kept.height,
        "quarantined": intake.quarantined.height,
        "reasons": _reasons(intake.quarantined),
        "columns": columns,
        "areas": {name: kept[name].n_unique() for name in areas},
    }


def _reasons(quarantined: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the most frequent reasons for quarantine, each with its number of rows and the first of them."""
    counted = quarantined.group_by("rule").agg(rows=pl.len(), first_row=pl.col("source_row").min())
    return counted.sort("rows", "first_row", descending=[True, False]).head(KEPT_REASONS).to_dicts()


def doubts(now: Profile, before: Profile) -> list[str]:
    """Return the doubts about a file, one phrase each: about its rows and the change from the last good file.

    Doubts are: a fifth or more of the rows in quarantine; a fall by a fifth or a tenfold rise of rows, values or
    totals; a fall by a fifth of areas; a column of zeros; and a constant column that varied in the last file or, in a
    first file, a constant column if no other column varies (a funder may make all awards for twelve months).
    """
    found = []
    for name, table in now.items():
        old = before.get(name, {"columns": {}, "areas": {}})
        found += _quarantined(name, table)
        found += _moved(f"rows of {name}", table["kept"], old.get("kept"), least=MIN_VALUES)
        for column, areas in table["areas"].items():
            # A rise of areas is not a doubt; a fall by a fifth is one for any number of areas.
            found += _moved(f"areas in {name}.{column}", areas, old["areas"].get(column), rise=float("inf"))
        varies = any(not _is_constant(figures) for figures in table["columns"].values())
        for column, figures in table["columns"].items():
            last = old["columns"].get(column)
            varied = not varies if last is None else not _is_constant(last)
            became_zero = _is_zero(figures) and not (last and _is_zero(last))
            if _is_constant(figures) and (varied or became_zero):
                found.append(f"all {figures['values']:,} values of {name}.{column} are {figures['lowest']:,.12g}")
            elif last:
                moved = _moved(f"values of {name}.{column}", figures["values"], last["values"], least=MIN_VALUES)
                if not moved and last["values"] >= MIN_VALUES:
                    moved = _moved(f"total of {name}.{column}", figures["total"], last["total"])
                found += moved
    return found


def _quarantined(name: str, table: Mapping[str, Any]) -> list[str]:
    """Return a phrase if a fifth or more of the rows for a table are quarantined."""
    quarantined = table["quarantined"]
    rows = table["kept"] + quarantined
    if not quarantined or quarantined < QUARANTINED_SHARE * rows:
        return []
    reasons = "; ".join(
        f"{in_words(name, reason['rule'])} ({reason['rows']:,}, the first in row {reason['first_row']:,})"
        for reason in table["reasons"]
    )
    return [f"{quarantined:,} of {rows:,} rows for {name} would be quarantined: {reasons}"]


def _is_constant(figures: Mapping[str, Any]) -> bool:
    return bool(figures["values"] >= MIN_VALUES and figures["lowest"] == figures["highest"])


def _is_zero(figures: Mapping[str, Any]) -> bool:
    return bool(figures["lowest"] == figures["highest"] == 0)


def _moved(what: str, now: float, before: float | None, least: int = 0, rise: float = RISE) -> list[str]:
    """Return a phrase if a number of at least `least` fell by a fifth or rose tenfold."""
    if not before or before < least or FALL * before < now < rise * before:
        return []
    return [f"{what}: {now:,.12g}, compared with {before:,.12g} in the last file"]

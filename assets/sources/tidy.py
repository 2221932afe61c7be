"""Parser of tidy files of any publisher: each row is a value, with its bounds, for one measure, area and period.

The catalogue has the columns (`tidy` in the entry of a source), so such a source needs no parser of its own. Labels
(`tidy`) in `warehouse/catalogue/indicators.yaml` map measures to survey indicators.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from assets.factories.staging import staged
from assets.ingest.headings import table_of
from assets.ingest.name_keys import name_key
from assets.ingest.obs_status import joined, read_number, with_missing
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.periods import period_of
from assets.ingest.tabular import frame, read_grids
from assets.ingest.validation import SOURCE_ROW, Intake, admit, quarantine
from warehouse import catalogue
from warehouse.catalogue import Source, TidyFile
from warehouse.errors import RefusedFile

TABLE = "staging.tidy__observation"
# Column of the contract, by the key in the entry of a source.
COLUMNS = {
    "measure": "measure",
    "unit": "unit",
    "area_code": "area_code",
    "area_name": "area_name",
    "period": "period_label",
    "value": "value",
    "lower": "lower_95",
    "upper": "upper_95",
    "status": "status",
    "notes": "notes",
}
FIGURES = ("value", "lower_95", "upper_95")
# A first day with a duration in months or years (2023-04-01/P1Y), two days (2023-04-01/2024-03-31), or one day.
PERIOD = re.compile(r"(\d{4}-\d{2}-\d{2})(?:/(?:(\d{4}-\d{2}-\d{2})|P(\d{1,3})([YM])))?", re.ASCII)
# Codes of local authorities, and of nations. Figures of other areas are kept, and given to no locality.
USED_AREAS = r"^(E0[6-9]|W06|S12|N09|[EWSN]92)"
# A value with its scale: "7.3 out of 10".
SCALE = re.compile(r"^\s*([-+]?[0-9.,]+)\s+(out of [0-9]+)\s*$")


def tidy_parser(source: Source, columns: TidyFile) -> Callable[[bytes], Intake]:
    """Return the parser of the files of a source that has tidy columns."""

    def parse(content: bytes) -> Intake:
        return parse_tidy(source.id, columns, content)

    return parse


def parse_tidy(source_id: str, columns: TidyFile, content: bytes) -> Intake:
    """Return the values of a tidy file (CSV or a sheet of a workbook), each with its bounds as published.

    Rows with another text in a column of `where` are of another estimate and are left out. A symbol beside or instead
    of a number is its status; a missing value without a symbol has the status x. A row is quarantined if its period
    cannot be read, its value is outside its bounds, or its value is not on the scale of its unit. Raises `RefusedFile`
    if a column is missing, no row is of the estimate, or no measure is one that the catalogue has for the source.
    """
    named = {heading: name for key, name in COLUMNS.items() if (heading := getattr(columns, key))}
    wanted = named | {heading: f"where {heading}" for heading in columns.where if heading not in named}
    grid, header = table_of(read_grids(source_id, content), list(wanted))
    rows, refused = frame(grid, header, wanted)
    for heading, text in columns.where.items():
        rows = rows.filter(pl.col(wanted[heading]).str.strip_chars().str.to_lowercase() == text.strip().lower())
    if rows.is_empty():
        expected = ", ".join(f"{text!r} under {heading}" for heading, text in columns.where.items())
        raise RefusedFile(source_id, f"rows with {expected or 'a value'}", f"none in {grid.where}")
    listed = rows.height + refused.height
    absent: dict[str, str | None] = {name: None for name in COLUMNS.values() if name not in named.values()}
    if "measure" in absent:
        absent["measure"] = source_id
    else:
        _require_known_measures(source_id, rows["measure"], columns.measure or "")
    rows = rows.with_columns(pl.lit(text, pl.String).alias(name) for name, text in absent.items())
    rows = rows.with_columns(
        pl.coalesce("unit", pl.col("value").str.extract(SCALE.pattern, 2)).alias("unit"),
        pl.col("value").str.replace(SCALE.pattern, "${1}"),
    )
    unread = [refused]
    for name in (*FIGURES, "status"):
        rows, unknown = read_number(rows, name, f"{name}_status")
        unread.append(unknown)
    statuses = (pl.col("value_status"), pl.col("status_status"))
    rows = with_missing(rows.with_columns(joined(*statuses).alias("value_status")), "value")
    rows, undated = _dated(rows)
    refused = pl.concat([*unread, undated])
    intake = admit(rows, TABLE, refused, rows_in=listed, rules={"value_is_on_its_scale": _is_on_its_scale()})
    return replace(intake, notes=_unused(intake.kept))


def _is_on_its_scale() -> pl.Expr:
    """Return whether a value is on the scale of its unit, such as out of 10 or a percentage; null for other units."""
    unit = pl.col("unit").str.to_lowercase()
    end = unit.str.extract(r"out of ([0-9]+)").cast(pl.Float64)
    return pl.col("value").is_between(0, pl.when(unit.str.contains(r"^%$|per ?cent")).then(100.0).otherwise(end))


def _require_known_measures(source_id: str, measures: pl.Series, heading: str) -> None:
    """Raise `RefusedFile` if the catalogue has measures of the source and the file has none of them.

    Files of several sources may have the same columns, so their measures distinguish them.
    """
    labels = measures_of(source_id)
    if not labels:
        return
    known = pl.select(name_key(pl.lit(pl.Series(labels)))).to_series()
    found = pl.select(name_key(pl.lit(measures.drop_nulls().unique().sort()))).to_series()
    if not found.is_in(known.implode()).any():
        raise RefusedFile(
            source_id,
            f"measures such as {labels[0]!r} under {heading}",
            f"none of them, but such as {measures.drop_nulls().first()!r}",
            "Land the file under its own source.",
        )


def measures_of(source_id: str) -> list[str]:
    """Return the measures of a source as its files name them, in the order of the catalogue; empty if it lists none."""
    return [
        wording.labels.tidy.measure
        for indicator in catalogue.indicators().values()
        for wording in indicator.wordings
        if wording.labels.tidy and wording.labels.tidy.source == source_id
    ]


def _unused(kept: pl.DataFrame) -> tuple[str, ...]:
    """Return a note on the rows of areas that are neither local authorities nor nations, if there are any."""
    others = kept.filter(~pl.col("area_code").str.contains(USED_AREAS))["area_code"]
    if others.is_empty():
        return ()
    kinds = ", ".join(others.str.slice(0, 3).unique().sort())
    return (
        f"kept and given to no locality: {others.len():,} rows of {others.n_unique():,} areas that are neither "
        f"local authorities nor nations ({kinds})",
    )


def _dated(rows: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows with period_start and period_end, quarantine rows whose period cannot be read)."""
    printed = rows["period_label"].unique().to_list()
    known = {text: period for text in printed if text and (period := days_of(text))}
    dated = rows.with_columns(
        pl.col("period_label")
        .replace_strict(
            {text: days[at].isoformat() for text, days in known.items()}, default=None, return_dtype=pl.String
        )
        .alias(name)
        for at, name in enumerate(("period_start", "period_end"))
    )
    undated = dated.filter(pl.col("period_start").is_null()).iter_rows(named=True)
    unread = [(row[SOURCE_ROW], "the period cannot be read", row) for row in undated]
    return dated.filter(pl.col("period_start").is_not_null()), quarantine(unread)


def days_of(text: str) -> tuple[date, date] | None:
    """Return the first and last day of a period, or None for an invalid period.

    A period is a day, an ISO interval of two days or of a day and a duration in whole months or years, or a year as in
    `assets.ingest.periods.period_of`.
    """
    match = PERIOD.fullmatch(text.strip())
    if not match:
        return period_of(text)
    try:
        first = date.fromisoformat(match[1])
        last = date.fromisoformat(match[2] or match[1])
        if match[3]:
            months = first.month - 1 + int(match[3]) * (12 if match[4] == "Y" else 1)
            last = first.replace(year=first.year + months // 12, month=months % 12 + 1) - timedelta(days=1)
    except ValueError:
        return None
    return (first, last) if first <= last else None


PARSERS: dict[str, Parser] = {
    source.id: one_table(TABLE, tidy_parser(source, source.tidy), *catalogued("sources*.yaml", "indicators.yaml"))
    for source in catalogue.sources().values()
    if source.tidy
}
RECIPES = [staged(PARSERS, fills=(TABLE,))]

"""Parser of StatsWales tables: observations by local authority.

The parser separates dimensions, numbers and symbols and does not change them. The catalogue
(`warehouse/catalogue/indicators.yaml`) maps published labels to survey indicators; queries read the mapping from
`core.bridge_indicator_label`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.obs_status import joined, read_number, unescaped, with_missing
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.periods import period_of
from assets.ingest.tabular import as_json, column_named, tidy, values_of
from assets.ingest.validation import SOURCE_ROW, Intake, admit, quarantine
from assets.sources.statswales.figures import measure_role, without_contradictions
from assets.sources.statswales.form import ENDS, MEASURE, NOTES, REFERENCE, STARTS, STATSWALES, VALUES
from assets.sources.statswales.forms import read_form
from assets.sources.statswales.labels import SOURCE as STATSWALES_LABEL
from assets.sources.statswales.labels import TABLE as STATSWALES_LABELS
from assets.sources.statswales.labels import parse_statswales_labels
from warehouse import catalogue
from warehouse.errors import RefusedFile
from warehouse.publishers.welsh_authorities import LOCALITIES

TABLE = "staging.statswales__observation"
SUFFIXES = (REFERENCE, "_hierarchy", "_sort", "_formatted", "_annotated")
# Codes of Welsh areas in StatsWales: GSS codes, or its own older numbers (596 is Wales).
AREA_CODE = re.compile(r"[A-Z][0-9]{8}|5[1-5][0-9]|596", re.ASCII)
PERIOD_WORDS = {"year", "period", "date", "quarter", "month", "time"}
# The descriptions of symbols that StatsWales prints in its notes column, including former ones.
NOTE_DESCRIPTIONS = {
    "average": "a",
    "break in time series": "b",
    "confidential": "c",
    "estimated": "e",
    "forecast": "f",
    "low figure": "k",
    "low reliability": "u",
    "missing data": "x",
    "none recorded in survey": "w",
    "not applicable": "z",
    "not available": "x",
    "not statistically significant": "ns",
    "provisional": "p",
    "revised": "r",
    "statistically significant at 0.05 or 5% level": "s",
    "statistically significant at 0.01 or 1% level": "ss",
    "statistically significant at 0.001 or 0.1% level": "sss",
    "total": "t",
}


def parse_statswales(content: bytes, edition: tuple[date, date] | None = None) -> Intake:
    """Return the observations of a StatsWales table by local authority (English headings; see `read_form`).

    The expected form is CSV (`raw_extended`), with a reference code beside each dimension, plain numbers, and an empty
    cell with a note for a missing value. Other forms, with spaces, thousands commas or symbols in brackets, are read if
    they have area codes. Dates are those of the table or, if it has none, those of the year reference (`period_of`); a
    table without a time dimension has the period `edition`. All dimensions but area and period are kept as JSON with
    sorted keys and labels as in the lists of filters. Raises `RefusedFile` if there are no English headings, no column
    of area codes, or no period.
    """
    form = read_form(content)
    headings = form.headings
    rows = form.rows.with_columns(unescaped(pl.col(pl.String)))
    special = {tidy(heading) for heading in (VALUES, MEASURE, STARTS, ENDS, NOTES)}
    dimensions = [heading for key, heading in headings.items() if key not in special and not key.endswith(SUFFIXES)]
    references = {name: headings.get(tidy(name) + REFERENCE, name) for name in dimensions}
    area = _area_dimension(rows, references)
    area_name = area if references[area] != area else _label_of(rows, area, dimensions)
    period = _period_dimension(rows, references, area)
    others = sorted(name for name in dimensions if name not in {area, area_name, period})
    starts, ends = headings.get(tidy(STARTS)), headings.get(tidy(ENDS))
    is_timeless = period is None and starts is None
    if is_timeless and edition is None:
        raise RefusedFile(STATSWALES, "a dimension of years or the column 'Start date'", ", ".join(dimensions))

    measure_reference = headings.get(tidy(MEASURE) + REFERENCE)
    notes = headings.get(tidy(NOTES))
    rows = rows.select(
        pl.col(SOURCE_ROW),
        column_named(headings[tidy(MEASURE)]).alias("measure"),
        measure_role(column_named(headings[tidy(MEASURE)])).alias("measure_role"),
        column_named(measure_reference).alias("measure_reference"),
        column_named(references[area]).alias("area_reference"),
        column_named(area_name).alias("area_name"),
        column_named(period).alias("period_label"),
        column_named(references[period] if period else None).alias("period_reference"),
        _date(starts).alias("start_date"),
        _date(ends).alias("end_date"),
        as_json(others).alias("other_dimensions"),
        column_named(headings[tidy(VALUES)]).alias("value"),
        column_named(notes).alias("notes"),
    )
    rows, unknown = read_number(rows, "value", "printed_status")
    rows, undated = _dated(rows, edition if is_timeless else None)
    rows = rows.with_columns(joined(pl.col("printed_status"), _noted(pl.col("notes"))).alias("value_status"))
    refused = pl.concat([form.refused, unknown, undated])
    return admit(with_missing(rows, "value"), TABLE, refused, rows_in=form.rows_in)


def statswales_parser(source_id: str) -> Callable[[bytes], Intake]:
    """Return the parser of a StatsWales source; a table without years has the period of the source in the catalogue.

    Rows of catalogued figures with impossible values are quarantined.
    """
    edition = period_of(catalogue.sources()[source_id].period)

    def parse(content: bytes) -> Intake:
        return without_contradictions(parse_statswales(content, edition), source_id)

    return parse


def _date(name: str | None) -> pl.Expr:
    """Return a column of dates, printed as 2018-04-01 (with or without a time) or 01/04/2018, as ISO text."""
    iso = column_named(name).str.replace(r"^\s*([0-9]{2})/([0-9]{2})/([0-9]{4})", "${3}-${2}-${1}")
    return iso.str.extract(r"^\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?$")


def _area_dimension(rows: pl.DataFrame, references: Mapping[str, str]) -> str:
    """Return the dimension of areas, in which at least half of the codes are area codes; else raise `RefusedFile`."""
    shares = {
        name: sum(bool(AREA_CODE.fullmatch(code.strip())) for code in values_of(rows, column)) / max(rows.height, 1)
        for name, column in references.items()
    }
    area = max(shares, key=lambda name: shares[name], default=None)
    if area is None or shares[area] < 0.5:
        raise RefusedFile(
            STATSWALES,
            "a dimension of local authorities with GSS codes or StatsWales numbers; ask for the form raw_extended",
            ", ".join(references) or "no dimension",
        )
    return area


def _label_of(rows: pl.DataFrame, area: str, dimensions: Iterable[str]) -> str | None:
    """Return the dimension of area names, if codes and names are two dimensions."""
    for name in dimensions:
        is_one_to_one = rows.select(column_named(name).n_unique().over(column_named(area)).max()).item() == 1
        if name != area and is_one_to_one and re.search(r"\b(area|authority)\b", tidy(name)):
            return name
    return None


def _period_dimension(rows: pl.DataFrame, references: Mapping[str, str], area: str) -> str | None:
    """Return the time dimension: the one with a name of time, a period in every code, or preferably both."""
    ranked = {
        name: (
            bool(PERIOD_WORDS & set(re.findall(r"[a-z]+", name.lower()))),
            all(period_of(code) for code in set(values_of(rows, column))),
        )
        for name, column in references.items()
        if name != area
    }
    found = max(ranked, key=lambda name: (sum(ranked[name]), ranked[name]), default=None)
    return found if found and any(ranked[found]) else None


def _noted(notes: pl.Expr) -> pl.Expr:
    """Return the symbols of the descriptions in a notes column, joined by ";"; other texts are ignored."""
    said = notes.fill_null("").str.to_lowercase().str.split(",").list.eval(pl.element().str.strip_chars())
    symbols = said.list.eval(
        pl.element().replace_strict(NOTE_DESCRIPTIONS, default=None, return_dtype=pl.String).drop_nulls()
    )
    return symbols.list.join(";").replace("", None)


def _dated(rows: pl.DataFrame, edition: tuple[date, date] | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows with period_start and period_end, quarantine rows whose period cannot be read).

    `edition` is the period of all rows of a table without a time dimension.
    """
    printed = pl.concat([rows["period_reference"], rows["period_label"]]).drop_nulls().unique()
    known = {text: period for text in printed if (period := period_of(text))}
    read = []
    for position, (given, name) in enumerate((("start_date", "period_start"), ("end_date", "period_end"))):
        days = {text: period[position].isoformat() for text, period in known.items()}
        parts = [
            pl.col(column).replace_strict(days, default=None, return_dtype=pl.String)
            for column in ("period_reference", "period_label")
        ]
        whole = pl.lit(edition[position].isoformat() if edition else None, pl.String)
        read.append(pl.coalesce(pl.col(given), *parts, whole).alias(name))
    dated = rows.with_columns(read)
    has_period = pl.col("period_start").is_not_null() & pl.col("period_end").is_not_null()
    undated = dated.filter(~has_period).iter_rows(named=True)
    unread = [(row[SOURCE_ROW], "the period cannot be read", row) for row in undated]
    return dated.filter(has_period), quarantine(unread)


PARSERS: dict[str, Parser] = {
    # The index of deprivation is by small area and has no years; assets.sources.deprivation.indices reads it.
    **{
        source.id: one_table(
            TABLE,
            statswales_parser(source.id),
            *catalogued("indicators.yaml", "sources*.yaml"),
            LOCALITIES,
        )
        for source in catalogue.sources().values()
        if source.id.startswith(f"{STATSWALES}_") and "wimd" not in source.id and "csv" in source.formats
    },
    STATSWALES_LABEL: one_table(STATSWALES_LABELS, parse_statswales_labels),
}
RECIPES = staging_tables(PARSERS)

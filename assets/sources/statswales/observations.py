"""Survey and other observations by area: StatsWales tables, the Scottish Household and the Community Life Survey.

The parsers tell dimensions, numbers and symbols apart and leave everything as published; which survey
indicator a published label means is the catalogue's knowledge (`warehouse/catalogue/indicators.yaml`), brought
to the queries by `indicator_labels`. The workbooks of the Community Life Survey are read in
`assets.sources.community_life_survey`.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

import polars as pl
import polars.selectors as cs

from assets.factories.python_tables import computed
from assets.factories.staging import staging_tables
from assets.ingest.headings import table_of
from assets.ingest.obs_status import joined, read_number, unescaped, with_missing
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.tabular import frame, read_csv, tidy
from assets.ingest.validation import SOURCE_ROW, Intake, admit, quarantine
from assets.sources.community_life_survey import parse_cls
from assets.sources.scottish_household_survey.figures import household_role, without_impossible_sums
from assets.sources.statswales.figures import measure_role, without_contradictions
from assets.sources.statswales.labels import SOURCE as STATSWALES_LABEL
from assets.sources.statswales.labels import parse_statswales_labels
from warehouse import catalogue
from warehouse.errors import RefusedFile
from warehouse.storage.workspace import Warehouse

STATSWALES, SHS_CUBE, SCOTPHO = "statswales", "shs_cube", "scotpho_shs"
CLS_SHEET, TIDY = "cls_sheet", "tidy"

VALUES, MEASURE, STARTS, ENDS, NOTES = "Data values", "Data description", "Start date", "End date", "Notes"
REFERENCE = "_reference"
SUFFIXES = (REFERENCE, "_hierarchy", "_sort", "_formatted", "_annotated")
# Codes of Welsh areas in StatsWales: GSS codes, or the older numbers of its own (596 is Wales).
AREA_CODE = re.compile(r"[A-Z][0-9]{8}|5[1-5][0-9]|596", re.ASCII)
PERIOD_WORDS = {"year", "period", "date", "quarter", "month", "time"}
# The descriptions that StatsWales prints in its notes column for each symbol of its list, former ones included.
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

CUBE = {
    "FeatureCode": "area_code",
    "DateCode": "date_code",
    "Measurement": "measurement",
    "Units": "unit",
    "Value": "value",
}
CUBE_ABSENT = ("area_name", "area_type", "period_label", "lower_95", "upper_95")
EVERYBODY = "All"
PROFILE = {
    "area_code": "area_code",
    "area_type": "area_type",
    "area_name": "area_name",
    "year": "date_code",
    "period": "period_label",
    "type_definition": "measurement",
    "indicator": "statement",
    "measure": "value",
    "upper_confidence_interval": "upper_95",
    "lower_confidence_interval": "lower_95",
}
# The marker of R, in which the profiles are made, for a value that is not there.
NOT_AVAILABLE = "NA"

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


def parse_statswales(content: bytes, edition: tuple[date, date] | None = None) -> Intake:
    """Return the observations of a StatsWales table by local authority (CSV, English headings).

    The form `raw_extended` is meant, which has a reference code beside each dimension, plain numbers, and an
    empty cell with a note where a value is missing. The other forms, which print spaces, thousands commas or
    symbols in brackets, are read too where the area is a code. Dates are those of the table or, where it gives
    none, those of the year reference (`period_of`); a table without any dimension of time is of the period
    `edition`. All dimensions but area and period are kept as JSON with sorted keys, their labels as the lists of
    filters have them. Raises `RefusedFile` where there are no English headings, no column of area codes, or no
    period.
    """
    from assets.sources.survey_contracts import StatsWalesObservation

    grid, header = table_of([read_csv(STATSWALES, content)], (VALUES, MEASURE), within=1)
    headings = {tidy(cell): cell.strip() for cell in grid.rows[header] if cell.strip()}
    rows, refused = frame(grid, header, {heading: heading for heading in headings.values()})
    rows = rows.with_columns(unescaped(pl.col(pl.String)))
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
        _column(headings[tidy(MEASURE)]).alias("measure"),
        measure_role(_column(headings[tidy(MEASURE)])).alias("measure_role"),
        _column(measure_reference).alias("measure_reference"),
        _column(references[area]).alias("area_reference"),
        _column(area_name).alias("area_name"),
        _column(period).alias("period_label"),
        _column(references[period] if period else None).alias("period_reference"),
        _date(starts).alias("start_date"),
        _date(ends).alias("end_date"),
        _as_json(others).alias("other_dimensions"),
        _column(headings[tidy(VALUES)]).alias("value"),
        _column(notes).alias("notes"),
    )
    rows, unknown = read_number(rows, "value", "printed_status")
    rows, undated = _dated(rows, edition if is_timeless else None)
    rows = rows.with_columns(joined(pl.col("printed_status"), _noted(pl.col("notes"))).alias("value_status"))
    refused = pl.concat([refused, unknown, undated])
    return admit(with_missing(rows, "value"), StatsWalesObservation, refused, rows_in=grid.rows_below(header))


def statswales_parser(source_id: str) -> Callable[[bytes], Intake]:
    """Return the parser of a StatsWales source: a table without years is of the year that the catalogue states.

    The rows of a catalogued figure that cannot be are quarantined together.
    """
    edition = period_of(catalogue.sources()[source_id].period)

    def parse(content: bytes) -> Intake:
        return without_contradictions(parse_statswales(content, edition), source_id)

    return parse


def parse_shs_cube(content: bytes) -> Intake:
    """Return the rows of a Scottish Household Survey cube of statistics.gov.scot (CSV, whole cube).

    The dimension that never says "All" is the statement; the others are parts of the population and are kept
    as JSON with sorted keys. Rows of a figure that contradict each other are quarantined together. Raises
    `RefusedFile` where the leading columns are others (the service answers "Response too large" as text), or where
    not exactly one dimension is the statement.
    """
    from assets.sources.survey_contracts import ShsObservation

    grid, header = table_of([read_csv(SHS_CUBE, content)], list(CUBE), within=1)
    dimensions = [cell.strip() for cell in grid.rows[header] if cell.strip() and tidy(cell) not in map(tidy, CUBE)]
    rows, refused = frame(grid, header, CUBE | {name: name for name in dimensions})
    statements = [name for name in dimensions if not any(text.strip() == EVERYBODY for text in _series(rows, name))]
    if len(statements) != 1:
        got = ", ".join(statements or dimensions) or "no dimension"
        raise RefusedFile(SHS_CUBE, "one dimension of statements, and all others with rows for All", got)
    others = sorted(set(dimensions) - set(statements))
    rows = rows.with_columns(
        household_role(pl.col("measurement")).alias("measure_role"),
        pl.lit(statements[0]).alias("topic"),
        _column(statements[0]).alias("statement"),
        _as_json(others).alias("other_dimensions"),
        *(pl.lit(None, pl.String).alias(name) for name in CUBE_ABSENT),
    )
    rows, unknown = read_number(rows, "value", "value_status")
    refused = pl.concat([refused, unknown])
    read = admit(with_missing(rows, "value"), ShsObservation, refused, rows_in=grid.rows_below(header))
    return without_impossible_sums(read)


def parse_scotpho(content: bytes) -> Intake:
    """Return the Scottish Household Survey figures of the ScotPHO profiles (CSV), value and bounds in one row.

    `NA` is a value that is not available. Raises `RefusedFile` where a column is not there.
    """
    from assets.sources.survey_contracts import ShsObservation

    grid, header = table_of([read_csv(SCOTPHO, content)], list(PROFILE), within=1)
    rows, refused = frame(grid, header, PROFILE)
    numbers = ("value", "lower_95", "upper_95")
    rows = rows.with_columns(
        pl.col(numbers).str.strip_chars().replace(NOT_AVAILABLE, ""),
        household_role(pl.col("measurement")).alias("measure_role"),
        pl.lit(None, pl.String).alias("topic"),
        pl.col("measurement").alias("unit"),
        pl.lit("{}").alias("other_dimensions"),
    )
    unknown = []
    for name in numbers:
        rows, unread = read_number(rows, name, f"{name}_status")
        unknown.append(unread)
    rows = rows.rename({"value_status": "printed_status"}).with_columns(pl.col("printed_status").alias("value_status"))
    refused = pl.concat([refused, *unknown])
    return admit(with_missing(rows, "value"), ShsObservation, refused, rows_in=grid.rows_below(header))


def period_of(reference: str) -> tuple[date, date] | None:
    """Return the first and last day of a year as StatsWales and the surveys print it, or None.

    A single year is a calendar year; a pair (`2018-19`, `2018/19`, `2018-2019`, `201819`, `20182019`) is a
    financial year, 1 April to 31 March, and its second year must follow the first.
    """
    match = re.fullmatch(r"((?:19|20)[0-9]{2})(?:[-/]?([0-9]{4}|[0-9]{2}))?", reference.strip(), re.ASCII)
    if not match:
        return None
    first = int(match[1])
    if match[2] is None:
        return date(first, 1, 1), date(first, 12, 31)
    if str(first + 1)[-len(match[2]) :] != match[2]:
        return None
    return date(first, 4, 1), date(first + 1, 3, 31)


def indicator_labels(indicators: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Return one row for each published label by which the catalogue recognises a survey indicator.

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


def _column(name: str | None) -> pl.Expr:
    """Return a column by the name that the publisher gave it, or null; `pl.col` reads `*` and `^...$` as patterns."""
    return pl.lit(None, pl.String) if name is None else cs.by_name(name).as_expr()


def _series(rows: pl.DataFrame, name: str) -> pl.Series:
    return rows.select(_column(name)).to_series()


def _date(name: str | None) -> pl.Expr:
    """Return a column of dates, printed as 2018-04-01 (with or without a time) or 01/04/2018, as ISO text."""
    iso = _column(name).str.replace(r"^\s*([0-9]{2})/([0-9]{2})/([0-9]{4})", "${3}-${2}-${1}")
    return iso.str.extract(r"^\s*([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ].*)?$")


def _area_dimension(rows: pl.DataFrame, references: Mapping[str, str]) -> str:
    """Return the dimension whose codes are those of areas; raise `RefusedFile` where most rows of none are."""
    shares = {
        name: sum(bool(AREA_CODE.fullmatch(code.strip())) for code in _series(rows, column)) / max(rows.height, 1)
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
    """Return the dimension that only names the areas, where area codes and names are two dimensions."""
    for name in dimensions:
        is_one_to_one = rows.select(_column(name).n_unique().over(_column(area)).max()).item() == 1
        if name != area and is_one_to_one and re.search(r"\b(area|authority)\b", tidy(name)):
            return name
    return None


def _period_dimension(rows: pl.DataFrame, references: Mapping[str, str], area: str) -> str | None:
    """Return the dimension of time: named so, with a year for every code, or at best both."""
    ranked = {
        name: (
            bool(PERIOD_WORDS & set(re.findall(r"[a-z]+", name.lower()))),
            all(period_of(code) for code in set(_series(rows, column))),
        )
        for name, column in references.items()
        if name != area
    }
    found = max(ranked, key=lambda name: (sum(ranked[name]), ranked[name]), default=None)
    return found if found and any(ranked[found]) else None


def _as_json(names: Iterable[str]) -> pl.Expr:
    """Return columns as one JSON text, in the order given; no column is {}."""
    columns = [_column(name).str.strip_chars().alias(name) for name in names]
    return pl.struct(columns).struct.json_encode() if columns else pl.lit("{}")


def _noted(notes: pl.Expr) -> pl.Expr:
    """Return the symbols whose descriptions stand in a notes column, joined by ";"; other words are no symbol."""
    said = notes.fill_null("").str.to_lowercase().str.split(",").list.eval(pl.element().str.strip_chars())
    symbols = said.list.eval(
        pl.element().replace_strict(NOTE_DESCRIPTIONS, default=None, return_dtype=pl.String).drop_nulls()
    )
    return symbols.list.join(";").replace("", None)


def _dated(rows: pl.DataFrame, edition: tuple[date, date] | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return (rows with period_start and period_end, quarantine rows whose period cannot be read).

    `edition` is the period of all rows of a table that has no time of its own.
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


def catalogued_labels(_: Warehouse) -> pl.DataFrame:
    """Return the labels of the catalogue's indicators; see `indicator_labels`."""
    return indicator_labels(indicator.model_dump(exclude_unset=True) for indicator in catalogue.indicators().values())


INDICATORS = catalogued("indicators.yaml")
PARSERS: dict[str, Parser] = {
    # The index of deprivation is by small area and has no years: assets.sources.deprivation.indices reads it.
    **{
        source.id: one_table(
            "staging.statswales__observation",
            statswales_parser(source.id),
            *INDICATORS,
            *catalogued("sources*.yaml"),
        )
        for source in catalogue.sources().values()
        if source.id.startswith(f"{STATSWALES}_") and "wimd" not in source.id and "csv" in source.formats
    },
    STATSWALES_LABEL: one_table("staging.statswales__label", parse_statswales_labels),
    SHS_CUBE: one_table("staging.shs__observation", parse_shs_cube, *INDICATORS),
    SCOTPHO: one_table("staging.shs__observation", parse_scotpho),
    **dict.fromkeys(("cls2023", "cls2024"), one_table("staging.cls__observation", parse_cls, *INDICATORS)),
}
RECIPES = [
    *staging_tables(PARSERS),
    computed("core.bridge_indicator_label", catalogued_labels, always=True),
]

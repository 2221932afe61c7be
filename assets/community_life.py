"""The Community Life Survey: the sheets of its annual tables that give figures by local authority (England).

Which sheet is of which survey indicator, and by which words in its title or question that is known, is the
catalogue's knowledge (`cls_sheet` in `warehouse/catalogue/indicators.yaml`); how figures reach the observations
stands in `sql/core`.
"""

import re
from collections.abc import Iterable

import polars as pl

from assets.headings import require_rows
from assets.intake import Intake, admit, quarantine
from assets.readers import Grid, find_header, frame, read_workbook, tidy
from assets.shorthand import read_number, with_missing
from warehouse import catalogue
from warehouse.errors import RefusedFile

SURVEY = "community_life_survey"
QUESTION, AREA = "Question", "Response Breakdown"
AREA_CODE = re.compile(r"lad ?[0-9]{2} ?(?:code|cd)")
# The sheets of a question are called a (England), b (groups of people, regions) and c (local authorities).
LOCAL_SHEET = re.compile(r"[a-z]{1,2}[0-9]{1,2}c(?:\([a-z]\))?")
MEASURES = {
    "percentage": "value",
    "lower estimate percentage": "lower_95",
    "upper estimate percentage": "upper_95",
    "number of respondents": "number_of_respondents",
    "unweighted base": "unweighted_base",
}
# The year stands before the measure: "2023/24 Percentage (%)", "2023/24 Unweighted Base - number of people aged 16 and
# over". A difference between two years, or the like, is another measure.
MEASURE = re.compile(rf"(20[0-9]{{2}}/[0-9]{{2}}) ({'|'.join(MEASURES)})(?: \(%\)| - .*)?")
NOTE_MARK = re.compile(r"\[note[^\]]*\]", re.IGNORECASE)


def parse_cls(content: bytes) -> Intake:
    """Return the figures by local authority of the annual tables of the Community Life Survey (ODS or XLSX).

    One row for each sheet, area and survey year; England as a whole, whose row names no area, has no code.
    Sheets for England alone and for groups of people are left alone, and so are notes below a table. The
    heading row is found by what it says, and the year is read from the headings. A sheet by local authority
    that cannot be read is quarantined as one row. Raises `RefusedFile` where there is no such sheet, and
    where one that feeds a metric lacks a column, prints shares instead of percentages, or asks something else
    than the catalogue says: its figures would be lost, or be taken for those of another question.
    """
    from assets.contracts.surveys import CommunityLifeObservation

    rows: list[pl.DataFrame] = []
    refused: list[pl.DataFrame] = []
    sheets, catalogued = read_workbook(SURVEY, content), catalogued_sheets()
    for name, grid in sheets.items():
        words, is_needed = catalogued.get(tidy(name), ((), False))
        try:
            if (found := _figures(name, grid, words)) is not None:
                rows.append(found[0])
                refused.append(found[1])
        except RefusedFile as error:
            if is_needed:
                raise
            problem = f"the sheet cannot be read: expected {error.expected}, got {error.got}"
            refused.append(quarantine([(1, problem, {"sheet": name})]))
    if not rows:
        expected = f"sheets by local authority with the columns {QUESTION}, {AREA}, LAD code and a year's percentages"
        got = refused[0]["rule"][0] if refused else f"the sheets {', '.join(sheets)}"[:160]
        raise RefusedFile(SURVEY, expected, got)
    listed = sum(part.height for part in [*rows, *refused])
    return admit(with_missing(pl.concat(rows), "value"), CommunityLifeObservation, pl.concat(refused), rows_in=listed)


def catalogued_sheets() -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return, by tidied sheet name, the words that a sheet's title or question holds and whether it feeds a metric."""
    return {
        tidy(label.sheet): (label.words, wording.metric_id is not None)
        for indicator in catalogue.indicators().values()
        for wording in indicator.wordings
        if (label := wording.labels.cls_sheet)
    }


def _figures(name: str, grid: Grid, words: tuple[str, ...]) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return (rows, quarantine rows) of a sheet, or None for one that is not by local authority.

    Raises `RefusedFile` where the sheet is by local authority and not as published so far.
    """
    header = find_header(grid, (QUESTION, AREA))
    headings = [] if header is None else grid.rows[header]
    codes = [heading for heading in headings if AREA_CODE.fullmatch(_plain(heading))]
    if header is None or len(codes) != 1:
        if not LOCAL_SHEET.fullmatch(tidy(name)):
            return None
        got = "no such heading row" if header is None else f"{len(codes)} columns of LAD codes"
        raise RefusedFile(SURVEY, f"the columns {QUESTION}, {AREA} and one of LAD codes", f"{got} in {grid.where}")
    require_rows(grid, header)
    years = _years(grid, headings)
    measures = {heading: f"{year} {measure}" for year, found in years.items() for measure, heading in found.items()}
    rows, refused = frame(grid, header, {QUESTION: "question", AREA: "area_name", codes[0]: "area_code"} | measures)
    title = next((cell.strip() for row in grid.rows[:header] for cell in row if cell.strip()), None)
    rows = rows.with_columns(pl.col(pl.String).str.strip_chars().replace("", None)).with_columns(
        pl.lit(name.strip()).alias("sheet"),
        pl.lit(title, pl.String).alias("sheet_title"),
        # The question stands in the first row of its table only.
        pl.col("question").forward_fill(),
    )
    rows = rows.filter(pl.any_horizontal(pl.col("area_name", "area_code", *measures.values()).is_not_null()))
    _require_words(grid, words, [title or "", *rows["question"].drop_nulls().unique(maintain_order=True)])
    kept, unread = [], [refused]
    for year in years:
        figures = rows.select(
            pl.exclude(list(measures.values())),
            pl.lit(year).alias("period_label"),
            *(pl.col(f"{year} {measure}").alias(measure) for measure in MEASURES.values()),
        )
        for measure in MEASURES.values():
            status = "value_status" if measure == "value" else f"{measure}_status"
            figures, unknown = read_number(figures, measure, status)
            unread.append(unknown)
        _require_percentages(grid, year, figures["value"])
        kept.append(figures)
    return pl.concat(kept), pl.concat(unread)


def _years(grid: Grid, headings: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return, by survey year, the heading of each of its five measures.

    Raises `RefusedFile` where a measure of a year is not there or stands twice, or there is no year.
    """
    years: dict[str, dict[str, str]] = {}
    problems = []
    for heading in headings:
        if match := MEASURE.fullmatch(_plain(heading)):
            year = years.setdefault(match[1], {})
            if MEASURES[match[2]] in year:
                problems.append(f"two columns {match[1]} {match[2]}")
            year[MEASURES[match[2]]] = heading
    problems += [
        f"no column {year} {measure}"
        for year, found in years.items()
        for measure, name in MEASURES.items()
        if name not in found
    ]
    if problems or not years:
        expected = "for each year " + ", ".join(MEASURES)
        raise RefusedFile(SURVEY, expected, f"{problems[0] if problems else 'no year'} in {grid.where}")
    return years


def _require_words(grid: Grid, words: tuple[str, ...], texts: list[str]) -> None:
    """Raise `RefusedFile` unless a sheet's title and questions hold all the words by which it is known."""
    said = " ".join(f" {re.sub('[^a-z0-9]+', ' ', text.lower())} " for text in texts)
    absent = [word for word in words if f" {word} " not in said]
    if absent:
        raise RefusedFile(SURVEY, f"a table of {' and '.join(map(repr, words))}", f"{texts[0][:120]!r} in {grid.where}")


def _require_percentages(grid: Grid, year: str, values: pl.Series) -> None:
    """Raise `RefusedFile` where the values are shares between 0 and 1 under a heading of percentages."""
    numbers = values.cast(pl.Float64, strict=False).drop_nulls()
    if numbers.len() and (numbers <= 1).all() and (numbers % 1 != 0).any():
        raise RefusedFile(SURVEY, "percentages from 0 to 100", f"shares for {year} in {grid.where}")


def _plain(heading: str) -> str:
    """Return a heading tidied and without the marks of notes."""
    return tidy(NOTE_MARK.sub(" ", heading))

"""Parser of the Community Life Survey: the sheets of its annual tables with figures by local authority (England).

The catalogue (`cls_sheet` in `warehouse/catalogue/indicators.yaml`) has, for each survey indicator, the sheet, the
words of its title or question, the answer and the months in which it was asked. `sql/core` makes the observations.
"""

import re
from collections.abc import Iterable

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.headings import require_rows
from assets.ingest.obs_status import read_number, with_missing
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.tabular import Grid, find_header, frame, read_workbook, tidy
from assets.ingest.validation import Intake, admit, quarantine
from warehouse import catalogue
from warehouse.catalogue import SheetLabel
from warehouse.errors import RefusedFile

SURVEY, TABLE = "community_life_survey", "staging.cls__observation"
QUESTION, AREA = "Question", "Response Breakdown"
AREA_CODE = re.compile(r"lad ?(?:20)?[0-9]{2} ?(?:code|cd)")
# The sheets of a question are called a (England), b (groups of people, regions) and c (local authorities).
LOCAL_SHEET = re.compile(r"[a-z]{1,2}[0-9]{1,2}c(?:\([a-z]\))?")
MEASURES = {
    "percentage": "value",
    "lower estimate percentage": "lower_95",
    "upper estimate percentage": "upper_95",
    "number of respondents": "number_of_respondents",
    "unweighted base": "unweighted_base",
}
# The year is printed before the measure, in full or short: "2023/24 Percentage (%)", "21/22 Percentage (%)",
# "2023/24 Unweighted Base - number of people aged 16 and over". A difference between two years is another measure.
MEASURE = re.compile(rf"(?:20)?([0-9]{{2}})/([0-9]{{2}}) ({'|'.join(MEASURES)})(?: \(%\)| - .*)?")
NOTE_MARK = re.compile(r"\[note[^\]]*\]", re.IGNORECASE)
# Printed instead of the name or code in the row of England as a whole.
NO_AREA = re.compile(r"\[[a-z]\]|n/?a", re.IGNORECASE)
NO_LABEL = SheetLabel(sheet="", words=())


def parse_cls(content: bytes) -> Intake:
    """Return the figures by local authority of the annual tables of the Community Life Survey (ODS or XLSX).

    Each row is for a sheet, area and survey year, in percent; the row of England as a whole has no code or that of
    England. A question that was not asked in all months of the survey has the period of its own months. Sheets for
    England only and for groups of people, and notes below a table, are ignored. The heading row is found by its
    words, and the year is read from the headings. A sheet by local authority that cannot be read is quarantined as
    one row.

    Raises `RefusedFile` if there is no such sheet, or if a sheet that feeds a metric lacks a column, has shares instead
    of percentages, or has another question or answer than the catalogue: its figures would be lost, or be assigned to
    the wrong question.
    """
    rows: list[pl.DataFrame] = []
    refused: list[pl.DataFrame] = []
    sheets, catalogued = read_workbook(SURVEY, content), catalogued_sheets()
    for name, grid in sheets.items():
        label, is_needed = catalogued.get(tidy(name), (NO_LABEL, False))
        try:
            if (found := _figures(name, grid, label)) is not None:
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
    return admit(with_missing(pl.concat(rows), "value"), TABLE, pl.concat(refused), rows_in=listed)


def catalogued_sheets() -> dict[str, tuple[SheetLabel, bool]]:
    """Return, by tidied sheet name, the label of a sheet in the catalogue and whether it feeds a metric."""
    return {
        tidy(label.sheet): (label, wording.metric_id is not None)
        for indicator in catalogue.indicators().values()
        for wording in indicator.wordings
        if (label := wording.labels.cls_sheet)
    }


def _figures(name: str, grid: Grid, label: SheetLabel) -> tuple[pl.DataFrame, pl.DataFrame] | None:
    """Return (rows, quarantine rows) of a sheet, or None if it is not by local authority.

    Raises `RefusedFile` if a sheet by local authority has a new layout, or does not match `label`.
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
        # The question is in the first row of its table only.
        pl.col("question").forward_fill(),
        pl.when(~pl.col("area_name", "area_code").str.contains(rf"(?i)^(?:{NO_AREA.pattern})$"))
        .then(pl.col("area_name", "area_code"))
        .name.keep(),
    )
    rows = rows.filter(pl.any_horizontal(pl.col("area_name", "area_code", *measures.values()).is_not_null()))
    _require_question(grid, label, title or "", rows["question"].drop_nulls().unique(maintain_order=True).to_list())
    kept, unread = [], [refused]
    for year in years:
        first, last = label.fieldwork[year].split("/") if year in label.fieldwork else (None, None)
        figures = rows.select(
            pl.exclude(list(measures.values())),
            pl.lit(year).alias("period_label"),
            pl.lit(first, pl.String).alias("period_start"),
            pl.lit(last, pl.String).alias("period_end"),
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
    """Return, by survey year (such as 2023/24), the heading of each of its five measures.

    Raises `RefusedFile` if a measure of a year is missing or repeated, or there is no year.
    """
    years: dict[str, dict[str, str]] = {}
    problems = []
    for heading in headings:
        match = MEASURE.fullmatch(_plain(heading))
        if match and (int(match[1]) + 1) % 100 == int(match[2]):
            label, measure = f"20{match[1]}/{match[2]}", match[3]
            year = years.setdefault(label, {})
            if MEASURES[measure] in year:
                problems.append(f"two columns {label} {measure}")
            year[MEASURES[measure]] = heading
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


def _require_question(grid: Grid, label: SheetLabel, title: str, questions: list[str]) -> None:
    """Raise `RefusedFile` unless a catalogued sheet has exactly the catalogued question and answer.

    Its title and question must contain all words of the label. The answer follows a colon after these words
    ("... influence decisions affecting your local area?: Agree"); it is compared if it is printed and in the catalogue.
    """
    if not _holds(label.words, title, *questions):
        got = (title or "; ".join(questions))[:120]
        raise RefusedFile(SURVEY, f"a table of {' and '.join(map(repr, label.words))}", f"{got!r} in {grid.where}")
    if label.words and len(questions) > 1:
        got = "; ".join(question[:80] for question in questions[:2])
        raise RefusedFile(SURVEY, "one question with its headline answer", f"{got!r} in {grid.where}")
    for question in questions:
        asked, _, answer = question.rpartition(":")
        if label.answers and _holds(label.words, asked) and _bare(answer) not in label.answers:
            got = f"{answer.strip()[:120]!r} in {grid.where}"
            raise RefusedFile(SURVEY, f"the answer {' or '.join(label.answers)}", got)


def _holds(words: Iterable[str], *texts: str) -> bool:
    """Return whether some texts contain all the words, which are in lower case and without punctuation."""
    said = " ".join(f" {_bare(text)} " for text in texts)
    return all(f" {word} " in said for word in words)


def _require_percentages(grid: Grid, year: str, values: pl.Series) -> None:
    """Raise `RefusedFile` if the values under a heading of percentages are shares between 0 and 1."""
    numbers = values.cast(pl.Float64, strict=False).drop_nulls()
    if numbers.len() and (numbers <= 1).all() and (numbers % 1 != 0).any():
        raise RefusedFile(SURVEY, "percentages from 0 to 100", f"shares for {year} in {grid.where}")


def _bare(text: str) -> str:
    """Return a text in lower case, with one space in place of all other characters than letters and digits."""
    return re.sub("[^a-z0-9]+", " ", text.lower()).strip()


def _plain(heading: str) -> str:
    """Return a tidied heading without note marks."""
    return tidy(NOTE_MARK.sub(" ", heading))


PARSERS: dict[str, Parser] = dict.fromkeys(
    ("cls2023", "cls2024"), one_table(TABLE, parse_cls, *catalogued("indicators.yaml"))
)
RECIPES = staging_tables(PARSERS)

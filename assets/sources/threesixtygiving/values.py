"""Parses amounts, dates and identifiers as publishers print them, and makes their comparable form."""

import datetime as dt
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from assets.sources.threesixtygiving.standard import SOURCE
from warehouse.errors import RefusedFile

ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
SLASH_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: \d{2}:\d{2}(?::\d{2})?)?", re.ASCII)
YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?", re.ASCII)
AMOUNT = re.compile(r"(-?)£?(-?)((?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d+)?)", re.ASCII)
# The form of an identifier of any list; a person's name has no digit.
IDENTIFIER = re.compile(r"(?=.*\d)\S+")
HALF_CHARACTER = re.compile("[\ud800-\udfff]")
NAMED_ROWS = 5
# Values that repeat within a file: dates, durations, common amounts.
REMEMBERED = 10_000


def clean(value: object) -> str | None:
    """Return a published value as trimmed text in NFC with uniform line breaks, or None if it is empty.

    A list or an object is None. A lone surrogate, which JSON allows and UTF-8 does not, becomes the replacement
    character.
    """
    if isinstance(value, str):
        text = value
    elif value is None or isinstance(value, list | dict):
        return None
    else:
        text = str(value)
    if not text.isascii():
        text = HALF_CHARACTER.sub("\ufffd", unicodedata.normalize("NFC", text.replace("\u00a0", " ")))
    return text.replace("\r\n", "\n").strip() or None


@lru_cache(maxsize=REMEMBERED)
def date_part(text: str) -> str | None:
    """Return the ISO date of a published date or time, or None if its format is unknown or it is invalid.

    Times and zones are removed: the standard says that the time is never significant. In dates with slashes the day is
    first, as British publishers write them.
    """
    if match := ISO_DATE.fullmatch(text.strip()):
        iso = match[1]
    elif match := SLASH_DATE.fullmatch(text.strip()):
        iso = f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}"
    else:
        return None
    try:
        return dt.date.fromisoformat(iso).isoformat()
    except ValueError:
        return None


@lru_cache(maxsize=REMEMBERED)
def plain_number(text: str) -> str | None:
    """Return a published amount without pound sign and thousands commas, or None if it is not a number."""
    match = AMOUNT.fullmatch(text.strip())
    if match is None or (match[1] and match[2]):
        return None
    return f"{match[1] or match[2]}{match[3].replace(',', '')}"


def _comparable_text(text: str) -> str:
    # Printable text has no white space other than blanks.
    return text if "  " not in text and text.isprintable() else " ".join(text.split())


def _comparable_code(text: str) -> str:
    return " ".join(text.split()).upper()


def comparable_identifier(text: str) -> str:
    """Return an identifier in comparable form: upper case, without white space."""
    return "".join(text.split()).upper()


def _comparable_number(text: str) -> str:
    number = plain_number(text)
    return text if number is None else repr(float(number))


def _comparable_date(text: str) -> str:
    return date_part(text) or text


# By `kind` of field: function from published text to comparable form, which is the same for equal values.
COMPARABLE: dict[str, Callable[[str], str]] = {
    "text": _comparable_text,
    "code": _comparable_code,
    "identifier": comparable_identifier,
    "number": _comparable_number,
    "date": _comparable_date,
}


@dataclass
class SlashDates:
    """Dates of a file that are printed with slashes, as evidence of the order of day and month.

    `month_first` and `ambiguous` are (row number, date) pairs.
    """

    printed_n: int = 0
    month_first: list[tuple[int, str]] = field(default_factory=list)
    ambiguous: list[tuple[int, str]] = field(default_factory=list)

    def add(self, row: int, text: str) -> None:
        """Record a date of a row; dates in another format are ignored."""
        if match := SLASH_DATE.fullmatch(text):
            self.printed_n += 1
            first, second = int(match[1]), int(match[2])
            if first <= 12 < second:
                self.month_first.append((row, text))
            elif first <= 12 and second <= 12 and first != second:
                self.ambiguous.append((row, text))

    def require_day_first(self) -> None:
        """Raise `RefusedFile` if a date proves that the month is first and other dates are ambiguous."""
        if self.month_first and self.ambiguous:
            rows = [f"{row:,}" for row, _ in self.month_first]
            named = ", ".join(rows[:NAMED_ROWS]) + (
                f" and {len(rows) - NAMED_ROWS:,} more" if rows[NAMED_ROWS:] else ""
            )
            row, text = self.ambiguous[0]
            got = (
                f"dates with the month first in rows {named}, such as {self.month_first[0][1]}, so that {text} in row "
                f"{row:,} may be either; write dates as YYYY-MM-DD"
            )
            raise RefusedFile(SOURCE, "dates as YYYY-MM-DD, or with the day first throughout", got)

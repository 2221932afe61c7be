"""Converts stored numbers and number formats of cells to text, in the same way for all kinds of workbook."""

import datetime as dt
import math
import re
from decimal import Decimal
from enum import Enum
from functools import lru_cache

# Text for a formula without a stored result, in the form of a spreadsheet error; not a valid date, number or code.
NOT_COMPUTED = "#NOT COMPUTED!"
FIRST_1904 = dt.datetime(1904, 1, 1)
DAY = 86_400_000
NOT_SHOWN = re.compile(r'"[^"]*(?:"|$)|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]|am/pm|a/p', re.IGNORECASE)
DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)


class Kind(Enum):
    """What kind of number a number format is for."""

    NUMBER = 0
    PERCENTAGE = 1
    DATE = 2
    TIME = 3
    DURATION = 4


@lru_cache(maxsize=4096)
def kind_of(code: str) -> Kind:
    """Return the kind of a number format such as `dd/mm/yyyy` or `0.0%` (ECMA-376 part 1, 18.8.31)."""
    shown = NOT_SHOWN.sub("", code).lower()
    section = shown.partition(";")[0]
    if "%" in shown:
        return Kind.PERCENTAGE
    if section == "standard":
        return Kind.NUMBER
    if "[" in section:
        return Kind.DURATION
    has_time = "h" in section or "s" in section
    if "y" in section or "d" in section or "mmm" in section or ("m" in section and not has_time):
        return Kind.DATE
    return Kind.TIME if has_time else Kind.NUMBER


def plain(value: float) -> str:
    """Return a finite number as digits without exponent, with the 15 significant digits of spreadsheets."""
    if value == int(value):
        return str(int(value))
    return format(Decimal(f"{value:.15g}"), "f")


@lru_cache(maxsize=65_536)
def text_of(stored: str | float, kind: Kind = Kind.NUMBER, *, is_1904: bool = False) -> str:
    """Return a stored number as text.

    A date is `YYYY-MM-DD HH:MM:SS` in the date system of its workbook, a time `HH:MM:SS`, a percentage has its sign
    (`25%`). A serial number outside the calendar is returned as a number; text that is not a number is returned
    unchanged.
    """
    if isinstance(stored, str) and not DECIMAL.fullmatch(stored):
        return stored
    value = float(stored)
    if not math.isfinite(value):
        return str(stored)
    if kind is Kind.PERCENTAGE:
        return plain(float(f"{value * 100:.15g}")) + "%" if math.isfinite(value * 100) else str(stored)
    if kind is Kind.DURATION or (kind is Kind.TIME and 0 <= value < 1):
        return _duration(value) if 0 <= value < 1e6 else plain(value)
    if kind in (Kind.DATE, Kind.TIME):
        return _date(value, is_1904) or plain(value)
    return plain(value)


def _duration(days: float) -> str:
    milliseconds = round(days * DAY)
    seconds, rest = divmod(milliseconds, 1000)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{rest:03}" if rest else text


def _date(serial: float, is_1904: bool) -> str | None:
    """Return the date and time of a serial number, or None if it is outside the date system.

    Day 1 is 1 January 1900 (or day 0 is 1 January 1904), day 60 is 29 February 1900, which did not exist.
    """
    first = FIRST_1904 if is_1904 else dt.datetime(1899, 12, 30 if serial >= 61 else 31)
    if serial < (0 if is_1904 else 1) or serial >= 2_958_466 or (not is_1904 and 60 <= serial < 61):
        return None
    try:
        moment = first + dt.timedelta(milliseconds=round(serial * DAY))
    except OverflowError:
        return None
    return moment.isoformat(" ", "milliseconds").removesuffix(".000")

"""Parses periods as publishers print them."""

import re
from datetime import date


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

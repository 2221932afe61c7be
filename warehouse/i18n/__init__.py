"""Messages of the report in English and Welsh, and formatting of numbers, dates and periods.

Messages are in `messages/*.<language>.yaml`, nested, with dotted keys; the names of codes are in the codebook. Both
languages have the same keys with the same placeholders, so a page never falls back to the other language unmarked.
"""

import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

import yaml

from warehouse.catalogue import codebook, families, units
from warehouse.catalogue.reason_text import Language, texts
from warehouse.errors import ProjectFault
from warehouse.yaml_loader import YAML_LOADER

FOLDER = Path(__file__).parent / "messages"
LANGUAGES: tuple[Language, ...] = ("en", "cy")
# Sections of messages whose texts are the names of the codes of an axis of the codebook.
AXES = {"mechanism": "mechanism", "began": "began", "side": "side", "type": "primary_type"}
NO_VALUE = "–"
MINUS = "−"


@dataclass(frozen=True)
class Text:
    """The messages of one language; call it with a key to get the text: `text("home.title", n=3)`."""

    lang: Language
    messages: dict[str, str]

    def __call__(self, key: str, **arguments: Any) -> str:
        """Return the message of a key with its placeholders filled; raise `ProjectFault` for an unknown key."""
        try:
            return self.messages[key].format(**arguments)
        except KeyError as error:
            raise ProjectFault(f"The report has no message {key!r} with {error} ({self.lang}).") from error

    def has(self, key: str) -> bool:
        """Return whether the key has a message."""
        return key in self.messages

    def first(self, part: str, *names: str) -> str:
        """Return the first of several names that has a message in a section, or the last name if none has."""
        return next((name for name in names if self.has(f"{part}.{name}")), names[-1])

    def reasons(self, codes: Iterable[str]) -> list[str]:
        """Return the texts of reasons in this language, in order."""
        return texts(codes, self.lang, lambda nation: self(f"nation.{nation}"))

    def reason(self, codes: Iterable[str]) -> str:
        """Return the texts of reasons in this language as one text, empty without reasons."""
        return "; ".join(self.reasons(codes))

    def method(self, ci_method: str) -> str:
        """Return the text of an interval method or of the reason why there is no interval."""
        key = f"ci.{key_part(ci_method)}"
        return self(key) if self.has(key) else ci_method

    def number(self, value: float | None, decimals: int | None = None) -> str:
        """Return a number with thousands separators; without `decimals` with at most two decimals."""
        if value is None:
            return NO_VALUE
        places = 2 if decimals is None else decimals
        # Adding zero turns a negative zero into zero.
        written = f"{round(value, places) + 0.0:,.{places}f}"
        if decimals is None:
            written = written.rstrip("0").rstrip(".")
        return written.replace("-", MINUS)

    def quantity(self, value: float | None, unit: str) -> str:
        """Return a value with its unit as text: shares as percentages, money with its symbol.

        A unit without a symbol is omitted; `beside` returns the text to show beside the number.
        """
        if value is None:
            return NO_VALUE
        shown = units()[unit]
        if shown.shown_as:
            return self.quantity(value * shown.factor, shown.shown_as)
        written = self.number(value, shown.decimals)
        return shown.signed(written.removesuffix(".0") if shown.symbol == "%" else written)

    def unit(self, unit: str) -> str:
        """Return the name of a unit, with its symbol if it has one."""
        return units()[unit].label(self.lang)

    def beside(self, unit: str) -> str:
        """Return the text to show beside a figure in a unit; empty if the symbol is enough."""
        shown = units()[unit]
        return units()[shown.shown_as or unit].beside(self.lang)

    def axis(self, unit: str) -> str:
        """Return the title of an axis of values in a unit."""
        name = units()[units()[unit].shown_as or unit].name(self.lang)
        return name[0].upper() + name[1:]

    def family(self, family: str) -> str:
        """Return the name of a family of metrics."""
        return families()[family].name(self.lang)

    def share(self, part: float, whole: float) -> str:
        """Return a part of a whole as a percentage; it never rounds up to 100% or down to 0%."""
        share = part / whole * 100
        if 0 < share < 1:
            return "<1%"
        return f"{min(round(share), 99) if share < 100 else 100}%"

    def date(self, day: datetime.date) -> str:
        """Return a date as text, for example 22 November 2026."""
        return f"{day.day} {self(f'month.{day.month}')} {day.year}"

    def month(self, day: datetime.date) -> str:
        """Return the month and year of a date."""
        return f"{self(f'month.{day.month}')} {day.year}"

    def period(self, start: datetime.date, end: datetime.date) -> str:
        """Return a period as a short text: a day, a year, a survey year, or two dates."""
        if start == end:
            return self.date(end)
        if (start.month, start.day, end.month, end.day) == (1, 1, 12, 31):
            return f"{start.year}" if start.year == end.year else f"{start.year}–{end.year}"
        if (start.month, start.day, end.month, end.day) == (4, 1, 3, 31) and end.year == start.year + 1:
            return f"{start.year}/{end.year % 100:02d}"
        return self("period.span", start=self.date(start), end=self.date(end))

    def size(self, size: int) -> str:
        """Return a number of bytes in kB or MB."""
        return f"{size / 1e6:,.1f} MB" if size >= 1e6 else f"{max(size / 1e3, 0.1):,.1f} kB"

    def age(self, days: int) -> str:
        """Return an age as text: in years if over two, else in months."""
        if days >= 730:
            return self("age.years", n=days // 365)
        return self("age.months", n=days // 30)


@cache
def text(language: Language) -> Text:
    """Return the messages of a language; raise `ProjectFault` if the languages have different keys."""
    catalogues = {name: messages(name) for name in LANGUAGES}
    if lone := set(catalogues["en"]) ^ set(catalogues["cy"]):
        raise ProjectFault(f"Messages of the report that exist in one language only: {', '.join(sorted(lone))}.")
    return Text(language, catalogues[language])


def placeholders(message: str) -> set[str]:
    """Return the names of the placeholders in a message."""
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def slug(name: str) -> str:
    """Return a name as part of an address: lower-case letters, digits and hyphens; accents are kept."""
    return re.sub(r"[^\w]+", "-", name.lower()).strip("-_")


def key_part(name: str) -> str:
    """Return a name as the last part of a message key."""
    return re.sub(r"\W+", "_", name)


def messages(language: Language) -> dict[str, str]:
    """Return the messages of a language by key; raise `ProjectFault` if a key has two."""
    found = {
        f"{section}.{code.code}": code.en if language == "en" else code.cy
        for section, axis in AXES.items()
        for code in codebook()[axis].codes
    }
    for path in sorted(FOLDER.glob(f"*.{language}.yaml")):
        for key, message in flat(yaml.load(path.read_text("utf-8"), YAML_LOADER)):
            if key in found:
                raise ProjectFault(f"Duplicate message {key!r} in {path.name}.")
            found[key] = message
    return found


def flat(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """Yield the dotted key and the text of each message of nested mappings."""
    if isinstance(node, dict):
        for name, child in node.items():
            yield from flat(child, (*path, str(name)))
    else:
        yield ".".join(path), str(node).strip()

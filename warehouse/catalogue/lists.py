"""The lists that other entries name: nations, licences, families of metrics, units of values, and parts of metrics."""

from typing import Literal, get_args

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry

Nation = Literal["England", "Wales", "Scotland", "Northern Ireland"]
NATIONS: tuple[Nation, ...] = get_args(Nation)
# The code of the breakdown for values without a breakdown.
WHOLE = "all"


class Licence(Entry):
    """A licence of sources; `id` is its SPDX identifier if there is one."""

    id: str
    title: str
    url: str
    attribution: str
    share_alike: bool = False


class Named(Entry):
    """An entry with a name in both languages, and a sentence on how to read it."""

    id: str
    en: str
    cy: str
    reading: str

    def name(self, language: str) -> str:
        """Return the name in a language, `en` or `cy`."""
        return self.cy if language == "cy" else self.en


class Family(Named):
    """A family of metrics."""


class Unit(Named):
    """A unit of values or columns, and its number format.

    A figure has the `symbol`, and beside it `beside_en` or `beside_cy`, or the name if there is no symbol. It has
    `decimals` decimals, or at most two. Pages show a unit with `shown_as` in that unit, multiplied by `factor`. `kind`
    is the kind of value as in Explore Local Statistics. `min` and `max` restrict the values that a
    file may have.
    """

    kind: str
    symbol: Literal["", "£", "%"] = ""
    beside_en: str = ""
    beside_cy: str = ""
    decimals: int | None = None
    shown_as: str = ""
    factor: int = 1
    min: int | None = None
    max: int | None = None

    def beside(self, language: str) -> str:
        """Return the text beside a figure in a language."""
        return (self.beside_cy if language == "cy" else self.beside_en) or ("" if self.symbol else self.name(language))

    def label(self, language: str = "en") -> str:
        """Return the unit for headings: its symbol with the text beside it, or its name."""
        return f"{self.symbol} {self.beside(language)}".strip() if self.symbol else self.name(language)

    def signed(self, number: str) -> str:
        """Return a formatted number with the symbol: before it, after its minus sign, or behind it for a percentage."""
        if self.symbol == "%":
            return f"{number}%"
        digits = number.lstrip("-−")
        return f"{number.removesuffix(digits)}{self.symbol}{digits}"

    @property
    def said(self) -> str:
        """The label with the id, as in the column `unit`."""
        return self.id if self.label() == self.id else f"{self.label()} ({self.id})"


class BreakdownValue(Entry):
    """A part of which a metric can have a value. `is_beyond_localities`: no locality has this part."""

    code: str
    name: str
    name_cy: str
    is_beyond_localities: bool = False


class BreakdownList(Entry):
    """An ordered list of parts, such as size classes (method.md section 3.1)."""

    id: str
    name: str
    name_cy: str
    values: tuple[BreakdownValue, ...]
    is_name_cy_reviewed: bool = False


@files.cached
def licences() -> dict[str, Licence]:
    """Return the licences by id."""
    return files.entries([files.ROOT / "licences.yaml"], Licence)


def is_share_alike(licence: str) -> bool:
    """Return whether derived works must have the same licence."""
    return licence in licences() and licences()[licence].share_alike


@files.cached
def families() -> dict[str, Family]:
    """Return the families of metrics by id, in display order."""
    return files.entries([files.ROOT / "families.yaml"], Family)


@files.cached
def units() -> dict[str, Unit]:
    """Return the units by id; raise `BadRecord` if one is shown as an unknown unit."""
    path = files.ROOT / "units.yaml"
    found = files.entries([path], Unit)
    for unit in found.values():
        if unit.shown_as and unit.shown_as not in found:
            files.refuse_entry(unit, f"shown_as must be a unit, got {unit.shown_as!r}; {files.listed(found)}")
    return found


def listed_unit(name: str) -> str:
    """Return the id of a unit; raise `ValueError`, with near names, if it is not in `units.yaml`."""
    if name not in units():
        raise ValueError(f"the unit {name!r} is not in units.yaml; {files.listed(units(), name)}")
    return name


def unit_label(name: str) -> str:
    """Return a unit for headings; an unknown unit, as in previous editions, is returned unchanged."""
    return units()[name].label() if name in units() else name


def figure(number: str, unit: str) -> str:
    """Return a formatted number with its unit; an unknown unit, as in previous editions, is shown by id."""
    if unit not in units():
        return f"{number} {unit}"
    return f"{units()[unit].signed(number)} {units()[unit].beside('en')}".strip()


@files.cached
def breakdowns() -> dict[str, BreakdownList]:
    """Return the lists of parts by id; `whole` is the list of `all` alone.

    Raises `BadRecord` if a code is in two lists or twice in one, because a code alone must identify a part.
    """
    path = files.ROOT / "breakdowns.yaml"
    found = files.entries([path], BreakdownList)
    codes = [part.code for item in found.values() for part in item.values]
    if repeated := sorted({code for code in codes if codes.count(code) > 1}):
        files.refuse(path, 0, f"duplicate code {repeated[0]!r}; a code must be in one list only")
    if [part.code for part in found["whole"].values] != [WHOLE]:
        files.refuse(path, 0, f"the list 'whole' must have the code {WHOLE!r} alone")
    return found


@files.cached
def breakdown_values() -> dict[str, BreakdownValue]:
    """Return the parts of all lists, and `all`, by code."""
    return {part.code: part for item in breakdowns().values() for part in item.values}

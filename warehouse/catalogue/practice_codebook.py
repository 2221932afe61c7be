"""The second codebook of practices, and the columns in which people suggest one.

Contract, template, check, document and form use these lists.
"""

from typing import Literal

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry


class Worded(Entry):
    """An entry with a name in both languages."""

    en: str
    cy: str

    def name(self, language: str) -> str:
        """Return the name in a language, `en` or `cy`."""
        return self.cy if language == "cy" else self.en


class Code(Worded):
    """A permitted code of an axis and its meaning."""

    code: str
    meaning: str


class Axis(Worded):
    """An axis of the codebook; one with `codes_of` takes up to `most` codes of that axis, joined by semicolons.

    An axis that is not read (`is_read`) describes a part of the record and is in no reading.
    """

    id: str
    question: str
    is_read: bool = True
    codes: tuple[Code, ...] = ()
    codes_of: str = ""
    most: int = 1

    @property
    def permitted(self) -> tuple[str, ...]:
        """The permitted codes, in order."""
        return tuple(item.code for item in (codebook()[self.codes_of] if self.codes_of else self).codes)

    @property
    def pattern(self) -> str:
        """The regular expression of one value of the axis."""
        one = f"({'|'.join(self.permitted)})"
        return f"^{one}$" if self.most == 1 else f"^{one}(;{one}){{0,{self.most - 1}}}$"


@files.cached
def codebook() -> dict[str, Axis]:
    """Return the axes by id, in order; raise `BadRecord` for an axis without codes."""
    found = files.entries([files.ROOT / "codebook.yaml"], Axis)
    for axis in found.values():
        if bool(axis.codes) == bool(axis.codes_of) or (axis.codes_of and axis.codes_of not in found):
            files.refuse_entry(axis, f"expected codes, or codes_of with another axis; {files.listed(found)}")
    return found


class Field(Worded):
    """A column in which people suggest a practice; its text has at most `most_letters` letters, if it has a limit.

    `kind` says which rule its text meets; `is_long` asks for several lines in the form.
    """

    id: str
    hint_en: str
    hint_cy: str
    kind: Literal["text", "locality", "partners", "date", "address", "record"] = "text"
    is_required: bool = False
    is_long: bool = False
    most_letters: int | None = None

    def hint(self, language: str) -> str:
        """Return what to write, in a language."""
        return self.hint_cy if language == "cy" else self.hint_en


@files.cached
def practice_fields() -> dict[str, Field]:
    """Return the columns in which people suggest a practice by id, in order."""
    return files.entries([files.ROOT / "practice_fields.yaml"], Field)


def read_axes() -> dict[str, Axis]:
    """Return the axes that a reader codes, by id."""
    return {axis.id: axis for axis in codebook().values() if axis.is_read}

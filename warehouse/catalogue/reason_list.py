"""The reasons for missing, unreliable and annotated values, and the states of values.

Their codes with arguments, as in tables, are in `reason_text.py`.
"""

import re
from string import Formatter
from typing import Literal

from pydantic import Field, model_validator

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry

State = Literal[
    "ok",
    "ok_low",
    "suppressed",
    "not_available",
    "not_applicable",
    "not_searched",
    "searched_none_found",
    "withheld",
]
ArgumentType = Literal["count", "nation", "names", "text", "reasons"]


class Reason(Entry):
    """The reason for a missing, unreliable or annotated value, as a code with texts in both languages.

    `gap` is the state of a row whose value is missing, or zero after a search, for that reason. `with_value` is the
    state of a value with the reason: `ok_low` for a caution, `ok` for a note. `arguments` are the types of the
    placeholders in the texts, in the order in which they follow the code: a `count`, the name of a `nation`, `names` of
    areas, a `text` in English. `reasons` are the reasons that follow this one in a list.
    """

    id: str
    gap: State | None = None
    with_value: Literal["ok", "ok_low"] | None = None
    arguments: dict[str, ArgumentType] = Field(default={})
    en: str
    cy: str
    is_cy_reviewed: bool = False

    @model_validator(mode="after")
    def _agrees(self) -> "Reason":
        """Return the reason; raise `ValueError` if texts and arguments differ, or if it has no state."""
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            raise ValueError("the code must be lower-case letters, digits and underscores")
        if self.gap is None and self.with_value is None:
            raise ValueError("expected a state in gap, in with_value or in both")
        if self.gap in ("ok", "ok_low"):
            raise ValueError("a gap cannot be ok or ok_low")
        for language in (self.en, self.cy):
            named = {name for _, name, _, _ in Formatter().parse(language) if name is not None}
            if named != set(self.arguments):
                raise ValueError(f"the placeholders of {language!r} must be {sorted(self.arguments)}")
        if "reasons" in self.arguments.values() and len(self.arguments) > 1:
            raise ValueError("an argument of type reasons must be the only one")
        return self


@files.cached
def reasons() -> dict[str, Reason]:
    """Return the reasons by code; raise `BadRecord` if two have the same English text."""
    path = files.ROOT / "reasons.yaml"
    found = files.entries([path], Reason)
    by_text: dict[str, str] = {}
    for reason in found.values():
        if (other := by_text.setdefault(reason.en, reason.id)) != reason.id:
            files.refuse_entry(reason, f"has the same text as {other!r}")
    return found

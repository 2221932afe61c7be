"""The version of an edition, and what it is in the sequence of editions."""

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from warehouse.editions.release.diff_model import Comparison

Level = Literal["patch", "minor", "major"]
PATTERN = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class Version(NamedTuple):
    """A semantic version of the data."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """Return the version that a text is, or None where it is none, as that of an edition of an earlier day."""
        found = PATTERN.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def next(self, level: Level) -> "Version":
        """Return the version after this one at a level."""
        if level == "major":
            return Version(self.major + 1, 0, 0)
        if level == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        """Return major.minor.patch."""
        return ".".join(map(str, self))


FIRST = Version(1, 0, 0)


@dataclass(frozen=True)
class Release:
    """What an edition is in the sequence of editions.

    `comparison` is with the edition before, which `previous_id` and `previous_version` name; there is none for a first
    edition and for one of an earlier day. `sign_off` is the reason of the person who answered for what moved.
    """

    version: str
    why: tuple[str, ...]
    previous_id: str | None = None
    previous_version: str | None = None
    comparison: "Comparison | None" = None
    sign_off: str | None = None

    @property
    def previous(self) -> dict[str, str | None] | None:
        """The edition that it was held against, by edition_id and version."""
        return {"edition_id": self.previous_id, "version": self.previous_version} if self.previous_id else None

    @property
    def moved(self) -> dict[str, int | None]:
        """How many localities have a band, moved one, and did so with no input change; null without a comparison."""
        held = self.comparison
        return {
            "localities_with_band_n": held.localities_n if held else None,
            "localities_moved_n": held.moved_n if held else None,
            "localities_moved_without_input_n": held.moved_without_input_n if held else None,
        }


def version_of_earlier_day(as_of: date, run_id: str) -> str:
    """Return the version of an edition of an earlier day: before every other, and the same for the same build."""
    return f"0.0.0-asof.{as_of:%Y%m%d}+{run_id[:8]}"

"""Version numbers of editions."""

import re
from datetime import date
from typing import Literal, NamedTuple

Level = Literal["patch", "minor", "major"]
PATTERN = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")


class Version(NamedTuple):
    """A semantic version of the data."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """Return the version in a text; None for other texts, such as the version of an edition with an as-of date."""
        found = PATTERN.fullmatch(text)
        return cls(*map(int, found.groups())) if found else None

    def next(self, level: Level) -> "Version":
        """Return the next version of a level."""
        if level == "major":
            return Version(self.major + 1, 0, 0)
        if level == "minor":
            return Version(self.major, self.minor + 1, 0)
        return Version(self.major, self.minor, self.patch + 1)

    def __str__(self) -> str:
        """Return major.minor.patch."""
        return ".".join(map(str, self))


FIRST = Version(1, 0, 0)


def version_of_earlier_day(as_of: date, run_id: str) -> str:
    """Return the version of an edition with an as-of date: it sorts first, and is the same for the same build."""
    return f"0.0.0-asof.{as_of:%Y%m%d}+{run_id[:8]}"

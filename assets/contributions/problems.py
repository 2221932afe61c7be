"""Problems of a contributed file, as its author can fix them."""

from dataclasses import dataclass

SHOWN_LETTERS = 80


@dataclass(frozen=True)
class Problem:
    """A problem of one cell or of the file: where, what was expected, what came, and what to do.

    `place` is `row 3` of a spreadsheet, `line 12` of a YAML file, or `file`; `column` is empty for a whole row or file.
    A warning does not make the file invalid.
    """

    place: str
    column: str
    expected: str
    got: str
    fix: str
    is_warning: bool = False

    def to_text(self) -> str:
        """Return the problem as one line."""
        where = f"{self.place}, {self.column}" if self.column else self.place
        kind = "warning: " if self.is_warning else ""
        return f"{where}: {kind}expected {self.expected}, got {self.got}. {self.fix}"


def shown(text: str) -> str:
    """Return the start of a text from a file, as a message quotes it."""
    whole = " ".join(text.split())
    return repr(whole if len(whole) <= SHOWN_LETTERS else f"{whole[:SHOWN_LETTERS]}…")

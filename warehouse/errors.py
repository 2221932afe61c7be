"""Errors that tell a user what was expected, what came, from where, and what to do.

Every error a person can cause or mend derives from `CommunityPowerError`; the command line prints its
message and exits with its `exit_code`, never with a traceback.
"""

from difflib import get_close_matches


class CommunityPowerError(Exception):
    """Base of the errors that are explained to the user; `exit_code` is the command's exit code."""

    exit_code = 1


class RefusedFile(CommunityPowerError):
    """A file that cannot be what it was said to be; nothing of it is kept."""

    exit_code = 3

    def __init__(self, source_id: str, expected: str, got: str) -> None:
        super().__init__(f"{source_id}: expected {expected}, got {got}. Nothing was kept.")
        self.source_id, self.expected, self.got = source_id, expected, got


class BadRecord(CommunityPowerError):
    """A reference record that is wrong or ambiguous, named by file and line."""

    exit_code = 3

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


class ContractBroken(CommunityPowerError):
    """A table that does not keep its contract; the table on disk stays as it was."""

    exit_code = 3


class HomeUnavailable(CommunityPowerError):
    """A `CPOWER_HOME` that is locked by another process, belongs to someone else, or has no room."""

    exit_code = 4


class UnknownName(CommunityPowerError):
    """A name that the catalogue does not hold, with the nearest names that it does."""

    exit_code = 2

    def __init__(self, what: str, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        hint = f" Did you mean {', '.join(near)}?" if near else f" There are: {', '.join(sorted(known)[:12])}."
        super().__init__(f"No {what} is called {name!r}.{hint}")

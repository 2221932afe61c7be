"""Errors that tell a user what was expected, what came, from where, and what to do.

Every error that a user can cause or fix derives from `CommunityPowerError`; the command line prints its
message and exits with its `exit_code`, never with a traceback.
"""

from difflib import get_close_matches

NAMED = 12


class CommunityPowerError(Exception):
    """Base of the errors that are explained to the user; `exit_code` is the command's exit code."""

    exit_code = 1


class RefusedFile(CommunityPowerError):
    """A file that cannot be what it was said to be; nothing of it is landed."""

    exit_code = 3

    def __init__(self, source_id: str, expected: str, got: str, advice: str = "") -> None:
        said = f"{source_id}: expected {expected}, got {got}."
        super().__init__(" ".join(filter(None, (said, advice, "Nothing was landed."))))
        self.source_id, self.expected, self.got, self.advice = source_id, expected, got, advice


class AnomalousFile(RefusedFile):
    """A file that can be read and is not what one would expect after the last one; a user may accept it."""

    def __init__(self, source_id: str, doubts: list[str]) -> None:
        expected = "rows that keep the contract, and figures that vary, about as many as in the last file"
        super().__init__(source_id, expected, "; ".join(doubts))
        self.args = (f"{self.args[0]} If it is right, land it with --accept.",)


class UnlandedFile(RefusedFile):
    """A file that was taken back and that the publisher sends again; a user may accept it."""

    def __init__(self, source_id: str, got: str) -> None:
        super().__init__(source_id, "a file that was not taken back", got)
        self.args = (f"{self.args[0]} If it is right after all: cpower pull {source_id} --accept.",)


class BadRecord(CommunityPowerError):
    """A reference record that is wrong or ambiguous, named by file and line."""

    exit_code = 3

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


class InvalidSetting(CommunityPowerError):
    """A setting that cannot be used: a field of a run's configuration, an option or an environment variable."""

    exit_code = 2


class NotBuilt(CommunityPowerError):
    """A table or an edition that is missing, damaged or too old for what is asked; a build makes a new one."""


class ProjectFault(CommunityPowerError):
    """Two parts of the project that disagree: nothing that a user enters causes it or fixes it."""


class ContractBroken(CommunityPowerError):
    """A table that does not keep its contract; the table on disk stays as it was."""

    exit_code = 3


class HomeUnavailable(CommunityPowerError):
    """A `CPOWER_HOME` that is locked by another process, belongs to someone else, or has no room."""

    exit_code = 4


class ResourcesExhausted(CommunityPowerError):
    """A query that needs more memory, and more disk for what does not fit in it, than it may take."""

    exit_code = 4


class PublisherFailed(CommunityPowerError):
    """A publisher that could not be asked, or whose answer cannot be used; the last good landing stays in use.

    `status` is the HTTP status where there was an answer, and `content` what came instead of the data, so that it
    can be kept with what was refused. `what` is an address without its query, so that no message tells a secret.
    """

    def __init__(
        self,
        source_id: str,
        what: str,
        reason: str,
        advice: str = "",
        *,
        status: int | None = None,
        content: bytes = b"",
    ) -> None:
        super().__init__(" ".join(f"{source_id}: {what}: {reason.rstrip('.')}. {advice}".split()))
        self.source_id, self.what, self.reason, self.advice = source_id, what, reason, advice
        self.status, self.content = status, content


class UnknownName(CommunityPowerError):
    """A name that the catalogue does not hold, with the nearest names that it does."""

    exit_code = 2

    def __init__(self, what: str, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
        listed = f"There are: {', '.join(sorted(known)[:NAMED])}{more}." if known else "There are none yet."
        super().__init__(f"No {what} is called {name!r}. " + (f"Did you mean {', '.join(near)}?" if near else listed))


class MovedName(CommunityPowerError):
    """A former name whose figures are in a column or a breakdown; the message names it and what to ask for instead."""

    exit_code = 2


class AmbiguousName(CommunityPowerError):
    """A name that several things have; `found` names each of them by what distinguishes it."""

    exit_code = 2

    def __init__(self, what: str, name: str, found: list[str]) -> None:
        listed = "; ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
        super().__init__(f"{len(found)} {what} are called {name!r}: {listed}. Give the first digits of one SHA-256.")


class BadAddress(CommunityPowerError):
    """An address that a user gave and that cannot be recorded."""

    exit_code = 2


class ReleaseBlocked(CommunityPowerError):
    """An edition that would move many localities with no input change, and that nobody has answered for."""

"""Errors with messages for users: what was expected, what was received, from where, and what to do.

Every error that a user can cause or fix derives from `CommunityPowerError`. The command line prints its message without
a traceback and exits with its `exit_code`.
"""

from difflib import get_close_matches
from typing import Literal

NAMED = 12
# How an answer of a publisher is not as expected.
PublisherCause = Literal[
    "certificate",
    "unreachable",
    "timeout",
    "redirect",
    "not_found",
    "denied",
    "rate_limited",
    "server_error",
    "rejected",
    "wrong_kind",
    "changed_shape",
]


class CommunityPowerError(Exception):
    """Base of all errors with a message for users; `exit_code` is the exit code of the command."""

    exit_code = 1


class RefusedFile(CommunityPowerError):
    """A file that fails validation; nothing of it is landed."""

    exit_code = 3

    def __init__(self, source_id: str, expected: str, got: str, advice: str = "") -> None:
        said = f"{source_id}: expected {expected}, got {got}."
        super().__init__(" ".join(filter(None, (said, advice, "Nothing was landed."))))
        self.source_id, self.expected, self.got, self.advice = source_id, expected, got, advice


class UnknownHeadings(RefusedFile):
    """A table without the headings of its source; the beginning of a file is enough to tell."""


class AnomalousFile(RefusedFile):
    """A readable file that differs too much from the previous one; a user can accept it."""

    def __init__(self, source_id: str, doubts: list[str]) -> None:
        expected = "rows that meet the contract, with varying figures, and about as many rows as in the previous file"
        super().__init__(source_id, expected, "; ".join(doubts))
        self.args = (f"{self.args[0]} If the file is correct, land it with --accept.",)


class UnlandedFile(RefusedFile):
    """A file that was taken back and that the publisher sends again; a user can accept it."""

    def __init__(self, source_id: str, got: str) -> None:
        super().__init__(source_id, "a file that was not taken back", got)
        self.args = (f"{self.args[0]} If the file is correct, run cpower pull {source_id} --accept.",)


class BadRecord(CommunityPowerError):
    """An invalid or ambiguous reference record; the message starts with its file and line."""

    exit_code = 3

    def __init__(self, file: str, line: int, reason: str) -> None:
        super().__init__(f"{file}:{line}: {reason}")
        self.file, self.line, self.reason = file, line, reason


class InvalidSetting(CommunityPowerError):
    """An invalid setting: a field of a run's configuration, an option or an environment variable."""

    exit_code = 2


class NotBuilt(CommunityPowerError):
    """A table or edition that is missing, damaged or too old for the request; a build creates a new one."""


class ProjectFault(CommunityPowerError):
    """A defect of the project: two of its parts disagree. No user input causes or fixes it."""


class ContractBroken(CommunityPowerError):
    """A table that violates its contract; the table on disk is not changed."""

    exit_code = 3


class HomeUnavailable(CommunityPowerError):
    """A `CPOWER_HOME` that is locked by another process, is owned by another user, or has no free space."""

    exit_code = 4


class ResourcesExhausted(CommunityPowerError):
    """A query that exceeds its limits of memory and of temporary disk space."""

    exit_code = 4


class PublisherFailed(CommunityPowerError):
    """A request to a publisher that failed, or whose response cannot be used; the last valid landing stays in use.

    `cause` says what was not as expected, a `changed_shape` unless told otherwise. `status` is the HTTP status of the
    response, None without a response. `content` is the body received instead of the
    data; it is stored with the refused files. `what` is an address without its query, so that no message contains a
    secret.
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
        cause: PublisherCause = "changed_shape",
    ) -> None:
        super().__init__(" ".join(f"{source_id}: {what}: {reason.rstrip('.')}. {advice}".split()))
        self.source_id, self.what, self.reason, self.advice = source_id, what, reason, advice
        self.status, self.content, self.cause = status, content, cause


class NoPublisherAnswered(CommunityPowerError):
    """All publishers that were asked failed, or sent a file that was refused."""

    def __init__(self, reasons: dict[str, str]) -> None:
        told = "".join(f"\n  {source_id}: {reason}" for source_id, reason in list(reasons.items())[:NAMED])
        more = f"\n  and {len(reasons) - NAMED} more" if len(reasons) > NAMED else ""
        super().__init__(f"No publisher gave a usable answer; sources asked: {len(reasons)}.{told}{more}")


class UnknownName(CommunityPowerError):
    """A name that the catalogue does not have; the message suggests the nearest names."""

    exit_code = 2

    def __init__(self, what: str, name: str, known: list[str]) -> None:
        near = get_close_matches(name, known, n=3, cutoff=0.5)
        more = f" and {len(known) - NAMED} more" if len(known) > NAMED else ""
        listed = f"Available: {', '.join(sorted(known)[:NAMED])}{more}." if known else "None exist yet."
        super().__init__(f"No {what} is called {name!r}. " + (f"Did you mean {', '.join(near)}?" if near else listed))


class MovedName(CommunityPowerError):
    """A former name whose figures are now in a column or a breakdown; the message gives the replacement."""

    exit_code = 2


class AmbiguousName(CommunityPowerError):
    """A name with several matches; `found` describes each match so that it is distinguishable."""

    exit_code = 2

    def __init__(self, what: str, name: str, found: list[str]) -> None:
        listed = "; ".join(found[:NAMED]) + (f" and {len(found) - NAMED} more" if len(found) > NAMED else "")
        super().__init__(
            f"The name {name!r} matches {len(found)} {what}: {listed}. Use the first digits of one SHA-256 instead."
        )


class BadAddress(CommunityPowerError):
    """An address from a user that cannot be recorded."""

    exit_code = 2


class CannotPublish(CommunityPowerError):
    """A target that cannot be read or written, or that has other content than was written."""


class EditionOvertaken(CommunityPowerError):
    """An edition that another machine was faster to publish."""

    def __init__(self, current_id: str, edition_id: str) -> None:
        super().__init__(
            f"Another machine published edition {current_id} meanwhile, so edition {edition_id} was not published. "
            "Run cpower build again: it begins with that edition."
        )


class InputChanged(CommunityPowerError):
    """Landed files or code that have changed while a run, on one of several machines, was under way."""

    def __init__(self) -> None:
        super().__init__(
            "The landed files, or the code, are not those with which the run began. Run the job again; the tables that "
            "have not changed are not made again."
        )


class ReleaseBlocked(CommunityPowerError):
    """An edition that moves many localities to another fifth without an input change, and that has no sign-off."""

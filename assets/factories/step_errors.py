"""How a step fails in the Dagster UI: with what a user can do first, then what happened; the traceback comes last."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from warehouse.errors import (
    AmbiguousName,
    BadAddress,
    BadRecord,
    CommunityPowerError,
    ContractBroken,
    HomeUnavailable,
    InvalidSetting,
    MovedName,
    NotBuilt,
    ProjectFault,
    PublisherFailed,
    RefusedFile,
    ReleaseBlocked,
    ResourcesExhausted,
    UnknownName,
)

STAYS = "No edition was published; the current one stays, and its readers notice nothing."
UNFORESEEN = (
    "Report the error below with the id of this run: it is a fault of the project, and no setting fixes it. "
    "Run the job again once it is fixed."
)
ADVICE: dict[type, str] = {
    BadRecord: "Fix the record that is named below by file and line, then run the job again.",
    ContractBroken: (
        "Fix the query or parser of this table, or its entry in warehouse/catalogue/tables: the two do not agree; "
        "then run the job again. The table on disk stays as it was."
    ),
    HomeUnavailable: (
        "Wait until the process named below has ended, or give the home the room or the access that it lacks; then run "
        "the job again."
    ),
    InvalidSetting: "Correct the setting that is named below, then run the job again.",
    BadAddress: "Correct the address that is named below, then land the file again.",
    NotBuilt: "Run the job build, then this job again: a table or an edition that it reads is missing or damaged.",
    ProjectFault: UNFORESEEN,
    PublisherFailed: "Wait and pull again, or download the file and land it with cpower land.",
    RefusedFile: "Look at the file. If it is right, accept it with accept: true, else leave the last good one in use.",
    ReleaseBlocked: (
        "Read blocked-changes.md in the home. If the moves are right, run the job build with the reason in sign_off; "
        "else fix what moved them."
    ),
    ResourcesExhausted: (
        "Run the job again with CPOWER_MEMORY set to a larger size, such as 8GB, or with more room on the disk of the "
        "home."
    ),
    AmbiguousName: "Use the first digits of one of the checksums below, then run the command again.",
    UnknownName: "Use one of the names that are given below, then run the job again.",
    MovedName: "Use the name that is given below, then run the command again.",
}


@contextmanager
def explained() -> Iterator[None]:
    """Turn an exception inside into a `dagster.Failure` that says first what to do; also a decorator.

    Raises `dagster.Failure` with the metadata "what to do", "what happened" and "what stays", from the first error.
    """
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:
        told = str(error) if isinstance(error, CommunityPowerError) else f"{type(error).__name__}: {error}"
        advice = advice_on(type(error), told)
        raise dg.Failure(
            description="\n\n".join(dict.fromkeys([advice, told])),
            metadata={"what to do": advice, "what happened": told, "what stays": STAYS},
            allow_retries=False,
        ) from error


def advice_on(kind: type[Exception], message: str) -> str:
    """Return what a user can do about an error of a kind: the `message` itself where only that says it."""
    own = next((ADVICE[known] for known in kind.__mro__ if known in ADVICE), None)
    return own or (message if issubclass(kind, CommunityPowerError) else UNFORESEEN)

"""How a step fails in the Dagster UI: with what a person can do first, then what happened; the traceback comes last."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from warehouse.errors import (
    BadRecord,
    CommunityPowerError,
    ContractBroken,
    HomeUnavailable,
    PublisherFailed,
    RefusedFile,
    UnknownName,
)

STAYS = "No edition was published; the current one stays, and its readers notice nothing."
UNFORESEEN = (
    "Report the error below with the id of this run: it was not foreseen, so it is a fault of the project, and "
    "nothing in the interface mends it. Run the job again once it is mended."
)
ADVICE: dict[type, str] = {
    BadRecord: "Mend the record that is named below by file and line, then run the job again.",
    ContractBroken: (
        "Mend the query or parser of this table, or its entry in warehouse/catalogue/tables: the two do not agree; "
        "then run the job again. The table on disk stays as it was."
    ),
    HomeUnavailable: (
        "Wait until the process named below has ended, or give the home the room or the access that it lacks; then run "
        "the job again."
    ),
    PublisherFailed: "Wait and pull again, or download the file and bring it with cpower land.",
    RefusedFile: "Look at the file. If it is right, take it in with accept: true, else leave the last good one in use.",
    UnknownName: "Use one of the names that are given below, then run the job again.",
    CommunityPowerError: "Do what the message below says, then run the job again.",
}


@contextmanager
def explained() -> Iterator[None]:
    """Turn what goes wrong inside into a `dagster.Failure` that says first what to do; also a decorator.

    Raises `dagster.Failure` with the metadata "what to do", "what happened" and "what stays", from the first error.
    """
    try:
        yield
    except (dg.Failure, dg.RetryRequested):
        raise
    except Exception as error:
        advice = advice_on(type(error))
        told = str(error) if isinstance(error, CommunityPowerError) else f"{type(error).__name__}: {error}"
        raise dg.Failure(
            description=f"{advice}\n\n{told}",
            metadata={"what to do": advice, "what happened": told, "what stays": STAYS},
            allow_retries=False,
        ) from error


def advice_on(kind: type[Exception]) -> str:
    """Return what a person can do about a kind of error."""
    return next((ADVICE[known] for known in kind.__mro__ if known in ADVICE), UNFORESEEN)

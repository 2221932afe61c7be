"""Turns errors of a step into failures that the Dagster UI shows: what to do, what happened, then the traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from warehouse.errors import (
    AmbiguousName,
    BadAddress,
    BadRecord,
    CannotPublish,
    CommunityPowerError,
    ContractBroken,
    EditionOvertaken,
    HomeUnavailable,
    InputChanged,
    InvalidSetting,
    MovedName,
    NoPublisherAnswered,
    NotBuilt,
    ProjectFault,
    PublisherFailed,
    RefusedFile,
    ReleaseBlocked,
    ResourcesExhausted,
    UnknownName,
)

STAYS = "No edition was published. The current edition has not changed, and readers are not affected."
UNFORESEEN = (
    "Report the error below with the id of this run: it is an error in the project's code, which no setting fixes. "
    "Run the job again once it is fixed."
)
ADVICE: dict[type, str] = {
    EditionOvertaken: "Run the job again: it begins with the edition of the other machine.",
    InputChanged: "Run the job again: it builds from the files and the code of now.",
    CannotPublish: "Check CPOWER_SHARED and that its store answers (cpower status), then run the job again.",
    BadRecord: "Fix the record at the file and line below, then run the job again.",
    ContractBroken: (
        "Fix the query or parser of this table, or its entry in warehouse/catalogue/tables, so that the rows match the "
        "contract; then run the job again. The table on disk has not changed."
    ),
    HomeUnavailable: (
        "Wait until the process named below has ended, or give the home the missing disk space or permission; then run "
        "the job again."
    ),
    InvalidSetting: "Correct the setting that is named below, then run the job again.",
    BadAddress: "Correct the address that is named below, then land the file again.",
    NotBuilt: "Run the job build, then this job again: a table or an edition that it reads is missing or damaged.",
    ProjectFault: UNFORESEEN,
    NoPublisherAnswered: (
        "Run cpower check-publishers: it says what is not as expected, and what to do. The landed files stay in use; "
        "the job build builds from them."
    ),
    PublisherFailed: "Wait and pull again, or download the file and land it with cpower land.",
    RefusedFile: (
        "Check the file. If it is correct, accept it with accept: true; if not, the last good file stays in use."
    ),
    ReleaseBlocked: (
        "Read blocked-changes.md in the home. If the changes are correct, run the job build with the reason in "
        "sign_off; if not, fix their cause."
    ),
    ResourcesExhausted: (
        "Run the job again with CPOWER_MEMORY set to a larger size, such as 8GB, or with more disk space for the home."
    ),
    AmbiguousName: "Use the first digits of one of the checksums below, then run the command again.",
    UnknownName: "Use one of the names below, then run the job again.",
    MovedName: "Use the name below, then run the command again.",
}


@contextmanager
def explained() -> Iterator[None]:
    """Turn an exception into a `dagster.Failure` whose message starts with what to do; also a decorator.

    Raises `dagster.Failure`, chained to the exception, with metadata "what to do", "what happened" and "what stays".
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
    """Return what a user can do about an error of a kind; `message` itself if there is no advice for the kind."""
    own = next((ADVICE[known] for known in kind.__mro__ if known in ADVICE), None)
    return own or (message if issubclass(kind, CommunityPowerError) else UNFORESEEN)

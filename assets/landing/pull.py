"""Pulls sources: downloads files by the protocol of each source, lands them and records the result.

The protocols are in `warehouse.publishers`, the validation of files in `assets.landing.ingest_file`. A publisher that
fails, or sends a file that is refused, raises nothing here: the last good landing stays in use, and the status of the
source records the reason. The assets that the UI and the schedules pull are in `assets.landing.pull_assets`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from assets.landing.ingest_file import land
from assets.landing.parallel import in_parallel
from warehouse.catalogue import Source, pick, sources
from warehouse.errors import CommunityPowerError, HomeUnavailable, PublisherFailed, RefusedFile
from warehouse.storage.landing import LandedFile, SourceStatus, State
from warehouse.storage.workspace import Warehouse

if TYPE_CHECKING:
    from warehouse.publishers import Fetch
    from warehouse.publishers.client import Client

ClientFactory = Callable[[Source], "Client"]

SHOWN_PARTS = 5


@dataclass(frozen=True)
class Pulled:
    """Result of the pull of one source: `state` and `reason` as in its status, and `notes` for the user.

    `is_used` is whether a build uses rows of a new file, `is_blocked` whether a build stops at a rule that was broken
    before.
    """

    source_id: str
    state: State
    new_files: tuple[LandedFile, ...] = ()
    reason: str = ""
    requests: int = 0
    notes: tuple[str, ...] = ()
    is_used: bool = False
    is_blocked: bool = False

    @property
    def is_failing(self) -> bool:
        """Whether the pull failed or its file was refused, so that a build uses the last good landing."""
        return self.state in ("failed", "refused")

    def to_text(self) -> str:
        """Return the result as one line."""
        new = f", {_counted(len(self.new_files), 'new file')}" if self.new_files else ""
        asked = f", {_counted(self.requests, 'request')}"
        return f"{self.source_id}: {self.state}{new}{asked}" + (f": {self.reason}" if self.reason else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        return {
            "source_id": self.source_id,
            "state": self.state,
            "new_files": [{"file_name": file.file_name, "sha256": file.sha256} for file in self.new_files],
            "reason": self.reason,
            "requests": self.requests,
            "notes": list(self.notes),
        }


def pullable() -> list[str]:
    """Return the ids of the sources that are pulled: those that have a protocol."""
    return [source.id for source in sources().values() if source.protocol]


def pull(warehouse: Warehouse, source_id: str, *, accept: bool = False, client: ClientFactory | None = None) -> Pulled:
    """Download new files of a source, land them, record the result and return it.

    Errors of the publisher are recorded, not raised. Raises `UnknownName` for a source that is not in the catalogue,
    `CommunityPowerError` for one without a protocol and `HomeUnavailable` if the home cannot be written.
    """
    source = pulled_source(source_id)
    with (client or _client)(source) as opened:
        run = _SourcePull(warehouse, source, opened, accept)
        try:
            outcome = run.outcome()
        except PublisherFailed as failure:
            if failure.content:
                warehouse.landing.refuse(source, failure.content, file_name="answer", reason=str(failure))
            outcome = run.ended("failed", _without_name(failure, source_id))
        except RefusedFile as refusal:
            outcome = run.ended("refused", _without_name(refusal, source_id))
        except HomeUnavailable:
            raise
        except Exception as error:
            # An unexpected answer of one source must not stop the pull of the others.
            *_, place = extract_tb(error.__traceback__)
            told = f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
            expected = f"expected an answer of the protocol {source.protocol}"
            outcome = run.ended("failed", f"{expected}, got one that it cannot read: {told}")
    return outcome


def pulled_source(source_id: str) -> Source:
    """Return the source of an id; raise `CommunityPowerError` if it is not pulled."""
    source = pick("source", sources, source_id)
    if not source.protocol:
        why = f"{source.by_hand} Download it from {source.landing_page} and land it: cpower land {source_id} FILE."
        raise CommunityPowerError(
            f"{source_id} is not pulled: {'it ships with the project.' if source.file or source.package else why}"
        )
    return source


def pull_all(
    warehouse: Warehouse,
    source_ids: Sequence[str] | None = None,
    *,
    accept: bool = False,
    client: ClientFactory | None = None,
) -> Iterator[Pulled]:
    """Pull sources in parallel (by default all that have a protocol) and yield each result as its pull ends.

    Raises what `pull` raises: for an unknown name before any request, other errors when all sources have ended.
    """
    wanted = [pulled_source(name) for name in dict.fromkeys(pullable() if source_ids is None else source_ids)]

    def run(source: Source) -> Pulled:
        return pull(warehouse, source.id, accept=accept, client=client)

    yield from in_parallel(wanted, run)


class _SourcePull:
    """One pull of one source, from the publisher's answer to the record of the result."""

    def __init__(self, warehouse: Warehouse, source: Source, client: "Client", accept: bool) -> None:
        self.landing, self.source, self.client, self.accept = warehouse.landing, source, client, accept
        self.before = self.landing.status(source.id)
        self.new: list[LandedFile] = []
        self.notes: list[str] = []
        self.is_used = self.is_blocked = False

    def outcome(self) -> Pulled:
        """Run the protocol, land its files and return the result; raises what the protocol raises."""
        from warehouse.publishers import PROTOCOLS

        fetch = PROTOCOLS[self.source.protocol](self.client, self.source, self.landing.known(self.source.id))
        if not self.client.requests_made:
            # No request is configured, so nothing was tried.
            return Pulled(self.source.id, self.before.state, reason=self.before.reason, notes=fetch.notes)
        refused = self._landed(fetch)
        missed = [f"{part}: {reason}" for part, reason in fetch.refused]
        if refused:
            # The previous revision is kept, so that the next pull requests the refused files again.
            return self.ended("refused", _listed([*refused, *missed]), fetch, is_taken=len(refused) < len(fetch.files))
        state: State = "ok" if self.new else "unchanged"
        reason = f"some parts were not downloaded: {_listed(missed)}" if missed else ""
        return self.ended(state, reason, fetch, is_taken=True, revision=fetch.revision)

    def _landed(self, fetch: "Fetch") -> list[str]:
        """Land the files of a fetch; return the reasons why files were refused."""
        refused = []
        for file in fetch.files:
            try:
                if not self.accept:
                    self.landing.refuse_unlanded(self.source, file.content)
                arrival = land(
                    self.landing,
                    self.source.id,
                    file.content,
                    file_name=file.file_name,
                    address=file.address,
                    final_address=file.final_address,
                    status=file.status,
                    headers=file.headers,
                    licence=file.licence,
                    revision=fetch.revision,
                    accept=self.accept,
                )
            except RefusedFile as refusal:
                refused.append(f"{file.file_name}: {_without_name(refusal, self.source.id)}")
                continue
            self.notes += [f"{file.file_name}: {remark}" for remark in arrival.remarks()]
            if arrival.is_new:
                self.new.append(arrival.file)
                self.is_used |= not arrival.is_unused
                self.is_blocked |= bool(arrival.trial.blocked)
        return refused

    def ended(
        self,
        state: State,
        reason: str = "",
        fetch: "Fetch | None" = None,
        *,
        is_taken: bool = False,
        revision: str | None = None,
    ) -> Pulled:
        """Record the result of the pull and return it."""
        now = datetime.now(UTC)
        self.landing.record(
            SourceStatus(
                source_id=self.source.id,
                state=state,
                last_try_at=now,
                last_success_at=now if is_taken else self.before.last_success_at,
                last_change_at=now if self.new else self.before.last_change_at,
                reason=reason,
                requests_made=self.client.requests_made,
                revision=revision or self.before.revision,
            )
        )
        notes = (*(fetch.notes if fetch else ()), *dict.fromkeys(self.notes))
        new, requests = tuple(self.new), self.client.requests_made
        return Pulled(self.source.id, state, new, reason, requests, notes, self.is_used, self.is_blocked)


def _client(source: Source) -> "Client":
    # Only a pull needs the HTTP libraries, and most processes import this module.
    from warehouse.publishers.client import Client
    from warehouse.publishers.limits import Limits

    return Client(source.id, Limits.of(source))


def _counted(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _without_name(error: CommunityPowerError, source_id: str) -> str:
    return str(error).removeprefix(f"{source_id}: ")


def _listed(parts: list[str]) -> str:
    more = f" (and {len(parts) - SHOWN_PARTS:,} more)" if len(parts) > SHOWN_PARTS else ""
    return "; ".join(parts[:SHOWN_PARTS]) + more

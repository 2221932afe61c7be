"""Pulling: each source is asked by its protocol, what comes is checked and landed, and how it went is put on record.

How a publisher is asked is in `warehouse.publishers`, what may be landed in `assets.landing.ingest_file`. A publisher
that fails, or sends what may not be landed, fails nothing here: the last good landing stays, and the source's status
says so. The assets by which the UI and the schedules pull
are in `assets.landing.pull_assets`.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from traceback import extract_tb
from typing import TYPE_CHECKING, Any

from assets.landing.ingest_file import land
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
    """How the pull of one source went; `state` and `reason` as in its status, `notes` what a user should know.

    `is_used` says whether a build takes rows of a new file, `is_blocked` whether a build stops at a rule that was
    broken before.
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
    def is_in_trouble(self) -> bool:
        """Whether a build goes on with an older landing than the publisher may have."""
        return self.state in ("failed", "refused")

    def to_text(self) -> str:
        """Return the outcome in one line."""
        new = f", {_counted(len(self.new_files), 'new file')}" if self.new_files else ""
        asked = f", {_counted(self.requests, 'request')}"
        return f"{self.source_id}: {self.state}{new}{asked}" + (f": {self.reason}" if self.reason else "")

    def to_dict(self) -> dict[str, Any]:
        """Return the outcome as JSON-ready values."""
        return {
            "source_id": self.source_id,
            "state": self.state,
            "new_files": [{"file_name": file.file_name, "sha256": file.sha256} for file in self.new_files],
            "reason": self.reason,
            "requests": self.requests,
            "notes": list(self.notes),
        }


def pullable() -> list[str]:
    """Return the sources that have a protocol, by which they are pulled."""
    return [source.id for source in sources().values() if source.protocol]


def pull(warehouse: Warehouse, source_id: str, *, accept: bool = False, client: ClientFactory | None = None) -> Pulled:
    """Ask the publisher of a source for what is new, land it, put on record how it went, and return that.

    What the publisher does wrong is recorded, not raised. Raises `UnknownName` for a source that is not catalogued,
    `CommunityPowerError` for one without a protocol and `HomeUnavailable` where the home cannot be written.
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
            # An answer that nobody foresaw must not keep the other sources from being pulled.
            *_, place = extract_tb(error.__traceback__)
            told = f"{type(error).__name__}: {error} ({Path(place.filename).name}, line {place.lineno})"
            outcome = run.ended("failed", f"the answer is not as the protocol {source.protocol} expects: {told}")
    return outcome


def pulled_source(source_id: str) -> Source:
    """Return a catalogued source that is pulled; raise `CommunityPowerError` for one that is not."""
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
    """Pull sources side by side (all that have a protocol by default) and yield how each went, as they end.

    Raises what `pull` raises: before anything is asked where a name is wrong, else when all sources have ended.
    """
    wanted = [pulled_source(name) for name in dict.fromkeys(pullable() if source_ids is None else source_ids)]
    ended: Queue[Pulled | BaseException] = Queue()

    def run(source_id: str) -> None:
        try:
            ended.put(pull(warehouse, source_id, accept=accept, client=client))
        except BaseException as error:
            ended.put(error)

    # A thread each: where there is no network all of them wait in vain, and should do so at the same time. Daemons,
    # so that a person who interrupts a pull need not wait for publishers.
    for source in wanted:
        threading.Thread(target=run, args=(source.id,), name=f"pull {source.id}", daemon=True).start()
    error = None
    for _ in wanted:
        match ended.get():
            case Pulled() as pulled:
                yield pulled
            case found:
                error = found
    if error is not None:
        raise error


class _SourcePull:
    """One pull of one source, from the publisher's answer to the record of how it went."""

    def __init__(self, warehouse: Warehouse, source: Source, client: "Client", accept: bool) -> None:
        self.landing, self.source, self.client, self.accept = warehouse.landing, source, client, accept
        self.before = self.landing.status(source.id)
        self.new: list[LandedFile] = []
        self.notes: list[str] = []
        self.is_used = self.is_blocked = False

    def outcome(self) -> Pulled:
        """Run the protocol, land what came and return how it went; raises what the protocol raises."""
        from warehouse.publishers import PROTOCOLS

        fetch = PROTOCOLS[self.source.protocol](self.client, self.source, self.landing.known(self.source.id))
        if not self.client.requests_made:
            # Nothing is configured to be asked for, so nothing was tried.
            return Pulled(self.source.id, self.before.state, reason=self.before.reason, notes=fetch.notes)
        refused = self._landed(fetch)
        missed = [f"{part}: {reason}" for part, reason in fetch.refused]
        if refused:
            # The revision stays the old one, so that the next pull asks for the refused files again.
            return self.ended("refused", _listed([*refused, *missed]), fetch, is_taken=len(refused) < len(fetch.files))
        state: State = "ok" if self.new else "unchanged"
        reason = f"not all came: {_listed(missed)}" if missed else ""
        return self.ended(state, reason, fetch, is_taken=True, revision=fetch.revision)

    def _landed(self, fetch: "Fetch") -> list[str]:
        """Land the files of a fetch; return why some were refused."""
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
        """Record how the pull went and return it."""
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
    # Only a pull needs the HTTP libraries, and the code location is imported by everything.
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

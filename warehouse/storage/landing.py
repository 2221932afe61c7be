"""Landing: stores the files of publishers unchanged under their SHA-256, each with a record of its source.

A landed file is never edited. A re-issue is a new file. A file that is taken back stays on disk, with a record of the
date and the reason. `assets.landing.ingest_file` validates files before they are landed; refused files are stored
separately, with the reason. `assets.factories.staging` chooses the parser of a file. The landing also records the state
of the last pull of each source. Reference files, which ship with the project, have the same interface.
"""

import getpass
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from warehouse.catalogue import Source, is_share_alike, licences, pick, sources
from warehouse.errors import AmbiguousName, CommunityPowerError, UnknownName, UnlandedFile
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import PROJECT
from warehouse.storage.share_alike import VARIABLE, is_left_out
from warehouse.storage.shared_store import fetch_content

REFERENCE = PROJECT / "warehouse" / "reference"
REFUSED, STATUS_FILE, CHECK_FILE, BYTES = "refused", "status.json", "publisher-check.json", ".bytes"
# Records of a file: one for each landing and one for each time that it was taken back.
LANDED = re.compile(r"[0-9a-f]{64}(\.\d+)?\.json")
UNLANDED = re.compile(r"[0-9a-f]{64}\.unlanded\.\d+\.json")
SHORTEST_PREFIX = 4
KEPT_REFUSALS = 20
# Schedules ask every source at least once a week, so two weeks without a response mean that the source is stale.
STALE_AFTER_DAYS = 15
NO_ADDRESS = "landed by a user, address not recorded"
EARLIEST = datetime.min.replace(tzinfo=UTC)

State = Literal["ok", "unchanged", "failed", "refused", "never"]
Concern = Literal["failed", "refused", "incomplete", "stale"]
FAILING_STATES: tuple[State, ...] = ("failed", "refused")


@dataclass(frozen=True)
class LandedFile:
    """A file as landed or, for reference records, as it is in the project.

    `address` is the requested address or the address that the user gave, empty if none is recorded. `final_address` is
    the address after redirects, empty if there was no request. `etag` and `last_modified` are headers of the response,
    for the next conditional request. `profile` has the counts of the file (`assets.ingest.file_drift`), for the
    comparison with the next file. `accepted` are the anomalies that a user accepted. `supersedes` are the SHA-256 of
    the files that it replaces.
    """

    source_id: str
    sha256: str
    path: Path
    file_name: str
    address: str
    final_address: str
    status: int | None
    licence: str
    size: int
    landed_at: datetime | None
    landed_by: str
    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    profile: Mapping[str, Any] = field(default_factory=dict, hash=False)
    accepted: tuple[str, ...] = ()
    supersedes: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes as published, fetched from the shared store if this home does not have them yet."""
        fetch_content(self.path, self.sha256)
        return self.path.read_bytes()

    @property
    def called(self) -> str:
        """What it is called in a message: vintages may have the same name."""
        return f"{self.file_name} ({self.sha256[:12]})"


@dataclass(frozen=True)
class Unlanding:
    """A landed file that was taken back: its bytes stay on disk, and no build reads them."""

    source_id: str
    sha256: str
    file_name: str
    unlanded_at: datetime
    unlanded_by: str
    reason: str

    @property
    def called(self) -> str:
        """What it is called in a message: vintages may have the same name."""
        return f"{self.file_name} ({self.sha256[:12]})"

    def to_text(self) -> str:
        """Return the date and the reason as text for a message."""
        return f"taken back on {self.unlanded_at:%Y-%m-%d}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True)
class RefusedFileRecord:
    """A refused file: its bytes are kept for inspection, and no build reads them."""

    source_id: str
    sha256: str
    path: Path
    file_name: str
    address: str
    size: int
    reason: str
    refused_at: datetime


@dataclass(frozen=True)
class SourceStatus:
    """State of the last pull of a source, with the times of the last success and of the last change.

    States: `ok`, a new file was landed, by a pull or by a user; `unchanged`, the publisher had no new file; `failed`,
    no usable response; `refused`, a response that failed validation; `never`, neither pulled nor landed, or all landed
    files were taken back.
    """

    source_id: str
    state: State = "never"
    last_try_at: datetime | None = None
    last_success_at: datetime | None = None
    last_change_at: datetime | None = None
    reason: str = ""
    requests_made: int = 0
    revision: str | None = None

    @property
    def is_failing(self) -> bool:
        """Whether the last pull failed or was refused, so that a build uses an older landing."""
        return self.state in FAILING_STATES

    def concern(self, source: Source, day: date) -> Concern | None:
        """Return why an edition of a day should have a warning about this source, or None.

        Reasons: the last pull failed, was refused or was incomplete, or a pulled source has had no successful pull for
        more than `STALE_AFTER_DAYS`.
        """
        if self.state == "failed" or self.state == "refused":
            return self.state
        if self.reason:
            return "incomplete"
        return "stale" if self.is_stale(source, day) else None

    def is_stale(self, source: Source, day: date) -> bool:
        """Return whether a pulled source has had no successful pull for more than `STALE_AFTER_DAYS`."""
        if not source.protocol or not self.last_success_at:
            return False
        return (day - self.last_success_at.date()).days > STALE_AFTER_DAYS

    def warning(self, source: Source, day: date) -> str:
        """Return the `concern` as one line of text, empty without a concern."""
        concern = self.concern(source, day)
        named = f"{source.title} ({source.id})"
        landed = "the edition has no file of it"
        if self.last_change_at:
            landed = f"the edition uses the files landed on {self.last_change_at:%Y-%m-%d}"
        if concern in ("failed", "refused"):
            tried = f" of {self.last_try_at:%Y-%m-%d}" if self.last_try_at else ""
            said = {"failed": "failed", "refused": "brought a file that was refused"}[concern]
            return f"{named}: the pull{tried} {said}, so {landed}. {self.reason}".strip()
        if concern == "incomplete":
            return f"{named}: {self.reason}"
        if concern == "stale":
            last = f"{self.last_success_at:%Y-%m-%d}"
            return f"{named}: stale, no successful pull since {last}; {landed}."
        return ""


@dataclass(frozen=True)
class PublisherCheck:
    """Result of the last check of a source's publisher, which lands nothing.

    `status` is `ok`, `not_asked` if no request is configured, or the cause of a failure (`PublisherCause`). Addresses
    and texts hold no query.
    """

    source_id: str
    address: str
    status: str
    expected: str
    came: str
    to_do: str
    checked_at: datetime
    requests: int = 0

    @property
    def is_failing(self) -> bool:
        """Whether the publisher did not answer as expected."""
        return self.is_asked and self.status != "ok"

    @property
    def is_asked(self) -> bool:
        """Whether anything was asked."""
        return self.status != "not_asked"

    @property
    def detail(self) -> str:
        """What was expected and what came, as one line."""
        return f"expected {self.expected}; got {self.came}" if self.is_failing else self.came

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        return {**asdict(self), "checked_at": self.checked_at.isoformat()}


@dataclass(frozen=True)
class KnownFile:
    """Record of the last landing of one file."""

    sha256: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Known:
    """Record of the last landing of a source, for conditional requests; `files` is by file name."""

    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    files: Mapping[str, KnownFile] = field(default_factory=dict)


class Landing:
    """The landed files under one folder: `<source>/<sha256>.bytes` with `<source>/<sha256>.json`.

    `<source>/<sha256>.parsed/`, if present, has the parsed rows of the file (`assets.ingest.parsed_files`).

    A file that is landed again has further records `<sha256>.2.json`, `<sha256>.3.json`, …; one that is taken back has
    `<sha256>.unlanded.1.json`, …. The newest record counts.
    """

    def __init__(self, root: Path, as_of: date | None = None) -> None:
        self.root = root
        self.as_of = as_of
        # Cached: records never change, and each lookup in a source of a thousand files would read all of them.
        self._records: dict[Path, LandedFile] = {}
        self._unlandings: dict[Path, Unlanding] = {}

    def path(self, source_id: str, sha256: str) -> Path:
        """Return the path of the bytes of a file of a source, landed or not."""
        return self.root / source_id / f"{sha256}{BYTES}"

    def keep(
        self,
        source: Source,
        content: bytes,
        *,
        file_name: str,
        digest: str = "",
        address: str = "",
        final_address: str = "",
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        licence: str = "",
        revision: str | None = None,
        profile: Mapping[str, Any] | None = None,
        accepted: Sequence[str] = (),
        supersedes: Sequence[LandedFile] = (),
    ) -> tuple[LandedFile, bool]:
        """Store bytes under their checksum and return (file, whether the input of a build changes).

        Bytes that are current are not landed again. Bytes that were landed before, and superseded or taken back since,
        become current again with a new record, because publishers sometimes withdraw a re-issue. The record is written
        last, so a file without a record is not landed. `accepted` are the anomalies that a user accepted. `supersedes`
        are the files that this one replaces; they stay on disk. `digest` is the SHA-256, if known.
        """
        digest = digest or sha256(content).hexdigest()
        folder = self.root / source.id
        landed, unlanded = self._events(source.id)
        times = sum(file.sha256 == digest for file in landed)
        if times:
            for current in self.current(source.id):
                if current.sha256 == digest:
                    return current, False
        record = folder / (f"{digest}.{times + 1}.json" if times else f"{digest}.json")
        with replacing(self.path(source.id, digest)) as temporary:
            temporary.write_bytes(content)
        sent = {name.lower(): value for name, value in (headers or {}).items() if name.lower() != "set-cookie"}
        described = {
            "source_id": source.id,
            "sha256": digest,
            "bytes": len(content),
            "file_name": plain_name(file_name),
            "address": address,
            "final_address": final_address,
            "status": status,
            "headers": sent,
            "etag": sent.get("etag"),
            "last_modified": sent.get("last-modified"),
            "revision": revision,
            "licence": licence or source.licence,
            "landed_at": _instant_after(landed, unlanded).isoformat(timespec="microseconds"),
            "landed_by": getpass.getuser(),
            "profile": profile or {},
            "accepted": list(accepted),
            "supersedes": sorted(file.sha256 for file in supersedes),
        }
        _write(record, described)
        for path in (self.root / REFUSED / source.id).glob(f"{digest}.*"):
            path.unlink()
        return self._read(record), True

    def unland(self, source_id: str, name: str = "", *, reason: str = "") -> Unlanding:
        """Take back a landed file, so that no build reads it from then on, and return its record.

        `name` is the file name or the first digits of the SHA-256 (`find`); without it, the file landed last is taken
        back. The file that it replaced becomes current again.

        Raises `UnknownName` for a source that is not in the catalogue or a file that is not landed, `AmbiguousName` if
        several files match, and `CommunityPowerError` for a source whose files ship with the project.
        """
        file = self.find(source_id, name)
        landed, unlanded = self._events(source_id)
        times = sum(item.sha256 == file.sha256 for item in unlanded)
        record = self.root / source_id / f"{file.sha256}.unlanded.{times + 1}.json"
        described = {
            "source_id": source_id,
            "sha256": file.sha256,
            "file_name": file.file_name,
            "unlanded_at": _instant_after(landed, unlanded).isoformat(timespec="microseconds"),
            "unlanded_by": getpass.getuser(),
            "reason": " ".join(reason.split()),
        }
        _write(record, described)
        return self._unlanding(record)

    def find(self, source_id: str, name: str = "") -> LandedFile:
        """Return the landed file with a name or with the first digits of its SHA-256; without a name, the newest.

        Vintages often have the same name, so a current file takes precedence. Raises the errors of `unland`.
        """
        source = pick("source", sources, source_id)
        if source.file or source.package:
            raise CommunityPowerError(f"{source_id} ships with the project, so it has no landed files.")
        history = self.history(source_id)
        landed = {file.sha256: file for file in history}
        if history and not name:
            return history[-1]
        called = [file for file in landed.values() if file.file_name == plain_name(name)]
        found = [file for file in self.current(source_id) if file in called] or called
        if not found and len(name) >= SHORTEST_PREFIX:
            found = [file for file in landed.values() if file.sha256.startswith(name.lower())]
        if len(found) == 1:
            return found[0]
        if found:
            what = f"landed files of {source_id}"
            raise AmbiguousName(what, name, [f"{file.called}, landed {file.landed_at:%Y-%m-%d}" for file in found])
        for unlanding in self.unlanded(source_id):
            if name == unlanding.file_name or (name and unlanding.sha256.startswith(name.lower())):
                raise CommunityPowerError(f"{unlanding.called} of {source_id} was {unlanding.to_text()} already.")
        if not history:
            raise CommunityPowerError(f"{source_id} has no landed file to take back.")
        raise UnknownName(f"landed file of {source_id}", name, [file.called for file in landed.values()])

    def archive(self, source_id: str) -> list[LandedFile]:
        """Return every landing of a source until `as_of`, oldest first, including files that were taken back."""
        return self._events(source_id)[0]

    def history(self, source_id: str) -> list[LandedFile]:
        """Return every landed file of a source until `as_of` that was not taken back, oldest first."""
        landed, unlanded = self._events(source_id)
        return [file for file in landed if not _is_taken_back(file, unlanded)]

    def unlanded(self, source_id: str) -> list[Unlanding]:
        """Return the files of a source that were taken back by `as_of` and not landed again since, oldest first."""
        landed, unlanded = self._events(source_id)
        last_landed = {file.sha256: file for file in landed}
        last = {item.sha256: item for item in unlanded if item.sha256 in last_landed}
        taken_back = [item for item in last.values() if _is_taken_back(last_landed[item.sha256], [item])]
        return sorted(taken_back, key=lambda item: item.unlanded_at)

    def current(self, source_id: str) -> list[LandedFile]:
        """Return the files of a source that are in force, in a stable order.

        A reference source has its files in the project. A source that keeps the newest file has that one; a source that
        keeps all files has those that no later file supersedes. A file that was taken back supersedes nothing.
        """
        source = pick("source", sources, source_id)
        if source.file:
            return reference_files(source)
        if source.keep == "newest":
            return self.history(source_id)[-1:]
        landed, unlanded = self._events(source_id)
        current: dict[str, LandedFile] = {}
        # A file that supersedes a file that was taken back also supersedes the files that that one superseded.
        passed_on: dict[str, list[LandedFile]] = {}
        # In order of landing: a superseded file may have been landed again and replace its replacement.
        for file in landed:
            superseded = [current[sha256] for sha256 in file.supersedes if sha256 in current]
            superseded += [old for sha256 in file.supersedes for old in passed_on.get(sha256, [])]
            if _is_taken_back(file, unlanded):
                passed_on[file.sha256] = superseded
                continue
            for old in superseded:
                if current.get(old.sha256) == old:
                    del current[old.sha256]
            current[file.sha256] = file
        return sorted(current.values(), key=lambda file: (file.file_name, file.sha256))

    def read_by_builds(self, source_id: str) -> list[LandedFile]:
        """Return the `current` files of a source that a build reads.

        These are all, or those without a share-alike licence if `CPOWER_SHARE_ALIKE` is `exclude`.
        """
        found = self.current(source_id)
        return [file for file in found if not is_share_alike(file.licence)] if is_left_out() else found

    def known(self, source_id: str) -> Known:
        """Return the record of a source for the next conditional request.

        Files that were taken back are left out. The `revision` from before the taking back is left out too, until a
        pull records another, so that the file is requested again. It is refused as long as it is the same file.
        """
        history = self.history(source_id)
        newest = {file.file_name: file for file in history}
        return Known(
            etag=history[-1].etag if history else None,
            last_modified=history[-1].last_modified if history else None,
            # If no file is landed, an unchanged revision must not prevent a download.
            revision=self.status(source_id).revision if history else None,
            files={
                name: KnownFile(sha256=file.sha256, etag=file.etag, last_modified=file.last_modified)
                for name, file in newest.items()
            },
        )

    def refuse(
        self, source: Source, content: bytes, *, file_name: str, reason: str, address: str = ""
    ) -> RefusedFileRecord:
        """Store refused bytes under `refused`, with the reason, and return the record.

        Only the last `KEPT_REFUSALS` of a source are kept, because an error page can differ every day.
        """
        record = self.root / REFUSED / source.id / f"{sha256(content).hexdigest()}.json"
        with replacing(record.with_suffix(".bytes")) as temporary:
            temporary.write_bytes(content)
        described = {
            "source_id": source.id,
            "sha256": record.stem,
            "bytes": len(content),
            "file_name": plain_name(file_name),
            "address": address,
            "reason": reason,
            "refused_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        }
        _write(record, described)
        for old in self.refusals(source.id)[:-KEPT_REFUSALS]:
            for path in old.path.parent.glob(f"{old.sha256}.*"):
                path.unlink()
        return self._refusal(record)

    def refusals(self, source_id: str) -> list[RefusedFileRecord]:
        """Return the refused files of a source that have not been landed since, oldest first."""
        found = [self._refusal(path) for path in (self.root / REFUSED / source_id).glob("*.json")]
        return sorted(found, key=lambda refusal: (refusal.refused_at, refusal.sha256))

    def status(self, source_id: str) -> SourceStatus:
        """Return the state of the last pull of a source until `as_of`.

        A later manual upload makes a failing source `ok`. Files that were taken back do not count: the last change is
        the last landing that was not taken back. A `revision` from before the taking back is left out (`known`).
        """
        path = self.root / source_id / STATUS_FILE
        found = SourceStatus(source_id)
        if path.exists():
            item = json.loads(path.read_text("utf-8"))
            instants = {name: item[name] and datetime.fromisoformat(item[name]) for name in item if name[-3:] == "_at"}
            found = SourceStatus(**item | instants)
        if self.as_of and found.last_try_at and found.last_try_at.date() > self.as_of:
            found = SourceStatus(source_id)
        history = self.history(source_id)
        landed_at = history[-1].landed_at if history else None
        found = replace(found, last_change_at=landed_at)
        unlanded_at = max((item.unlanded_at for item in self._events(source_id)[1]), default=EARLIEST)
        if unlanded_at > (found.last_try_at or EARLIEST):
            found = replace(found, revision=None)
        if landed_at and landed_at > (found.last_try_at or EARLIEST):
            found = replace(found, state="ok", reason="", last_success_at=landed_at)
        elif not landed_at and unlanded_at > EARLIEST and not found.is_failing:
            found = replace(found, state="never")
        return found

    def refuse_unlanded(self, source: Source, content: bytes) -> None:
        """Raise `UnlandedFile` for bytes of a source that were taken back and not landed again since."""
        digest = sha256(content).hexdigest()
        for unlanding in self.unlanded(source.id):
            if unlanding.sha256 == digest:
                raise UnlandedFile(source.id, f"{unlanding.called}, {unlanding.to_text()}")

    def warnings(self, day: date) -> list[str]:
        """Return the warnings of an edition of a day about its sources, sorted by source id.

        They are about landed sources, and about sources with files that the edition leaves out.
        """
        found = {source.id: [self.status(source.id).warning(source, day)] for source in _landed()}
        for source_id in sources() if is_left_out() else ():
            read = self.read_by_builds(source_id)
            left = [file for file in self.current(source_id) if file not in read]
            if left:
                licence = " and ".join(sorted({file.licence for file in left}))
                found.setdefault(source_id, []).append(
                    f"{source_id}: files under {licence} are left out, because {VARIABLE} is exclude."
                )
        return [text for _, texts in sorted(found.items()) for text in texts if text]

    def record(self, status: SourceStatus) -> None:
        """Write the state of the last pull; replaces the previous state."""
        item = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(status).items()
        }
        _write(self.root / status.source_id / STATUS_FILE, item)

    def publisher_check(self, source_id: str) -> PublisherCheck | None:
        """Return the last check of a source's publisher, None if there was none until `as_of`."""
        path = self.root / source_id / CHECK_FILE
        if not path.exists():
            return None
        item = json.loads(path.read_text("utf-8"))
        found = PublisherCheck(**item | {"checked_at": datetime.fromisoformat(item["checked_at"])})
        return found if self._is_known(found.checked_at) else None

    def record_check(self, check: PublisherCheck) -> None:
        """Write the result of a check of a source's publisher; replaces the previous one."""
        _write(self.root / check.source_id / CHECK_FILE, check.to_dict())

    def _events(self, source_id: str) -> tuple[list[LandedFile], list[Unlanding]]:
        """Return the landings and unlandings of a source until `as_of`, each oldest first."""
        landed, unlanded = [], []
        for path in (self.root / source_id).glob("*.json"):
            if LANDED.fullmatch(path.name):
                landed.append(self._read(path))
            elif UNLANDED.fullmatch(path.name):
                unlanded.append(self._unlanding(path))
        return (
            sorted(
                (file for file in landed if self._is_known(file.landed_at)),
                key=lambda file: (file.landed_at or EARLIEST, file.sha256),
            ),
            sorted((item for item in unlanded if self._is_known(item.unlanded_at)), key=lambda item: item.unlanded_at),
        )

    def _is_known(self, instant: datetime | None) -> bool:
        return not self.as_of or bool(instant and instant.date() <= self.as_of)

    def _read(self, record: Path) -> LandedFile:
        if record in self._records:
            return self._records[record]
        item = json.loads(record.read_text("utf-8"))
        if item["status"] is None and item["final_address"]:
            # Earlier versions recorded the address of the source for manual uploads, although it was not requested.
            item |= {"address": "", "final_address": ""}
        self._records[record] = LandedFile(
            source_id=item["source_id"],
            sha256=item["sha256"],
            path=self.path(item["source_id"], item["sha256"]),
            file_name=item["file_name"],
            address=item["address"],
            final_address=item["final_address"],
            status=item["status"],
            licence=item["licence"],
            size=item["bytes"],
            landed_at=datetime.fromisoformat(item["landed_at"]),
            landed_by=item["landed_by"],
            # Records of earlier versions lack these fields.
            etag=item.get("etag"),
            last_modified=item.get("last_modified"),
            revision=item.get("revision"),
            profile=item.get("profile", {}),
            accepted=tuple(item.get("accepted", ())),
            supersedes=tuple(item.get("supersedes", ())),
        )
        return self._records[record]

    def _unlanding(self, record: Path) -> Unlanding:
        if record not in self._unlandings:
            item = json.loads(record.read_text("utf-8"))
            self._unlandings[record] = Unlanding(**item | {"unlanded_at": datetime.fromisoformat(item["unlanded_at"])})
        return self._unlandings[record]

    def _refusal(self, record: Path) -> RefusedFileRecord:
        item = json.loads(record.read_text("utf-8"))
        return RefusedFileRecord(
            source_id=item["source_id"],
            sha256=item["sha256"],
            path=record.with_suffix(".bytes"),
            file_name=item["file_name"],
            address=item["address"],
            size=item["bytes"],
            reason=item["reason"],
            refused_at=datetime.fromisoformat(item["refused_at"]),
        )


def plain_name(file_name: str) -> str:
    """Return a file name without folders, normalised (NFC) for comparison.

    A character that is not printable, such as a line break or an invalid byte, becomes a question mark.
    """
    name = unicodedata.normalize("NFC", Path(file_name).name)
    return "".join(character if character.isprintable() else "?" for character in name)


def address_text(address: str | None) -> str:
    """Return the address of a landed file for display, or a standard text if none is recorded."""
    return address or NO_ADDRESS


def _landed() -> list[Source]:
    """Return the sources whose files are landed, in order of id."""
    return [source for _, source in sorted(sources().items()) if not (source.file or source.package)]


def _is_taken_back(file: LandedFile, unlanded: Iterable[Unlanding]) -> bool:
    landed_at = file.landed_at or EARLIEST
    return any(item.sha256 == file.sha256 and item.unlanded_at > landed_at for item in unlanded)


def _instant_after(landed: list[LandedFile], unlanded: list[Unlanding]) -> datetime:
    """Return the time of a new record: now or, if the clock went back, just after the last record."""
    last = max([file.landed_at or EARLIEST for file in landed] + [item.unlanded_at for item in unlanded] or [EARLIEST])
    return max(datetime.now(UTC), last + timedelta(microseconds=1))


def _write(path: Path, item: Mapping[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(item, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")


def reference_files(source: Source) -> list[LandedFile]:
    """Return the files of a reference source in `warehouse/reference`, sorted by name."""
    licence = licences()[source.licence]
    return [
        LandedFile(
            source_id=source.id,
            sha256=sha256(path.read_bytes()).hexdigest(),
            path=path,
            file_name=str(path.relative_to(PROJECT)),
            address=source.address,
            final_address=source.address,
            status=None,
            licence=licence.id,
            size=path.stat().st_size,
            landed_at=None,
            landed_by="",
        )
        for path in sorted(REFERENCE.glob(source.file))
    ]

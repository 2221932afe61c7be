"""Landing: what a publisher sent, untouched, under its SHA-256, beside a record of where it came from.

A landed file is never edited; a re-issue is a new file beside the old one, and a file that is taken back stays, with
another record that says when and why. What may be landed is decided before it comes here
(`assets.landing.ingest_file`), and what was refused there is kept apart with the reason; which parser reads a file is
decided after (`assets.factories.staging`). How the last pull of each source went is recorded here too. Reference files,
which ship with the project, are offered in the same form.
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

from warehouse.catalogue import Source, licences, pick, sources
from warehouse.errors import AmbiguousName, CommunityPowerError, UnknownName, UnlandedFile
from warehouse.storage.atomic_files import replacing
from warehouse.storage.home import PROJECT

REFERENCE = PROJECT / "warehouse" / "reference"
REFUSED, STATUS_FILE = "refused", "status.json"
# The records of a file: of each time that it was landed, and of each time that it was taken back.
LANDED = re.compile(r"[0-9a-f]{64}(\.\d+)?\.json")
UNLANDED = re.compile(r"[0-9a-f]{64}\.unlanded\.\d+\.json")
SHORTEST_PREFIX = 4
KEPT_REFUSALS = 20
# Schedules ask every source at least once a week; two weeks without an answer are no accident.
STALE_AFTER_DAYS = 15
NO_ADDRESS = "landed by a user, address not recorded"
EARLIEST = datetime.min.replace(tzinfo=UTC)

State = Literal["ok", "unchanged", "failed", "refused", "never"]
Concern = Literal["failed", "refused", "incomplete", "stale"]
IN_TROUBLE: tuple[State, ...] = ("failed", "refused")


@dataclass(frozen=True)
class LandedFile:
    """A file as landed or, for reference records, as it is in the project.

    `address` is the one that was asked or, for a file that a user landed, that the user gave, and empty where none is
    on record; `final_address` is the one that answered, and empty where none was asked. `etag` and `last_modified` are
    what the publisher's server said of it, for the next conditional request; `profile` is what was counted in it
    (`assets.ingest.file_drift`), for the comparison with the next file; `accepted` are the doubts in spite of which a
    user landed it;
    `supersedes` are the SHA-256 of the files in whose place it is.
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
        """The bytes as sent."""
        return self.path.read_bytes()

    @property
    def called(self) -> str:
        """What it is called in a message: vintages may have the same name."""
        return f"{self.file_name} ({self.sha256[:12]})"


@dataclass(frozen=True)
class Unlanding:
    """A landed file that was taken back: its bytes stay, and no build reads them."""

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
        """Return when the file was taken back and why, for a message."""
        return f"taken back on {self.unlanded_at:%Y-%m-%d}" + (f" ({self.reason})" if self.reason else "")


@dataclass(frozen=True)
class RefusedFileRecord:
    """A file that was refused: its bytes are kept for a person to look at, and no build reads them."""

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
    """How the last pull of a source went, and when it last succeeded and last brought something new.

    States: `ok` something new was landed (or a person landed it), `unchanged` the publisher had nothing new,
    `failed` no answer to be had, `refused` an answer that may not be landed, `never` neither pulled nor landed, or all
    that was landed has been taken back.
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
    def is_in_trouble(self) -> bool:
        """Whether a build goes on with an older landing than the publisher may have."""
        return self.state in IN_TROUBLE

    def concern(self, source: Source, day: date) -> Concern | None:
        """Return why readers of an edition of a day should mind this source, or None.

        They should where its last pull failed or was refused, where not all of it came, and where it is pulled and
        has given no answer for more than `STALE_AFTER_DAYS`.
        """
        if self.state == "failed" or self.state == "refused":
            return self.state
        if self.reason:
            return "incomplete"
        if source.protocol and self.last_success_at and (day - self.last_success_at.date()).days > STALE_AFTER_DAYS:
            return "stale"
        return None

    def warning(self, source: Source, day: date) -> str:
        """Return the `concern` of readers of an edition of a day as one line, or an empty text."""
        concern = self.concern(source, day)
        named = f"{source.title} ({source.id})"
        landed = f"what was landed on {self.last_change_at:%Y-%m-%d} is used" if self.last_change_at else ""
        if concern in ("failed", "refused"):
            tried = f" of {self.last_try_at:%Y-%m-%d}" if self.last_try_at else ""
            said = {"failed": "failed", "refused": "brought what may not be landed"}[concern]
            return f"{named}: the pull{tried} {said}, so {landed or 'nothing of it is held'}. {self.reason}".strip()
        if concern == "incomplete":
            return f"{named}: {self.reason}"
        if concern == "stale":
            last = f"{self.last_success_at:%Y-%m-%d}"
            return f"{named}: not asked with success since {last}; {landed or 'nothing of it is held'}."
        return ""


@dataclass(frozen=True)
class KnownFile:
    """What is on record of the last landing of one file."""

    sha256: str
    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True)
class Known:
    """What is on record of the last landing of a source, for conditional requests; `files` is by file name."""

    etag: str | None = None
    last_modified: str | None = None
    revision: str | None = None
    files: Mapping[str, KnownFile] = field(default_factory=dict)


class Landing:
    """The landed files under one folder: `<source>/<sha256>.bytes` with `<source>/<sha256>.json`.

    Beside them may be `<source>/<sha256>.parsed/`, what a parser read in the file (`assets.ingest.parsed_files`).

    A file that is landed again has further records `<sha256>.2.json`, `<sha256>.3.json`, …; one that is taken back has
    `<sha256>.unlanded.1.json`, …. Of what happened to a file the last counts.
    """

    def __init__(self, root: Path, as_of: date | None = None) -> None:
        self.root = root
        self.as_of = as_of
        # Records never change once written, and a source of a thousand files is looked through for each of them.
        self._records: dict[Path, LandedFile] = {}
        self._unlandings: dict[Path, Unlanding] = {}

    def path(self, source_id: str, sha256: str) -> Path:
        """Return where the bytes of a file of a source are, or would be, once it is landed."""
        return self.root / source_id / f"{sha256}.bytes"

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
        """Keep bytes under their checksum and return (file, whether that changes what a build reads).

        Bytes that a build reads already are not landed again. Bytes that were landed once and superseded or taken back
        since are current again with another record, since publishers do take a re-issue back. The record is written
        last, so a file without one was never landed; `accepted` are the doubts in spite of which a person landed it,
        `supersedes` earlier files in whose place this one stands; they stay where they are. The checksum may be given
        as `digest` where it is known.
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
        """Take back a landed file, of which no build reads anything from then on, and return the record of it.

        The file is called by its name or by the first digits of its SHA-256 (`find`); without a name it is the one that
        was landed last. The file in whose place it was is current again.

        Raises `UnknownName` for a source that is not catalogued or a file that is not landed, `AmbiguousName` where
        several files have the name, and `CommunityPowerError` for a source whose files ship with the project.
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
        """Return the landed file that a name or the first digits of a SHA-256 mean; without a name, the newest.

        Publishers give each vintage the same name, so a name means the file that a build reads where there is one.
        Raises what `unland` raises.
        """
        source = pick("source", sources, source_id)
        if source.file or source.package:
            raise CommunityPowerError(f"{source_id} ships with the project, so none of its files was landed.")
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
            raise CommunityPowerError(f"No file of {source_id} is landed, so there is none to take back.")
        raise UnknownName(f"landed file of {source_id}", name, [file.called for file in landed.values()])

    def archive(self, source_id: str) -> list[LandedFile]:
        """Return every landing of a source known by `as_of`, oldest first, also of files that were taken back."""
        return self._events(source_id)[0]

    def history(self, source_id: str) -> list[LandedFile]:
        """Return every landed file of a source known by `as_of` and not taken back since, oldest first."""
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
        """Return the files of a source that a build reads, in a stable order.

        For a reference source its files in the project; else the newest landed file or, where the source
        keeps all (one or more files a publisher), those that no later one supersedes. A file that was taken back
        supersedes nothing.
        """
        source = pick("source", sources, source_id)
        if source.file:
            return reference_files(source)
        if source.keep == "newest":
            return self.history(source_id)[-1:]
        landed, unlanded = self._events(source_id)
        current: dict[str, LandedFile] = {}
        # What a file that was taken back had superseded is superseded by the file that superseded that one.
        passed_on: dict[str, list[LandedFile]] = {}
        # In their order, since a file that was superseded may have been landed again in the place of the other.
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

    def known(self, source_id: str) -> Known:
        """Return what is on record of a source for the next, conditional, request.

        A file that was taken back is not known, and after it the publisher's sign of change is not either, until a pull
        records another: what the publisher has is asked for, and is refused for as long as it is that file.
        """
        history = self.history(source_id)
        newest = {file.file_name: file for file in history}
        return Known(
            etag=history[-1].etag if history else None,
            last_modified=history[-1].last_modified if history else None,
            # Where the landed files were removed, the publisher's signal says nothing about what is here.
            revision=self.status(source_id).revision if history else None,
            files={
                name: KnownFile(sha256=file.sha256, etag=file.etag, last_modified=file.last_modified)
                for name, file in newest.items()
            },
        )

    def refuse(
        self, source: Source, content: bytes, *, file_name: str, reason: str, address: str = ""
    ) -> RefusedFileRecord:
        """Keep bytes that may not be landed under `refused`, with the reason, and return what was kept.

        Of a source the last few are kept: an error page may be another one every day.
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
        """Return how the last pull of a source known by `as_of` went.

        A later landing by hand makes a failing source `ok`. Of what was taken back nothing counts: the last change is
        the last landing that is left. A `revision` from before the taking back is forgotten (`known`).
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
        elif not landed_at and unlanded_at > EARLIEST and not found.is_in_trouble:
            found = replace(found, state="never")
        return found

    def refuse_unlanded(self, source: Source, content: bytes) -> None:
        """Raise `UnlandedFile` for bytes of a source that were taken back and not landed again since."""
        digest = sha256(content).hexdigest()
        for unlanding in self.unlanded(source.id):
            if unlanding.sha256 == digest:
                raise UnlandedFile(source.id, f"{unlanding.called}, {unlanding.to_text()}")

    def warnings(self, day: date) -> list[str]:
        """Return what readers of an edition of a day should mind of the sources that are landed, in order of id."""
        return [text for source in _landed() if (text := self.status(source.id).warning(source, day))]

    def concerns(self, day: date) -> dict[str, Concern]:
        """Return why readers of an edition of a day should mind a source, by the id of each that they should."""
        found = {source.id: self.status(source.id).concern(source, day) for source in _landed()}
        return {name: concern for name, concern in found.items() if concern}

    def record(self, status: SourceStatus) -> None:
        """Write how a pull went, in the place of what stood there."""
        item = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(status).items()
        }
        _write(self.root / status.source_id / STATUS_FILE, item)

    def _events(self, source_id: str) -> tuple[list[LandedFile], list[Unlanding]]:
        """Return what happened to the files of a source by `as_of`, oldest first: landings, and takings back."""
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
            # Earlier versions recorded the source's address for a file that a user landed, which no one had asked.
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
            # Records of older versions have none of these.
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
    """Return a file name without folders, in the form in which names are compared.

    A character that cannot be printed, such as a line break or a byte that is not UTF-8, is a question mark.
    """
    name = unicodedata.normalize("NFC", Path(file_name).name)
    return "".join(character if character.isprintable() else "?" for character in name)


def address_text(address: str | None) -> str:
    """Return the address of a landed file as every surface shows it: what is said where none is on record."""
    return address or NO_ADDRESS


def _landed() -> list[Source]:
    """Return the sources whose files are landed, in order of id."""
    return [source for _, source in sorted(sources().items()) if not (source.file or source.package)]


def _is_taken_back(file: LandedFile, unlanded: Iterable[Unlanding]) -> bool:
    landed_at = file.landed_at or EARLIEST
    return any(item.sha256 == file.sha256 and item.unlanded_at > landed_at for item in unlanded)


def _instant_after(landed: list[LandedFile], unlanded: list[Unlanding]) -> datetime:
    """Return the instant of a new record: now or, where the clock went back, just after the last one."""
    last = max([file.landed_at or EARLIEST for file in landed] + [item.unlanded_at for item in unlanded] or [EARLIEST])
    return max(datetime.now(UTC), last + timedelta(microseconds=1))


def _write(path: Path, item: Mapping[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(item, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")


def reference_files(source: Source) -> list[LandedFile]:
    """Return the files of a reference source as they stand in `warehouse/reference`, in order of name."""
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

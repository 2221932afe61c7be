"""Landing: what a publisher sent, untouched, under its SHA-256, beside a record of where it came from.

A landed file is never edited; a re-issue is a new file beside the old one. What may be landed is decided
before it comes here (`assets.door`), and what was refused there is kept apart with the reason; which parser
reads a file is decided after (`assets.staging`). How the last pull of each source went stands here too.
Reference files, which ship with the project, are offered in the same form.
"""

import getpass
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from warehouse.catalogue import Source, licences, pick, sources
from warehouse.files import replacing
from warehouse.home import PROJECT

if TYPE_CHECKING:
    from warehouse.publishers import Known

REFERENCE = Path(__file__).parent / "reference"
REFUSED, STATUS_FILE = "refused", "status.json"
RECORDS = "[0-9a-f]" * 64 + "*.json"
KEPT_REFUSALS = 20
# Schedules ask every source at least once a week; two weeks without an answer are no accident.
STALE_AFTER_DAYS = 15
NO_ADDRESS = "landed by a user, address not recorded"
EARLIEST = datetime.min.replace(tzinfo=UTC)

State = Literal["ok", "unchanged", "failed", "refused", "never"]
IN_TROUBLE: tuple[State, ...] = ("failed", "refused")


@dataclass(frozen=True)
class LandedFile:
    """A file as landed or, for reference records, as it is in the project.

    `address` is the one that was asked or, for a file that a user landed, that the user gave, and empty where none is
    on record; `final_address` is the one that answered, and empty where none was asked. `etag` and `last_modified` are
    what the publisher's server said of it, for the next conditional request; `profile` is what `assets.door` counted in
    it, for the comparison with the next file; `accepted` are the doubts in spite of which a user landed it;
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


@dataclass(frozen=True)
class Refusal:
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
    `failed` no answer to be had, `refused` an answer that may not be landed, `never` neither pulled nor landed.
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

    def warning(self, source: Source, day: date) -> str:
        """Return in one line why readers of an edition of a day should mind this source, or an empty text.

        They should where its last pull failed or was refused, where not all of it came, and where it is pulled and
        has given no answer for more than `STALE_AFTER_DAYS`.
        """
        named = f"{source.title} ({source.id})"
        landed = f"what was landed on {self.last_change_at:%Y-%m-%d} is used" if self.last_change_at else ""
        if self.is_in_trouble:
            tried = f" of {self.last_try_at:%Y-%m-%d}" if self.last_try_at else ""
            said = {"failed": "failed", "refused": "brought what may not be landed"}[self.state]
            return f"{named}: the pull{tried} {said}, so {landed or 'nothing of it is held'}. {self.reason}".strip()
        if self.reason:
            return f"{named}: {self.reason}"
        if source.protocol and self.last_success_at and (day - self.last_success_at.date()).days > STALE_AFTER_DAYS:
            return f"{named}: not asked with success since {self.last_success_at:%Y-%m-%d}; {landed}."
        return ""


class Landing:
    """The landed files under one folder: `<source>/<sha256>.bytes` with `<source>/<sha256>.json`."""

    def __init__(self, root: Path, as_of: date | None = None) -> None:
        self.root = root
        self.as_of = as_of
        # Records never change once written, and a source of a thousand files is looked through for each of them.
        self._records: dict[Path, LandedFile] = {}

    def keep(
        self,
        source: Source,
        content: bytes,
        *,
        file_name: str,
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

        Bytes that a build reads already are not landed again. Bytes that were landed once and superseded since
        are current again with a second record, since publishers do take a re-issue back. The record is written
        last, so a file without one was never landed; `accepted` are the doubts in spite of which a person landed it,
        `supersedes` earlier files in whose place this one stands; they stay where they are.
        """
        digest = sha256(content).hexdigest()
        folder = self.root / source.id
        times = len(list(folder.glob(f"{digest}*.json")))
        if times:
            for standing in self.current(source.id):
                if standing.sha256 == digest:
                    return standing, False
        record = folder / (f"{digest}.{times + 1}.json" if times else f"{digest}.json")
        with replacing(folder / f"{digest}.bytes") as temporary:
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
            "landed_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "landed_by": getpass.getuser(),
            "profile": profile or {},
            "accepted": list(accepted),
            "supersedes": sorted(file.sha256 for file in supersedes),
        }
        _write(record, described)
        for path in (self.root / REFUSED / source.id).glob(f"{digest}.*"):
            path.unlink()
        return self._read(record), True

    def history(self, source_id: str) -> list[LandedFile]:
        """Return every landed file of a source known by `as_of`, oldest first."""
        found = [self._read(path) for path in (self.root / source_id).glob(RECORDS)]
        known = [file for file in found if not self.as_of or (file.landed_at and file.landed_at.date() <= self.as_of)]
        return sorted(known, key=lambda file: (file.landed_at or EARLIEST, file.sha256))

    def current(self, source_id: str) -> list[LandedFile]:
        """Return the files of a source that a build reads, in a stable order.

        For a reference source its files in the project; else the newest landed file or, where the source
        keeps all (one or more files a publisher), those in whose place no later one stands.
        """
        source = pick("source", sources, source_id)
        if source.file:
            return reference_files(source)
        history = self.history(source_id)
        if source.keep == "newest":
            return history[-1:]
        standing: dict[str, LandedFile] = {}
        # In their order, since a file that was superseded may have been landed again in the place of the other.
        for file in history:
            for superseded in file.supersedes:
                standing.pop(superseded, None)
            standing[file.sha256] = file
        return sorted(standing.values(), key=lambda file: (file.file_name, file.sha256))

    def known(self, source_id: str) -> "Known":
        """Return what is on record of a source for the next, conditional, request."""
        from warehouse.publishers import Known, KnownFile

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

    def refuse(self, source: Source, content: bytes, *, file_name: str, reason: str, address: str = "") -> Refusal:
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

    def refusals(self, source_id: str) -> list[Refusal]:
        """Return the refused files of a source that have not been landed since, oldest first."""
        found = [self._refusal(path) for path in (self.root / REFUSED / source_id).glob(RECORDS)]
        return sorted(found, key=lambda refusal: (refusal.refused_at, refusal.sha256))

    def status(self, source_id: str) -> SourceStatus:
        """Return how the last pull of a source known by `as_of` went; a later landing by hand mends its trouble."""
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
        if landed_at and landed_at > (found.last_try_at or EARLIEST):
            found = replace(found, state="ok", reason="", last_success_at=landed_at)
        return found

    def warnings(self, day: date) -> list[str]:
        """Return what readers of an edition of a day should mind of the sources that are landed, in order of id."""
        landed = [source for _, source in sorted(sources().items()) if not (source.file or source.package)]
        return [text for source in landed if (text := self.status(source.id).warning(source, day))]

    def record(self, status: SourceStatus) -> None:
        """Write how a pull went, in the place of what stood there."""
        item = {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(status).items()
        }
        _write(self.root / status.source_id / STATUS_FILE, item)

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
            path=record.with_name(f"{item['sha256']}.bytes"),
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

    def _refusal(self, record: Path) -> Refusal:
        item = json.loads(record.read_text("utf-8"))
        return Refusal(
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

"""Landing: what a publisher sent, untouched, under its SHA-256, beside a record of where it came from.

A landed file is never edited; a re-issue is a new file beside the old one. What may be landed is decided
before it comes here (`assets.door`); which parser reads it is decided after (`assets.staging`).
Reference files, which ship with the project, are offered in the same form.
"""

import getpass
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

from warehouse.catalogue import Source, licences, pick, sources
from warehouse.files import replacing
from warehouse.home import PROJECT

REFERENCE = Path(__file__).parent / "reference"


@dataclass(frozen=True)
class LandedFile:
    """A file as landed or, for reference records, as it stands in the project."""

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
    supersedes: tuple[str, ...] = ()

    @property
    def content(self) -> bytes:
        """The bytes as sent."""
        return self.path.read_bytes()


class Landing:
    """The landed files under one folder: `<source>/<sha256>.bytes` with `<source>/<sha256>.json`."""

    def __init__(self, root: Path, as_of: date | None = None) -> None:
        self.root = root
        self.as_of = as_of

    def keep(
        self,
        source: Source,
        content: bytes,
        *,
        file_name: str,
        address: str = "",
        final_address: str = "",
        status: int | None = None,
        headers: dict[str, str] | None = None,
        supersedes: Sequence[LandedFile] = (),
    ) -> tuple[LandedFile, bool]:
        """Keep bytes under their checksum and return (file, whether it is new).

        The same bytes of the same source are kept once. The record is written last, so a file without one
        was never landed. `supersedes` are earlier files in whose place this one stands; they stay where they are.
        """
        digest = sha256(content).hexdigest()
        record = self.root / source.id / f"{digest}.json"
        if record.exists():
            return self._read(record), False
        with replacing(record.with_suffix(".bytes")) as temporary:
            temporary.write_bytes(content)
        described = {
            "source_id": source.id,
            "sha256": digest,
            "bytes": len(content),
            "file_name": unicodedata.normalize("NFC", Path(file_name).name),
            "address": address or source.address,
            "final_address": final_address or address or source.address,
            "status": status,
            "headers": headers or {},
            "licence": source.licence,
            "landed_at": datetime.now(UTC).isoformat(timespec="microseconds"),
            "landed_by": getpass.getuser(),
            "supersedes": sorted(file.sha256 for file in supersedes),
        }
        with replacing(record) as temporary:
            temporary.write_text(json.dumps(described, ensure_ascii=False, indent=2, sort_keys=True) + "\n", "utf-8")
        return self._read(record), True

    def history(self, source_id: str) -> list[LandedFile]:
        """Return every landed file of a source known by `as_of`, oldest first."""
        found = [self._read(path) for path in (self.root / source_id).glob("*.json")]
        known = [file for file in found if not self.as_of or (file.landed_at and file.landed_at.date() <= self.as_of)]
        return sorted(known, key=lambda file: (file.landed_at or datetime.min.replace(tzinfo=UTC), file.sha256))

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
        superseded = {sha256 for file in history for sha256 in file.supersedes}
        return sorted((file for file in history if file.sha256 not in superseded), key=lambda file: file.sha256)

    def _read(self, record: Path) -> LandedFile:
        item = json.loads(record.read_text("utf-8"))
        return LandedFile(
            source_id=item["source_id"],
            sha256=item["sha256"],
            path=record.with_suffix(".bytes"),
            file_name=item["file_name"],
            address=item["address"],
            final_address=item["final_address"],
            status=item["status"],
            licence=item["licence"],
            size=item["bytes"],
            landed_at=datetime.fromisoformat(item["landed_at"]),
            landed_by=item["landed_by"],
            supersedes=tuple(item.get("supersedes", ())),
        )


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

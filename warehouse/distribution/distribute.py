"""Copies an edition to a target, verifies the copy, and then names it as the latest edition there.

A target has a folder for each edition, `editions.json` that lists them, and `latest.json` that describes the newest:
id, version, as-of date, and address, size and SHA-256 of each file. `latest.json` is written last, so a reader who
follows it never meets half an edition, and it never goes back to an older edition.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from warehouse.editions.find import Edition
from warehouse.editions.verify import verify
from warehouse.errors import CannotPublish
from warehouse.exports import manifest, media_type
from warehouse.storage.atomic_files import sha256
from warehouse.storage.targets import Target

LATEST, EDITIONS = "latest.json", "editions.json"
AT_ONCE = 8


@dataclass(frozen=True)
class Copied:
    """What was done: files copied now and files that were there, bytes copied, and the latest edition of the target."""

    edition_id: str
    copied: int
    there: int
    bytes_copied: int
    latest_id: str


def distribute(
    edition: Edition, target: Target, public_url: str | None = None, said: Callable[[str], None] = lambda _text: None
) -> Copied:
    """Copy an edition to a target, and return what was done.

    Files that are there already with the right content are kept, so a copy that was interrupted goes on. `public_url`
    is the address at which readers reach the target; without it, addresses are relative to the target. `said` is called
    with a line of progress. Raises `CannotPublish` if the edition has changed since it was published, if the target
    cannot be written or has files of another kind, or if a copy differs from its file.
    """
    if problems := verify(edition.path):
        raise CannotPublish(
            f"Edition {edition.id} has changed since it was published: {problems[0]} See cpower verify."
        )
    _entries(target, target.json(EDITIONS, target.read(EDITIONS)))
    _latest_id(target, target.json(LATEST, target.read(LATEST)))
    listed = manifest.read_checksums(edition.path)
    checksums = {manifest.CHECKSUMS: sha256(edition.path / manifest.CHECKSUMS)}
    said(f"{edition.id}: {len(listed) + 1} files to {target.url}")
    with ThreadPoolExecutor(AT_ONCE) as workers:
        done = list(workers.map(lambda item: _copy(edition, target, *item), listed.items()))
    # The list of checksums last: a folder that has it is whole.
    done += [_copy(edition, target, *item) for item in checksums.items()]
    described = _described(edition, listed | checksums, public_url)
    entry = {name: value for name, value in described.items() if name != "files"}
    target.change(EDITIONS, lambda before: _with(_entries(target, before), entry))
    latest = target.change(LATEST, lambda before: described if _latest_id(target, before) <= edition.id else before)
    return Copied(
        edition_id=edition.id,
        copied=sum(size > 0 for size in done),
        there=sum(size == 0 for size in done),
        bytes_copied=sum(done),
        latest_id=latest["id"],
    )


def _copy(edition: Edition, target: Target, path: str, checksum: str) -> int:
    """Copy a file unless it is there, and return the bytes copied; raise `CannotPublish` if the copy differs."""
    local, name = edition.path / path, f"{edition.id}/{path}"
    size = local.stat().st_size
    if target.size(name) == size and target.digest(name) == checksum:
        return 0
    target.put(local, name)
    if target.size(name) != size or target.digest(name) != checksum:
        raise CannotPublish(f"{target.url}/{name} differs from {local} after it was copied. Publish again.")
    return size


def _described(edition: Edition, checksums: dict[str, str], public_url: str | None) -> dict[str, Any]:
    base = f"{public_url.rstrip('/')}/" if public_url else ""
    return {
        "id": edition.id,
        "version": edition.version,
        "as_of": edition.as_of.isoformat(),
        "built_at": edition.built_at.isoformat(timespec="seconds"),
        "address": f"{base}{edition.id}/",
        "files": {
            path: {
                "address": f"{base}{edition.id}/{path}",
                "bytes": (edition.path / path).stat().st_size,
                "sha256": checksum,
                "media_type": media_type(edition.path / path),
            }
            for path, checksum in sorted(checksums.items())
        },
    }


def _entries(target: Target, said: Any) -> list[dict[str, Any]]:
    """Return the editions that a target lists; raise `CannotPublish` if it has a list of another kind."""
    found = [] if said is None else said.get("editions") if isinstance(said, dict) else None
    if not (isinstance(found, list) and all(isinstance(item, dict) and "id" in item for item in found)):
        raise _not_a_target(target, EDITIONS)
    return found


def _latest_id(target: Target, said: Any) -> str:
    """Return the id of the latest edition of a target, empty without one; ids start with the time of publishing."""
    if said is None:
        return ""
    if not (isinstance(said, dict) and isinstance(said.get("id"), str)):
        raise _not_a_target(target, LATEST)
    return str(said["id"])


def _not_a_target(target: Target, name: str) -> CannotPublish:
    return CannotPublish(
        f"{target.url}/{name} is not a file of published editions. Choose a target of its own, which is not the shared "
        "store that CPOWER_SHARED names, or restore the file."
    )


def _with(before: list[dict[str, Any]], entry: dict[str, Any]) -> dict[str, Any]:
    """Return the list of editions with an entry, newest first."""
    others = [item for item in before if item["id"] != entry["id"]]
    return {"editions": sorted([*others, entry], key=lambda item: str(item["id"]), reverse=True)}

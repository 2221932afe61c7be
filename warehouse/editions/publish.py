"""Publishes editions: complete, verified and immutable copies of the tables, and the link to the current edition.

An edition is written in a hidden folder, verified, renamed, and then made current by replacing one symbolic link, so a
reader sees a whole edition or none. The caller holds the lock of the home, which removes the leftovers of a killed
publish. `warehouse.exports` defines the files of an edition.
"""

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from warehouse import catalogue, report
from warehouse.catalogue import Table
from warehouse.editions import publishing_code, retention, shared_editions
from warehouse.editions.find import ID, Edition, editions, find_current, ids, is_whole, note_equal
from warehouse.editions.switch import make_current, target
from warehouse.editions.verify import DICTIONARY, verify
from warehouse.errors import (
    CommunityPowerError,
    EditionOvertaken,
    HomeUnavailable,
    InputChanged,
    NotBuilt,
    ProjectFault,
    ReleaseBlocked,
)
from warehouse.exports import (
    Build,
    Content,
    InputFile,
    changes,
    csv,
    csvw,
    database,
    datapackage,
    dcat,
    els,
    graphml,
    hexmap,
    manifest,
    parquet,
    workbook,
)
from warehouse.exports.shared import Shared
from warehouse.query import DATABASE, EDITION_FILE, EDITION_TABLE
from warehouse.release.diff import compare
from warehouse.release.gate import gated
from warehouse.release.notes import release_notes
from warehouse.release.release import EditionRelease
from warehouse.release.snapshots import Snapshot
from warehouse.release.value_diff import CHANGE_TABLE
from warehouse.release.version import FIRST, Version, version_of_earlier_day
from warehouse.storage.atomic_files import TEMPORARY_PREFIX, replacing, sha256, sync
from warehouse.storage.file_records import read_record, write_record
from warehouse.storage.home import Home
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

SOFTWARE = ("duckdb", "polars", "dagster")
EXPORTS: tuple[Callable[[Content, duckdb.DuckDBPyConnection, Path], None], ...] = (
    changes.write,
    parquet.write,
    csv.write,
    csvw.write,
    els.write,
    workbook.write,
    hexmap.write,
    graphml.write,
    datapackage.write,
    dcat.write,
    report.write,
    manifest.write,
)
TIME = "%Y%m%dT%H%M%SZ"
PUBLIC_URL = "CPOWER_PUBLIC_URL"


@dataclass(frozen=True)
class Published:
    """Result of `publish`: the edition, and whether it is new."""

    edition: Edition
    is_new: bool


def published_tables(warehouse: Warehouse) -> tuple[Table, ...]:
    """Return the tables of the table store that an edition contains, as in its data dictionary, sorted by name.

    The tables that describe the edition itself are left out, because they are written during publishing. Raises
    `NotBuilt` if the dictionary is not built or does not match the catalogue.
    """
    dictionary = catalogue.tables()[DICTIONARY]
    if not warehouse.tables.path(dictionary.name).exists():
        raise NotBuilt(f"Not built yet: {dictionary.name}. Run cpower build.")
    names = set(warehouse.tables.read(dictionary.name)["table_name"])
    held = {table.name: table for table in catalogue.edition_tables(composite=True)}
    if unknown := sorted(names - held.keys()):
        raise NotBuilt(f"{dictionary.name} lists {unknown[0]}, which the catalogue does not publish. Run cpower build.")
    return tuple(held[name] for name in sorted(names - {EDITION_TABLE, CHANGE_TABLE}))


def publish(
    warehouse: Warehouse,
    *,
    force: bool = False,
    sign_off: str = "",
    is_of_now: Callable[[str], bool] = lambda _run_id: True,
) -> Published:
    """Publish the tables of the store as an edition, make it current, and return it.

    Without `force`, nothing is published if the current edition is undamaged and is of the same build or has the same
    content (docs/decisions/0016-no-edition-of-the-same-content.md). An edition with an as-of date (`warehouse.as_of`)
    is published beside the others and never becomes current. `sign_off` is a person's reason for localities that move
    without an input change; it is published if it was needed. Older editions beyond the retention limit are removed.
    `is_of_now` says of a run id whether its build has the input and code of today; it is asked if another machine has
    published since the home was brought up to date, because its edition may have files that these tables lack.

    Raises `NotBuilt` if tables have not been built, `ContractBroken` if they do not match the catalogue,
    `ReleaseBlocked` if too many localities move, `EditionOvertaken` if another machine was faster, `InputChanged` if it
    published and the input has changed since the tables were made, and `HomeUnavailable` if the home is not writable.
    The current edition is then unchanged.
    """
    home = warehouse.home
    keep = retention.number_kept()
    build = _build(warehouse)
    is_for_readers = warehouse.as_of is None
    with _explained():
        before = target(home)
        shared_editions.fetch(home)
        if is_for_readers and target(home) != before:
            # After the edition, so that a file that it was made of is here, too.
            warehouse.mirror.sync_landing()
            if not is_of_now(build.run_id):
                raise InputChanged()
        if not force and (existing := _of_build(home, build, among_all=not is_for_readers)):
            return Published(existing, is_new=is_for_readers and _switch(home, existing.path))
        home.published.mkdir(parents=True, exist_ok=True)
        built_at, built = _instant(home), _built(warehouse)
        facts = _facts(warehouse, built)
        if is_for_readers and not force and (existing := _of_content(home, facts)):
            note_equal(home, existing, build.run_id)
            return Published(existing, is_new=False)
        content = _content(warehouse, build, built, built_at, " ".join(sign_off.split()), facts)
        path = home.published / content.edition_id
        with _part(path) as part:
            with database.written(content, warehouse.tables, part) as reader:
                for export in EXPORTS:
                    export(content, reader, part)
            content.shared.link_equal(part)
            manifest.write_checksums(part, content.shared.digest)
            if problems := verify(part, content.shared):
                raise ProjectFault(f"The new edition fails its verification: {' '.join(problems)}")
            write_record(home.record_of(path.name), content.shared.seal(part))
        try:
            if is_for_readers:
                _switch(home, path)
            else:
                shared_editions.share(home, path, is_current=False)
        except EditionOvertaken:
            shutil.rmtree(path, ignore_errors=True)
            shared_editions.fetch(home)
            if existing := _of_build(home, build):
                return Published(existing, is_new=False)
            raise
        except BaseException:
            if target(home) != path:
                shutil.rmtree(path, ignore_errors=True)
            raise
    if is_for_readers:
        home.blocked.unlink(missing_ok=True)
    published = Edition.read(path)
    now = find_current(home) or published
    retention.prune(home, retention.unkept(home, editions(home), now.id, keep))
    return Published(published, is_new=True)


def _of_build(home: Home, build: Build, *, among_all: bool = False) -> Edition | None:
    """Return an undamaged edition of a build, the current or the newest one, so that no new one is needed.

    The newest is not the current one if a publish was killed just before it replaced the link. With `among_all`, for
    editions that do not become current, any edition is returned.
    """
    names = ids(home) if among_all else ids(home)[-1:]
    for path in (target(home), *(home.published / name for name in reversed(names))):
        with contextlib.suppress(CommunityPowerError):
            edition = Edition.read(path)
            if edition.run_id == build.run_id and is_whole(home, edition):
                return edition
    return None


def _facts(warehouse: Warehouse, built: tuple[Table, ...]) -> dict[str, Any]:
    """Return the key `content` of `edition.json`, which identifies editions of the same content.

    It has the digest of each table without the columns that change with every build (null if not recorded) and the
    digest of the publishing code and texts.
    """
    stamps = {table.name: warehouse.tables.stamp(table.name) for table in built}
    return {
        "content": {
            "tables": {name: stamp and stamp.stable for name, stamp in stamps.items()},
            "publishing": publishing_code.digest(),
        }
    }


def _of_content(home: Home, facts: dict[str, Any]) -> Edition | None:
    """Return the current edition if it is undamaged and has the same content, else None."""
    if None in facts["content"]["tables"].values() or not (now := find_current(home)):
        return None
    with contextlib.suppress(OSError, ValueError):
        said = json.loads((now.path / EDITION_FILE).read_text("utf-8"))
        if said.get("content") == facts["content"] and is_whole(home, now):
            return now
    return None


def _build(warehouse: Warehouse) -> Build:
    row = warehouse.tables.read("meta.build").select(field.name for field in fields(Build)).row(0)
    return Build(*row)


def _instant(home: Home) -> datetime:
    """Return the time in the id of a new edition: now or, if the clock went back, just after the newest edition."""
    now = datetime.now(UTC).replace(microsecond=0)
    if not (known := ids(home)) or not (newest := ID.fullmatch(known[-1])):
        return now
    return max(now, datetime.strptime(newest["time"], TIME).replace(tzinfo=UTC) + timedelta(seconds=1))


def _built(warehouse: Warehouse) -> tuple[Table, ...]:
    """Return the tables of the store that an edition contains; raise `NotBuilt` if one has not been built."""
    built = published_tables(warehouse)
    if missing := [table.name for table in built if not warehouse.tables.path(table.name).exists()]:
        raise NotBuilt(f"Not built yet: {', '.join(missing)}. Run cpower build.")
    return built


def _content(
    warehouse: Warehouse,
    build: Build,
    built: tuple[Table, ...],
    built_at: datetime,
    sign_off: str,
    facts: dict[str, Any],
) -> Content:
    release = _release(warehouse, build, built, sign_off)
    table = catalogue.tables()[CHANGE_TABLE]
    warehouse.tables.replace(table, release.comparison.changes if release.comparison else empty(table))
    files = (
        warehouse.tables.read("meta.landed_file")
        .filter(pl.col("is_current"))
        .select("source_id", "file_sha256", "licence_id")
        .sort("source_id", "file_sha256")
    )
    listed = tuple(sorted((*built, table), key=lambda table: table.name))
    now = find_current(warehouse.home)
    return Content(
        edition_id=f"{built_at:{TIME}}-{build.run_id[:8]}",
        built_at=built_at,
        build=build,
        release=release,
        tables=listed,
        files=tuple(InputFile(*row) for row in files.rows()),
        versions={name: publishing_code.installed(name) for name in SOFTWARE},
        warnings=tuple(warehouse.landing.warnings(warehouse.as_of or built_at.date())),
        facts=facts,
        stored={item.name: stamp.content for item in listed if (stamp := warehouse.tables.stamp(item.name))},
        shared=Shared(
            now.path if now else None,
            read_record(warehouse.home.record_of(now.id)) if now else {},
            publishing_code.digest(),
        ),
        public_url=os.environ.get(PUBLIC_URL) or None,
    )


def _release(warehouse: Warehouse, build: Build, built: tuple[Table, ...], sign_off: str) -> EditionRelease:
    """Return the version and comparison of a new edition: compared with the previous readable edition.

    A new edition of the same build is compared with the same edition as before and keeps its version. Raises
    `ReleaseBlocked`, after writing the changes to a file, if too many localities move.
    """
    home = warehouse.home
    if warehouse.as_of:
        why = f"data as of {build.as_of}, with the current queries, catalogue and code"
        return EditionRelease(version_of_earlier_day(build.as_of, build.run_id), (why,))
    line = _line(home)
    if not line:
        return EditionRelease(str(FIRST), ("the first edition",))
    twin = line[0] if line[0].run_id == build.run_id else None
    if twin and not twin.previous_id:
        return EditionRelease(twin.version, twin.version_why)
    before = [edition for edition in line if edition.id == twin.previous_id] + [twin] if twin else line
    existing = next(filter(_is_comparable, before), None)
    newest = max(filter(None, (Version.parse(edition.version) for edition in line)))
    if existing is None and twin:
        return EditionRelease(twin.version, twin.version_why)
    if existing is None:
        why = "major: no previous edition is readable, so nothing was compared"
        return EditionRelease(str(newest.next("major")), (why,))
    comparison = compare(
        Snapshot.of_edition(existing.label, existing.path), Snapshot.of_store("this build", warehouse.tables, built)
    )
    release = EditionRelease(
        version=twin.version if twin else str(newest.next(comparison.level)),
        why=twin.version_why if twin else tuple(f"{level}: {reason}" for level, reason in comparison.reasons()),
        previous_id=existing.id,
        previous_version=existing.version,
        comparison=comparison,
    )
    try:
        return replace(release, sign_off=gated(comparison, sign_off or (twin.sign_off if twin else None)))
    except ReleaseBlocked as blocked:
        with replacing(home.blocked) as temporary:
            temporary.write_text(release_notes(release), "utf-8")
        raise ReleaseBlocked(
            f"{blocked} {home.blocked} lists all changes. "
            'If the changes are correct, run cpower build --sign-off "reason". The edition publishes the reason.'
        ) from blocked


def _line(home: Home) -> list[Edition]:
    """Return the editions in the sequence of versions: the current one, then the others, newest first."""
    now = find_current(home)
    others = [edition for edition in reversed(editions(home)) if now is None or edition.id != now.id]
    return [edition for edition in [*([now] if now else []), *others] if not edition.is_of_earlier_day]


def _is_comparable(edition: Edition) -> bool:
    """Return whether the tables of an edition are unchanged since it was published."""
    with contextlib.suppress(OSError, ValueError, KeyError):
        return sha256(edition.path / DATABASE) == manifest.read_checksums(edition.path)[DATABASE]
    return False


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Raise `HomeUnavailable` for errors of the disk."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        raise HomeUnavailable(
            f"Cannot write the edition; the current edition is unchanged. {getattr(error, 'strerror', None) or error}"
        ) from error


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside `path`; it is renamed to `path` on success and removed otherwise."""
    part = path.with_name(TEMPORARY_PREFIX + path.name)
    part.mkdir()
    try:
        yield part
        sync(part)
        part.rename(path)
        sync(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _switch(home: Home, path: Path) -> bool:
    """Make an edition current, in the shared store first, and return whether it was not."""
    if target(home) == path:
        return False
    shared_editions.share(home, path, is_current=True)
    return make_current(home, path)

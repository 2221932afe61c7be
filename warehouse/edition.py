"""Editions: complete, checked and immutable copies of the warehouse, and the link to the current one.

An edition is written in a hidden folder, verified, renamed into place and only then made current by replacing one
symbolic link, so a reader meets a whole edition or none. The caller holds the lock of the home. What the
files of an edition hold is said in `warehouse.exports`.
"""

import contextlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb
import polars as pl

from warehouse import catalogue, query, report
from warehouse.catalogue import Table
from warehouse.errors import CommunityPowerError, HomeUnavailable
from warehouse.exports import Build, Content, InputFile, csv, database, datapackage, manifest, parquet
from warehouse.files import TEMPORARY_PREFIX, sha256, sync
from warehouse.home import Home
from warehouse.store import Warehouse
from warehouse.tables import quoted

SOFTWARE = ("duckdb", "polars", "dagster")
EXPORTS: tuple[Callable[[Content, duckdb.DuckDBPyConnection, Path], None], ...] = (
    parquet.write,
    csv.write,
    datapackage.write,
    report.write,
    manifest.write,
)
ID = re.compile(r"(?P<time>\d{8}T\d{6}Z)-\w+")
TIME = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class Edition:
    """An edition as it lies on the disk; `tables` counts the rows of each table."""

    id: str
    path: Path
    built_at: datetime
    run_id: str
    as_of: date
    tables: dict[str, int]

    @classmethod
    def read(cls, path: Path) -> "Edition":
        """Return the edition in a folder; raise `CommunityPowerError` where there is none or it is damaged."""
        try:
            item = json.loads((path / manifest.FILE).read_text("utf-8"))
            return cls(
                id=item["edition_id"],
                path=path,
                built_at=datetime.fromisoformat(item["built_at"]),
                run_id=item["run_id"],
                as_of=date.fromisoformat(item["as_of"]),
                tables=item["tables"],
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommunityPowerError(f"{path} is no edition or is damaged ({error}); run cpower build.") from error


@dataclass(frozen=True)
class Published:
    """What `publish` did: the edition of the tables, and whether it is new."""

    edition: Edition
    is_new: bool


def published_tables() -> tuple[Table, ...]:
    """Return the tables of the table store that an edition holds, in order of name.

    The table that names the edition is not among them: it is written with the edition and says when.
    """
    return tuple(
        table
        for name, table in sorted(catalogue.tables().items())
        if table.is_in_edition and name != database.EDITION_TABLE
    )


def editions(home: Home) -> list[Edition]:
    """Return the editions of a home, oldest first; a folder that is none, or is damaged, is left out."""
    found = []
    for name in _ids(home):
        with contextlib.suppress(CommunityPowerError):
            found.append(Edition.read(home.published / name))
    return found


def find_current(home: Home) -> Edition | None:
    """Return the edition that is current, or None where none has been published or it cannot be read."""
    with contextlib.suppress(CommunityPowerError):
        return current(home)
    return None


def current(home: Home) -> Edition:
    """Return the edition that is current; raise `CommunityPowerError` where there is none or it is damaged."""
    if not home.current.exists():
        raise CommunityPowerError(f"No edition has been published under {home.published}; run cpower build.")
    return Edition.read(home.current.resolve())


def verify(path: Path) -> list[str]:
    """Return what is wrong with the edition in a folder, one sentence each; none when it is as it was published.

    Looks at the checksum of every file, at files that do not belong there, and at the rows of every table in the
    DuckDB file and in Parquet against `edition.json`.
    """
    try:
        edition, expected = Edition.read(path), manifest.read_checksums(path)
    except (CommunityPowerError, OSError, ValueError) as error:
        return [str(error)]
    found = set(manifest.listed(path))
    problems = [f"{name} is missing." for name in sorted(expected.keys() - found)]
    problems += [f"{name} is not part of the edition." for name in sorted(found - expected.keys())]
    problems += [
        f"{name} has changed since it was published."
        for name in sorted(expected.keys() & found)
        if sha256(path / name) != expected[name]
    ]
    # A damaged file may not open at all, and what is wrong with it has been said.
    return problems or _miscounted(edition)


def publish(warehouse: Warehouse, *, force: bool = False) -> Published:
    """Publish the tables of the store as an edition, make it current, and return it.

    The edition that is current stays, and nothing is published, when it is of the same build and verifies, unless
    `force`. An edition of what was known at a date (`warehouse.as_of`) is published beside the others and never made
    current. Raises `CommunityPowerError` where tables have not been built, `ContractBroken` where they do not fit
    the catalogue and `HomeUnavailable` where the home cannot be written; then the current edition stays as it was.
    """
    home = warehouse.home
    build = _build(warehouse)
    is_for_readers = warehouse.as_of is None
    with _explained():
        if not force and (standing := _of_build(home, build, among_all=not is_for_readers)):
            return Published(standing, is_new=is_for_readers and _make_current(home, standing.path))
        home.published.mkdir(parents=True, exist_ok=True)
        _sweep(home)
        content = _content(warehouse, build, _instant(home))
        path = home.published / content.edition_id
        with _part(path) as part:
            with database.written(content, warehouse.tables, part) as reader:
                for export in EXPORTS:
                    export(content, reader, part)
            manifest.write_checksums(part)
            for file in part.rglob("*"):
                if file.is_file():
                    file.chmod(0o444)
                sync(file)
            if problems := verify(part):
                raise CommunityPowerError(f"The new edition is not whole: {' '.join(problems)}")
        try:
            if is_for_readers:
                _make_current(home, path)
        except BaseException:
            if home.current.resolve() != path:
                shutil.rmtree(path, ignore_errors=True)
            raise
    return Published(Edition.read(path), is_new=True)


def _ids(home: Home) -> list[str]:
    """Return the names under `published` that are editions' ids, oldest first."""
    if not home.published.is_dir():
        return []
    return sorted(path.name for path in home.published.iterdir() if ID.fullmatch(path.name))


def _of_build(home: Home, build: Build, *, among_all: bool = False) -> Edition | None:
    """Return the edition of a build that needs no publishing: the current one, or the newest, if it verifies.

    The newest is not the current one where a publish was killed just before the link was replaced. Any edition will
    do (`among_all`) where none is to be made current.
    """
    names = _ids(home) if among_all else _ids(home)[-1:]
    for path in (home.current.resolve(), *(home.published / name for name in reversed(names))):
        with contextlib.suppress(CommunityPowerError):
            edition = Edition.read(path)
            if edition.run_id == build.run_id and not verify(path):
                return edition
    return None


def _build(warehouse: Warehouse) -> Build:
    row = warehouse.tables.read("meta.build").select(field.name for field in fields(Build)).row(0)
    return Build(*row)


def _instant(home: Home) -> datetime:
    """Return the instant that names a new edition: now, or where the clock went back, just after the newest edition."""
    now = datetime.now(UTC).replace(microsecond=0)
    if not (ids := _ids(home)) or not (newest := ID.fullmatch(ids[-1])):
        return now
    return max(now, datetime.strptime(newest["time"], TIME).replace(tzinfo=UTC) + timedelta(seconds=1))


def _content(warehouse: Warehouse, build: Build, built_at: datetime) -> Content:
    tables = published_tables()
    if missing := [table.name for table in tables if not warehouse.tables.path(table.name).exists()]:
        raise CommunityPowerError(f"Not built yet: {', '.join(missing)}. Run cpower build.")
    files = (
        warehouse.tables.read("meta.landed_file")
        .filter(pl.col("is_current"))
        .select("source_id", "file_sha256", "licence_id")
        .sort("source_id", "file_sha256")
    )
    return Content(
        edition_id=f"{built_at:{TIME}}-{build.run_id[:8]}",
        built_at=built_at,
        build=build,
        tables=tables,
        files=tuple(InputFile(*row) for row in files.rows()),
        versions={name: _version(name) for name in SOFTWARE},
    )


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Turn what a disk refuses into `HomeUnavailable`."""
    try:
        yield
    except (OSError, duckdb.IOException) as error:
        raise HomeUnavailable(
            f"No edition can be written; the current one stays as it is. {getattr(error, 'strerror', None) or error}"
        ) from error


@contextlib.contextmanager
def _part(path: Path) -> Iterator[Path]:
    """Yield a hidden folder beside `path` that takes its name on success and is removed otherwise."""
    part = path.with_name(TEMPORARY_PREFIX + path.name)
    part.mkdir()
    try:
        yield part
        sync(part)
        part.rename(path)
        sync(path.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _make_current(home: Home, path: Path) -> bool:
    """Point the link at an edition, in one step, and return whether it pointed elsewhere before."""
    if home.current.resolve() == path.resolve():
        return False
    link = home.published / f"{TEMPORARY_PREFIX}current"
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    link.replace(home.current)
    sync(home.published)
    return True


def _sweep(home: Home) -> None:
    """Remove what a publish that was killed has left."""
    for path in home.published.glob(f"{TEMPORARY_PREFIX}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _miscounted(edition: Edition) -> list[str]:
    """Return a sentence for each table whose rows are not as many as the edition says."""
    problems = []
    with contextlib.closing(query.connect(edition.path)) as reader:
        for name, expected in edition.tables.items():
            table = ".".join(quoted(part) for part in name.split("."))
            file = edition.path / parquet.FOLDER / f"{name}.parquet"
            counted = {
                database.DATABASE: reader.execute(f"select count(*) from {table}").fetchall()[0][0],
                parquet.FOLDER: pl.scan_parquet(file).select(pl.len()).collect().item(),
            }
            problems += [
                f"{name} has {rows:,} rows in {where}, and {expected:,} were published."
                for where, rows in counted.items()
                if rows != expected
            ]
    return problems

"""What the build read, what it kept, what it refused and what it checked: the tables of `meta`."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from hashlib import sha256

import polars as pl

from assets.computed import computed
from assets.factories.recipes import Recipe
from warehouse.catalogue import sources, tables
from warehouse.home import PROJECT
from warehouse.landing import REFERENCE, LandedFile, SourceStatus
from warehouse.store import Warehouse

CODE = ("warehouse/**/*.py", "warehouse/catalogue/**/*.yaml", "assets/**/*.py", "sql/**/*.sql")


def files_read(warehouse: Warehouse) -> list[LandedFile]:
    """Return the files that a build reads, in order of source and checksum."""
    found = [
        file for source in sources().values() if not source.package for file in warehouse.landing.current(source.id)
    ]
    return sorted(found, key=lambda file: (file.source_id, file.sha256))


def landed_sources() -> list[str]:
    """Return the sources whose files are landed, pulled or brought by a person."""
    return [source.id for source in sources().values() if not (source.file or source.package)]


def statuses(warehouse: Warehouse) -> list[SourceStatus]:
    """Return how the last pull of each source went, as known to the build."""
    return [warehouse.landing.status(source_id) for source_id in landed_sources()]


def landed_files(warehouse: Warehouse) -> pl.DataFrame:
    """Return every landed and reference file known to the build, whether it is read and whether it was taken back."""
    landing = warehouse.landing
    read = files_read(warehouse)
    current = {(file.source_id, file.sha256) for file in read}
    landed = [file for source in sources() for file in landing.archive(source)]
    known = {(file.source_id, file.sha256): file for file in [*landed, *read]}
    unlanded = {(source, item.sha256): item for source in sources() for item in landing.unlanded(source)}
    return pl.DataFrame(
        [
            {
                "source_id": file.source_id,
                "file_sha256": file.sha256,
                "file_name": file.file_name,
                "address": file.address or None,
                "final_address": file.final_address or None,
                "http_status": file.status,
                "licence_id": file.licence,
                "file_bytes": file.size,
                "landed_at": file.landed_at.replace(tzinfo=None) if file.landed_at else None,
                "is_current": key in current,
                "unlanded_at": unlanded[key].unlanded_at.replace(tzinfo=None) if key in unlanded else None,
                "unlanded_reason": (unlanded[key].reason or None) if key in unlanded else None,
            }
            for key, file in known.items()
        ],
        schema_overrides={
            "http_status": pl.Int32,
            "landed_at": pl.Datetime("us"),
            "unlanded_at": pl.Datetime("us"),
            "unlanded_reason": pl.String,
        },
        infer_schema_length=None,
    )


@cache
def code_version() -> str:
    """Return the hash of everything that decides what a build makes of its input: code, queries and catalogue."""
    digest = sha256()
    for path in sorted(path for pattern in CODE for path in PROJECT.glob(pattern)):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def reference_as_of() -> date:
    """Return the day on which the reference records were last worked through, as the file beside them says."""
    return date.fromisoformat((REFERENCE / "AS_OF").read_text("utf-8").strip())


def build(warehouse: Warehouse) -> pl.DataFrame:
    """Return the one row that names this build: run_id, as_of, input_hash, code_version.

    It is worked out from the input and the code alone, so that two builds of the same are the same bytes
    (docs/decisions/0001-identity-of-a-build.md). That a source is in trouble is part of the input, since an edition
    says so; when it was last asked is not, or every look at a publisher would make an edition.
    """
    read = files_read(warehouse)
    landed = [file.landed_at.date() for file in read if file.landed_at]
    as_of = warehouse.as_of or max([reference_as_of(), *landed])
    hashed = [f"{file.source_id} {file.sha256}" for file in read]
    hashed += [f"{status.source_id} {status.state}" for status in statuses(warehouse) if status.is_in_trouble]
    input_hash = sha256("\n".join(hashed).encode()).hexdigest()
    composite = " composite" if warehouse.composite else ""
    run_id = sha256(f"{as_of} {input_hash} {code_version()}{composite}".encode()).hexdigest()[:16]
    return pl.DataFrame(
        {"run_id": [run_id], "as_of": [as_of], "input_hash": [input_hash], "code_version": [code_version()]}
    )


def is_of_now(warehouse: Warehouse, run_id: str) -> bool:
    """Return whether a build is of the present input and code, with the composite or without."""
    return any(build(replace(warehouse, composite=on))["run_id"][0] == run_id for on in (False, True))


def source_status(warehouse: Warehouse) -> pl.DataFrame:
    """Return how the last pull of each source went and how old, on the day of knowledge, what it brought is."""
    as_of = build(warehouse)["as_of"][0]

    def instant(at: datetime | None) -> datetime | None:
        return at.replace(tzinfo=None) if at else None

    return pl.DataFrame(
        [
            {
                "source_id": status.source_id,
                "is_pulled": bool(sources()[status.source_id].protocol),
                "state": status.state,
                "last_try_at": instant(status.last_try_at),
                "last_success_at": instant(status.last_success_at),
                "last_change_at": instant(status.last_change_at),
                "age_days": (as_of - status.last_change_at.date()).days if status.last_change_at else None,
                "reason": status.reason or None,
            }
            for status in statuses(warehouse)
        ],
        schema={
            "source_id": pl.String,
            "is_pulled": pl.Boolean,
            "state": pl.String,
            "last_try_at": pl.Datetime("us"),
            "last_success_at": pl.Datetime("us"),
            "last_change_at": pl.Datetime("us"),
            "age_days": pl.Int32,
            "reason": pl.String,
        },
    )


def assembled(table: str, parts: list[str], reads: list[str]) -> Recipe:
    """Return how a table is made whose rows were written as parts when the tables that it `reads` were made."""
    contract = tables()[table]

    def union(warehouse: Warehouse) -> pl.DataFrame:
        return warehouse.tables.union(contract, parts)

    return computed(table, union, reads=reads, always=True)


RECIPES = [
    computed("meta.landed_file", landed_files, sources=landed_sources(), always=True),
    computed("meta.source_status", source_status, sources=landed_sources(), always=True),
    computed("meta.build", build, sources=landed_sources(), always=True),
]

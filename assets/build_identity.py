"""Identity of a build: a hash of its input and its code. Does not import Dagster, so that commands start fast."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from functools import cache
from hashlib import sha256

import polars as pl

from warehouse.catalogue import sources
from warehouse.storage.home import PROJECT
from warehouse.storage.landing import REFERENCE, LandedFile, SourceStatus
from warehouse.storage.workspace import Warehouse

CODE = (
    "warehouse/**/*.py",
    "warehouse/catalogue/**/*.yaml",
    "warehouse/i18n/messages/*",
    "warehouse/report/static/*",
    "warehouse/report/templates/*",
    "assets/**/*.py",
    "sql/**/*.sql",
)


def files_read(warehouse: Warehouse) -> list[LandedFile]:
    """Return the files that a build reads, in order of source and checksum."""
    found = [
        file
        for source in sources().values()
        if not source.package
        for file in warehouse.landing.read_by_builds(source.id)
    ]
    return sorted(found, key=lambda file: (file.source_id, file.sha256))


def landed_sources() -> list[str]:
    """Return the ids of the sources whose files are landed, by a pull or a manual upload."""
    return [source.id for source in sources().values() if not (source.file or source.package)]


def statuses(warehouse: Warehouse) -> list[SourceStatus]:
    """Return the status of the last pull of each landed source."""
    return [warehouse.landing.status(source_id) for source_id in landed_sources()]


@cache
def code_version() -> str:
    """Return the hash of the code, queries and catalogue that the result of a build depends on."""
    digest = sha256()
    for path in sorted(path for pattern in CODE for path in PROJECT.glob(pattern)):
        digest.update(str(path.relative_to(PROJECT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def reference_as_of() -> date:
    """Return the date of the last review of the reference records, from the file `AS_OF`."""
    return date.fromisoformat((REFERENCE / "AS_OF").read_text("utf-8").strip())


def build(warehouse: Warehouse) -> pl.DataFrame:
    """Return one row that identifies this build: run_id, as_of, input_hash, code_version.

    It is computed only from the input and the code, so that two builds of the same input are equal byte for byte
    (docs/decisions/0001-identity-of-a-build.md). The result of the last pull is not part of the input, or every pull
    that fails would make an edition.
    """
    read = files_read(warehouse)
    landed = [file.landed_at.date() for file in read if file.landed_at]
    as_of = warehouse.as_of or max([reference_as_of(), *landed])
    input_hash = sha256("\n".join(f"{file.source_id} {file.sha256}" for file in read).encode()).hexdigest()
    composite = " composite" if warehouse.composite else ""
    run_id = sha256(f"{as_of} {input_hash} {code_version()}{composite}".encode()).hexdigest()[:16]
    return pl.DataFrame(
        {"run_id": [run_id], "as_of": [as_of], "input_hash": [input_hash], "code_version": [code_version()]}
    )


def is_of_now(warehouse: Warehouse, run_ids: Collection[str]) -> bool:
    """Return whether one of the builds has the present input and code, with or without the composite."""
    return any(build(replace(warehouse, composite=on))["run_id"][0] in run_ids for on in (False, True))

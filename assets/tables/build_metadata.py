"""Tables of `meta`: landed files, status of sources, identity of the build, intake and quarantine."""

from datetime import datetime

import polars as pl

from assets.build_identity import build, files_read, landed_sources, statuses
from assets.factories.python_tables import computed
from assets.factories.recipes import Recipe
from warehouse.catalogue import sources, tables
from warehouse.storage.workspace import Warehouse


def landed_files(warehouse: Warehouse) -> pl.DataFrame:
    """Return all landed and reference files, with whether the build reads them and whether they were taken back."""
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


def source_status(warehouse: Warehouse) -> pl.DataFrame:
    """Return the status of the last pull and the last check of each source, with the age in days at the as-of date."""
    checks = {name: warehouse.landing.publisher_check(name) for name in landed_sources()}
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
                "last_checked_at": instant(check.checked_at) if check else None,
                "check_status": check.status if check else None,
                "check_detail": check.detail if check else None,
            }
            for status in statuses(warehouse)
            for check in [checks[status.source_id]]
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
            "last_checked_at": pl.Datetime("us"),
            "check_status": pl.String,
            "check_detail": pl.String,
        },
    )


def assembled(table: str, parts: list[str], reads: list[str]) -> Recipe:
    """Return the recipe of a table whose parts are written when the tables that it `reads` are made."""
    contract = tables()[table]

    def union(warehouse: Warehouse) -> pl.DataFrame:
        return warehouse.tables.union(contract, parts)

    return computed(table, union, reads=reads, always=True)


RECIPES = [
    computed("meta.landed_file", landed_files, sources=landed_sources(), always=True),
    computed("meta.source_status", source_status, sources=landed_sources(), always=True),
    computed("meta.build", build, sources=landed_sources(), always=True),
]

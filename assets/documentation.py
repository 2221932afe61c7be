"""What the Dagster UI shows of a table: taken from the catalogue, never written twice."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import dagster as dg

from warehouse.catalogue import Source, Table

OWNERS = ["team:data"]


def table_asset(
    table: Table, *, deps: Iterable[dg.AssetKey], kinds: set[str], version: str
) -> Callable[[Callable[..., Any]], dg.AssetsDefinition]:
    """Return the decorator that makes the asset of a catalogued table, described as the catalogue describes it."""
    decorator: Callable[[Callable[..., Any]], dg.AssetsDefinition] = dg.asset(
        **_description(table, deps, kinds, version)
    )
    return decorator


def table_spec(table: Table, *, deps: Iterable[dg.AssetKey], kinds: set[str], version: str) -> dg.AssetSpec:
    """Return the description of one of several tables that one asset makes."""
    return dg.AssetSpec(**_description(table, deps, kinds, version))


def _description(table: Table, deps: Iterable[dg.AssetKey], kinds: set[str], version: str) -> dict[str, Any]:
    return {
        "key": dg.AssetKey(table.name.split(".")),
        "deps": sorted(deps, key=lambda key: tuple(key.path)),
        "group_name": table.schema_name,
        "kinds": kinds,
        "owners": OWNERS,
        "description": table.summary,
        "code_version": version,
        "metadata": {"dagster/column_schema": column_schema(table), "dagster/table_name": table.name},
    }


def column_schema(table: Table) -> dg.TableSchema:
    """Return the columns of a table as the UI shows them, with descriptions and constraints."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=f"{column.description} Unit: {column.unit}." if column.unit else column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def source_key(source: Source) -> dg.AssetKey:
    """Return the key of the asset that stands for a source: `reference/<id>` or `landing/<id>`."""
    return dg.AssetKey(["reference" if source.file or source.package else "landing", source.id])


def source_spec(source: Source) -> dg.AssetSpec:
    """Return the asset that stands for a source in the graph: where staging starts."""
    where = "Files of the project" if source.file else "A data package" if source.package else "Landed files"
    where += ", pulled from the publisher" if source.protocol else ""
    return dg.AssetSpec(
        key=source_key(source),
        group_name=source_key(source).path[0],
        description=f"{source.title}. {where}; {source.attribution}",
        kinds={*source.formats[:2], *(["http"] if source.protocol else [])},
        owners=OWNERS,
        metadata={
            "publisher": source.publisher,
            "landing page": dg.MetadataValue.url(source.landing_page),
            "licence": source.licence,
            "cadence": source.cadence,
            **({"protocol": source.protocol} if source.protocol else {}),
        },
    )


def version_of(*texts: str) -> str:
    """Return a code version: the start of the SHA-256 of the texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]

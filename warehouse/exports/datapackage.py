"""The edition as a Data Package, version 2 (https://datapackage.org): `datapackage.json`.

It describes the CSV and Parquet files with types, keys, constraints, licences, sources and checksums, and is the
same for the same build. Parquet files have their types themselves, and Frictionless 5, which reads them by way of
pandas, mistakes some: so a Parquet resource has no `bytes` (any number of them is called wrong), and its lists and its
integers that may be null are of the type `any` (they arrive as arrays and floating-point numbers).
"""

import json
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Column, Source, Table
from warehouse.exports import Content, csv, described, parquet
from warehouse.files import sha256
from warehouse.tables import quoted

FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
FIELD_TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "number",
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "VARCHAR[]": "list",
}
DESCRIPTION = (
    "Public indicators and curated practice records on community power, by local authority of the United Kingdom. "
    "An unknown value is empty and has a state that says why; it is never zero. "
    "In the CSV files a text that a spreadsheet would run as a formula has an apostrophe in front "
    "(a text that begins with = + - @, a tab or a line end and is no number); the Parquet files have it as published."
)


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `datapackage.json` over the CSV and Parquet files that stand in the folder."""
    as_of = content.build.as_of
    package = {
        "$schema": PROFILE,
        "name": "community-power",
        "title": "Community Power",
        "description": DESCRIPTION,
        "version": f"{as_of.year}.{as_of.month}.{as_of.day}+{content.build.run_id[:8]}",
        "licenses": [{"name": licence.id, "title": licence.title, "path": licence.url} for licence in content.licences],
        "sources": [_source(source) for source in content.sources],
        "resources": [
            resource
            for table in content.tables
            for resource in (_csv(database, table, folder), _parquet(table, folder))
        ],
    }
    (folder / FILE).write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _source(source: Source) -> dict[str, str]:
    return {
        "title": source.title,
        "path": source.landing_page,
        "publisher": source.publisher,
        "licence": source.licence,
        "attribution": source.attribution,
    }


def _csv(database: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> dict[str, Any]:
    path = f"{csv.FOLDER}/{table.name}.csv"
    empty_texts = _with_empty_text(database, table)
    return {
        "name": table.name,
        "type": "table",
        "description": table.summary,
        "path": path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"header": True, "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        "bytes": (folder / path).stat().st_size,
        "hash": f"sha256:{sha256(folder / path)}",
        "schema": _schema(
            [_csv_field(column, is_full=column.name not in empty_texts) for column in table.columns],
            () if empty_texts & set(table.key) else table.key,
            missing_values=[""],
        ),
    }


def _parquet(table: Table, folder: Path) -> dict[str, Any]:
    path = f"{parquet.FOLDER}/{table.name}.parquet"
    return {
        "name": f"{table.name}.parquet",
        "type": "table",
        "description": table.summary,
        "path": path,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "hash": f"sha256:{sha256(folder / path)}",
        "schema": _schema([_parquet_field(column) for column in table.columns], table.key, missing_values=[]),
    }


def _with_empty_text(database: duckdb.DuckDBPyConnection, table: Table) -> set[str]:
    """Return the text columns that hold an empty text, which CSV cannot tell from a null."""
    texts = [column.name for column in table.columns if column.type in ("VARCHAR", "VARCHAR[]")]
    if not texts:
        return set()
    tests = ", ".join(f"bool_or(length({quoted(name)}) = 0)" for name in texts)
    found = database.execute(f"select {tests} from {table.name}").fetchall()[0]
    return {name for name, is_empty in zip(texts, found, strict=True) if is_empty}


def _schema(fields: list[dict[str, Any]], key: tuple[str, ...], *, missing_values: list[str]) -> dict[str, Any]:
    return {"fields": fields, **({"primaryKey": list(key)} if key else {}), "missingValues": missing_values}


def _csv_field(column: Column, *, is_full: bool) -> dict[str, Any]:
    """Return the field of a column in CSV; `is_full` tells that no cell of a column without nulls is empty."""
    field = _field(column, is_required=is_full and not column.nullable)
    if column.type == "VARCHAR[]":
        field |= {"delimiter": csv.LIST_SEPARATOR, "itemType": "string"}
    return field


def _parquet_field(column: Column) -> dict[str, Any]:
    field = _field(column, is_required=not column.nullable)
    is_mistaken = column.type == "VARCHAR[]" or (column.nullable and FIELD_TYPES[column.type] == "integer")
    return field | ({"type": "any"} if is_mistaken else {})


def _field(column: Column, *, is_required: bool) -> dict[str, Any]:
    field = {"name": column.name, "type": FIELD_TYPES[column.type], "description": described(column)}
    constraints: dict[str, Any] = {"required": True} if is_required else {}
    if column.values:
        constraints["enum"] = list(column.values)
    return field | ({"constraints": constraints} if constraints else {})

"""Writes `datapackage.json`: Data Package version 2 (https://datapackage.org).

It describes the CSV and Parquet files with types, keys, constraints, licences, sources and checksums, and lists the
other forms. Frictionless 5 reads Parquet through pandas and misreads some types. For that reason a Parquet resource has
no `bytes` (any number is reported as wrong), and its lists and nullable integers have the type `any` (they arrive as
arrays and floating-point numbers).
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Column, Licence, Source, Table
from warehouse.exports import MEDIA_TYPES, Content, csv, described, els, graphml, hexmap, parquet, workbook

FILE = "datapackage.json"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
# Files that are not tables with one header: they are described as files, without a schema.
FILES = {form.FILE: form.DESCRIPTION for form in (workbook, hexmap, graphml)}
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
    "A locality is the area of one local authority. "
    "An unknown value is empty, never zero. Its state gives the reason. "
    "In the CSV files, a text that a spreadsheet would run as a formula (it starts with = + - @, a tab or a line end "
    "and is not a number) has an apostrophe in front; the Parquet files have it as published."
)


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `datapackage.json` for the files in the folder."""
    package = {
        "$schema": PROFILE,
        "id": content.address or f"community-power-{content.edition_id}",
        "name": "community-power",
        "created": content.built_at.isoformat(timespec="seconds"),
        "title": "Community Power",
        "description": DESCRIPTION,
        "version": content.version,
        **({"homepage": content.public_url} if content.public_url else {}),
        "licenses": _licences(content.licences),
        "sources": [_source(source) for source in content.sources],
        "resources": [
            resource
            for table in content.tables
            for form in (_csv(content, database, table, folder), _parquet(content, table, folder))
            for resource in [form | _own_licences(content, database, table)]
        ]
        + [_els(content, folder)]
        + [
            _file(content, folder / path, description)
            for path, description in FILES.items()
            if (folder / path).exists()
        ],
    }
    (folder / FILE).write_text(json.dumps(package, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _licences(found: Iterable[Licence]) -> list[dict[str, str]]:
    return [{"name": licence.id, "title": licence.title, "path": licence.url} for licence in found]


def _own_licences(content: Content, database: duckdb.DuckDBPyConnection, table: Table) -> dict[str, Any]:
    """Return the licences of a resource if they are not those of the package."""
    found = content.licences_of(database, table)
    return {"licenses": _licences(found)} if found and found != content.licences else {}


def _source(source: Source) -> dict[str, str]:
    return {
        "title": source.title,
        "path": source.landing_page,
        "publisher": source.publisher,
        "licence": source.licence,
        "attribution": source.attribution,
    }


def _csv(content: Content, database: duckdb.DuckDBPyConnection, table: Table, folder: Path) -> dict[str, Any]:
    empty = csv.with_empty_text(database, table)
    fields = [_csv_field(column, is_full=column.name not in empty) for column in table.columns]
    key = () if empty & set(table.key) else table.key
    path = f"{csv.FOLDER}/{table.name}.csv"
    schema = _schema(fields, key, missing_values=[""])
    return _csv_resource(content, table.name, table.summary, folder / path, path, schema)


def _els(content: Content, folder: Path) -> dict[str, Any]:
    fields = [_csv_field(column, is_full=True) for column in els.COLUMNS]
    schema = _schema(fields, els.KEY, missing_values=[""])
    return _csv_resource(content, "explore-local-statistics", els.DESCRIPTION, folder / els.FILE, els.FILE, schema)


def _csv_resource(
    content: Content, name: str, description: str, file: Path, path: str, schema: dict[str, Any]
) -> dict[str, Any]:
    return {
        "name": name,
        "type": "table",
        "description": description,
        "path": path,
        "format": "csv",
        "mediatype": MEDIA_TYPES[".csv"],
        "encoding": "utf-8",
        "dialect": {"header": True, "delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
        **_measured(content, file),
        "schema": schema,
    }


def _file(content: Content, file: Path, description: str) -> dict[str, Any]:
    return {
        "name": file.name,
        "description": description,
        "path": file.name,
        "format": file.suffix.removeprefix("."),
        "mediatype": MEDIA_TYPES[file.suffix],
        **_measured(content, file),
    }


def _measured(content: Content, file: Path) -> dict[str, Any]:
    return {"bytes": file.stat().st_size, "hash": f"sha256:{content.shared.digest(file)}"}


def _parquet(content: Content, table: Table, folder: Path) -> dict[str, Any]:
    path = f"{parquet.FOLDER}/{table.name}.parquet"
    return {
        "name": f"{table.name}.parquet",
        "type": "table",
        "description": table.summary,
        "path": path,
        "format": "parquet",
        "mediatype": MEDIA_TYPES[".parquet"],
        "hash": f"sha256:{content.shared.digest(folder / path)}",
        "schema": _schema([_parquet_field(column) for column in table.columns], table.key, missing_values=[]),
    }


def _schema(fields: list[dict[str, Any]], key: tuple[str, ...], *, missing_values: list[str]) -> dict[str, Any]:
    return {"fields": fields, **({"primaryKey": list(key)} if key else {}), "missingValues": missing_values}


def _csv_field(column: Column, *, is_full: bool) -> dict[str, Any]:
    """Return the field of a column in CSV; `is_full` is true if a column without nulls has no empty cell."""
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

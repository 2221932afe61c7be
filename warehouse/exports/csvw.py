"""Writes `csv/csv-metadata.json`: CSV on the Web (https://www.w3.org/TR/tabular-metadata/).

One table group with the file name that the standard expects beside CSV files. It has types, keys, required columns,
descriptions, licences and sources. A list is a cell with a separator. A column with listed values has them as the
pattern of its type.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import Column, Licence, Source
from warehouse.exports import Content, csv, described

FILE = f"{csv.FOLDER}/csv-metadata.json"
CONTEXT = ["http://www.w3.org/ns/csvw", {"@language": "en"}]
# Without this setting, the standard reads a line that starts with "#" as a comment.
DIALECT = {
    "encoding": "utf-8",
    "header": True,
    "delimiter": ",",
    "quoteChar": '"',
    "doubleQuote": True,
    "lineTerminators": ["\r\n"],
    "commentPrefix": None,
}
DATATYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "dateTime",
    "VARCHAR[]": "string",
}
# Special characters of ECMAScript regular expressions, which the standard uses; no others may be escaped.
_SIGNS = re.compile(r"[\\^$.*+?()\[\]{}|]")


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `csv/csv-metadata.json` for the tables in CSV."""
    group = {
        "@context": CONTEXT,
        "dc:title": "Community Power",
        "dc:hasVersion": content.version,
        **terms(content.licences, content.sources),
        "dialect": DIALECT,
        "tables": [
            described_table(
                f"{table.name}.csv",
                table.summary,
                table.columns,
                table.key,
                empty=csv.with_empty_text(database, table),
            )
            for table in content.tables
        ],
    }
    write_json(folder / FILE, group)


def terms(licences: Iterable[Licence], sources: Iterable[Source]) -> dict[str, Any]:
    """Return licences and sources as Dublin Core terms."""
    return {
        "dc:license": [{"@id": licence.url} for licence in licences],
        "dc:source": [{"@id": source.landing_page, "dc:title": source.title} for source in sources],
    }


def described_table(
    url: str, description: str, columns: Iterable[Column], key: tuple[str, ...], *, empty: Iterable[str] = ()
) -> dict[str, Any]:
    """Return the description of a CSV file.

    Columns in `empty` have empty texts, so their cells may be empty although none is null.
    """
    schema: dict[str, Any] = {"columns": [_column(column, is_full=column.name not in empty) for column in columns]}
    # Cells of a key must not be empty.
    if not set(empty) & set(key):
        schema["primaryKey"] = list(key)
    return {"url": url, "dc:description": description, "tableSchema": schema}


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a JSON object as indented UTF-8."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", "utf-8")


def base(datatype: str | dict[str, str]) -> str:
    """Return the name of a type, given with or without a format."""
    return datatype if isinstance(datatype, str) else datatype["base"]


def _column(column: Column, *, is_full: bool) -> dict[str, Any]:
    item: dict[str, Any] = {
        "name": column.name,
        "titles": column.name,
        "dc:description": described(column),
        "datatype": DATATYPES[column.type],
    }
    if column.values:
        item["datatype"] = {
            "base": DATATYPES[column.type],
            "format": "|".join(_SIGNS.sub(r"\\\g<0>", value) for value in column.values),
        }
    if column.type == "VARCHAR[]":
        item["separator"] = csv.LIST_SEPARATOR
    return item | ({"required": True} if is_full and not column.nullable else {})

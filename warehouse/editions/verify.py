"""Verifies that an edition is unchanged since it was published, and that its forms have the same content.

Files are verified first: each must exist with the SHA-256 in `SHA256SUMS`. If all files are undamaged, their content is
compared: columns, types, keys and listed values with the edition's own descriptions, all rows of every table in its
three forms, and the checksums in the descriptions. This finds damage and mistakes, not forgery: anyone who can write an
edition can also write its checksums.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from warehouse.catalogue import Column
from warehouse.exports import csv, csvw, datapackage, dcat, els, manifest, parquet
from warehouse.exports.shared import Shared
from warehouse.query import DATABASE, EDITION_FILE, EDITION_TABLE
from warehouse.storage import duckdb_connection, resources
from warehouse.storage.atomic_files import sha256
from warehouse.storage.file_records import FileRecord
from warehouse.storage.table_store import literal, quoted

DICTIONARY = "meta.dictionary"
VALUE = "locality_code as area, metric_id, value, state"
ELS_VALUE = "areacd as area, metric_id, cast(observation as double) as value, state"
# Fields that identify the edition in the DuckDB file and in `edition.json`.
IDENTITY = ("edition_id", "version", "run_id", "input_hash", "code_version")


class DatabaseTable(NamedTuple):
    """A table of the DuckDB file: columns with types, not-null columns, and key columns."""

    types: dict[str, str]
    required: set[str]
    key: set[str]


class Fingerprint(NamedTuple):
    """Number of rows, and a hash that does not depend on the order of rows."""

    rows: int
    number: int


def changed(path: Path, recorded: Mapping[str, FileRecord]) -> list[str]:
    """Return the differences between an edition and its record, one sentence each.

    Files with the recorded size and modification time are not read.
    """

    def digest(file: Path) -> str | None:
        known = recorded.get(file.relative_to(path).as_posix())
        with contextlib.suppress(OSError):
            if known and known.is_as_recorded(file):
                return known.sha256
        return _digest(file)

    expected = {name: item.sha256 for name, item in recorded.items() if name != manifest.CHECKSUMS}
    with contextlib.suppress(OSError, ValueError):
        if manifest.read_checksums(path) == expected:
            return _damaged_files(path, expected, digest)
    return [f"{manifest.CHECKSUMS} has changed since the edition was published."]


def verify(path: Path, shared: Shared | None = None) -> list[str]:
    """Return the problems of the edition in a folder, one sentence each; an empty list if there are none.

    Verifies the checksum of every file, and that there are no other files. If these are correct, compares the rows,
    columns, types, keys and listed values of the DuckDB file, Parquet, CSV, `els.csv`, `edition.json`, `meta.edition`,
    `meta.dictionary`, `datapackage.json`, `csv-metadata.json` and `dcat.jsonld`.

    `shared` are the files of an edition that has just been written: their hashes are known, and tables in files shared
    with the previous edition were compared then.
    """
    try:
        said = _json(path / EDITION_FILE)
        counts = {str(name): int(rows) for name, rows in said["tables"].items()}
        expected = manifest.read_checksums(path)
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        return [f"{path} is not an edition or is damaged ({error}). Run cpower build."]
    if problems := _damaged_files(path, expected, shared.digest if shared else _digest):
        return problems
    try:
        size = sum(file.stat().st_size for file in (path / parquet.FOLDER).iterdir())
        config: duckdb_connection.Config = {"temp_directory": "", "threads": resources.threads(size)}
        with contextlib.closing(duckdb_connection.connect(config=config)) as reader:
            reader.execute(f"attach {literal(path / DATABASE)} as edition (read_only)")
            reader.execute("use edition")
            return [
                *_checksum_mismatches(path, expected),
                *_edition_mismatches(reader, said),
                *_inconsistencies(reader, path, counts, shared or Shared()),
            ]
    except (duckdb.Error, OSError, ValueError, KeyError, TypeError) as error:
        return [f"Cannot read the content of {path}: {error}"]


def _json(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _damaged_files(path: Path, expected: dict[str, str], digest: Callable[[Path], str | None]) -> list[str]:
    found = set(manifest.listed(path))
    return [
        *(f"{name} is missing." for name in sorted(expected.keys() - found)),
        *(f"{name} is not part of the edition." for name in sorted(found - expected.keys())),
        *(
            f"{name} has changed since it was published."
            for name in sorted(expected.keys() & found)
            if digest(path / name) != expected[name]
        ),
    ]


def _digest(file: Path) -> str | None:
    """Return the SHA-256 of a file, or None if it is not a readable file."""
    with contextlib.suppress(OSError):
        return sha256(file) if file.is_file() else None
    return None


def _checksum_mismatches(path: Path, expected: dict[str, str]) -> Iterator[str]:
    """Yield a sentence for each file whose checksum in a description differs from `SHA256SUMS`."""
    package = {item["path"]: item["hash"] for item in _json(path / datapackage.FILE)["resources"]}
    portal = {
        item["dcterms:title"]: item["spdx:checksum"]["spdx:checksumValue"]["@value"]
        for item in _json(path / dcat.FILE)["dcat:distribution"]
    }
    told = {datapackage.FILE: {name: said.removeprefix("sha256:") for name, said in package.items()}, dcat.FILE: portal}
    for where, digests in told.items():
        for name, digest in sorted(digests.items()):
            # A file without a checksum in SHA256SUMS differs too.
            if digest != expected.get(name):
                yield f"The checksum of {name} in {where} differs from {manifest.CHECKSUMS}."


def _edition_mismatches(reader: duckdb.DuckDBPyConnection, said: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence if the DuckDB file and `edition.json` identify different editions."""
    values = reader.execute(f"select {', '.join(IDENTITY)} from {EDITION_TABLE}").fetchall()
    if values != [tuple(said[name] for name in IDENTITY)]:
        yield f"{DATABASE} and {EDITION_FILE} are from different editions."


def _inconsistencies(
    reader: duckdb.DuckDBPyConnection, path: Path, counts: dict[str, int], shared: Shared
) -> Iterator[str]:
    held = _database_tables(reader)
    told = _dictionary(reader) if DICTIONARY in held else {}
    resources = {item["name"]: item.get("schema") for item in _json(path / datapackage.FILE)["resources"]}
    web = {item["url"]: item["tableSchema"] for item in _json(path / csvw.FILE)["tables"]}
    for name in sorted(held.keys() ^ counts.keys()):
        yield f"{name} is only in {DATABASE if name in held else EDITION_FILE}."
    for name in sorted(held.keys() & counts.keys()):
        if f"{name}.csv" not in web or not {name, f"{name}.parquet"} <= resources.keys():
            yield f"{name} is missing from {datapackage.FILE} or {csvw.FILE}."
            continue
        table = held[name]
        in_csv, in_parquet = (path / form.FOLDER / f"{name}.{form.FOLDER}" for form in (csv, parquet))
        told_of = {DICTIONARY: (told.get(name, {}), _columns(*table))} if told else {}
        schemas = (resources[name], resources[f"{name}.parquet"], web[in_csv.name])
        told_of |= _descriptions(table, _header(in_csv), _types(reader, in_parquet), *schemas)
        odd = [
            f"{name}.{column} is {told_there.get(column, 'absent')} in {where}, and {meant.get(column, 'absent')} "
            f"in {DATABASE}."
            for where, (told_there, meant) in told_of.items()
            for column in sorted(told_there.keys() | meant.keys())
            if told_there.get(column) != meant.get(column)
        ]
        new = [file for file in (in_csv, in_parquet) if not shared.is_of_same(file.relative_to(path).as_posix())]
        yield from odd or _row_mismatches(reader, name, counts[name], new, table)
        # If a form is shared with the previous edition, the rows were tested for that edition.
        if odd or len(new) == 2:
            yield from _broken_rules(reader, name, resources[f"{name}.parquet"], table)
    if els.VALUES in counts:
        rows, listed = _count(reader, _els(path)), _count(reader, els.LISTED)
        # Editions of previous versions list every row, and have no breakdowns.
        is_whole = rows == counts[els.VALUES]
        if rows != listed and not is_whole:
            yield f"{els.FILE} has {rows:,} rows, and {els.VALUES} {listed:,} to list."
        elif _is_other(reader, path, held[els.VALUES], els.VALUES if is_whole else els.LISTED):
            yield f"The values of {els.FILE} differ from {els.VALUES}."


def _is_other(reader: duckdb.DuckDBPyConnection, path: Path, values: DatabaseTable, listed: str) -> bool:
    """Return whether the values of `els.csv` differ from the listed rows; previous editions have no breakdowns."""
    part = ", breakdown" if "breakdown" in values.types else ""
    exported = _fingerprint(reader, f"select {ELS_VALUE}{part} from {_els(path)}")
    return exported != _fingerprint(reader, f"select {VALUE}{part} from {listed}")


def _database_tables(reader: duckdb.DuckDBPyConnection) -> dict[str, DatabaseTable]:
    """Return the tables of the DuckDB file by name, without views and `meta.edition`, which have no other form."""
    columns = reader.execute(
        "select schema_name || '.' || table_name, column_name, data_type, is_nullable from duckdb_columns() "
        "where database_name = 'edition' "
        "and table_oid in (select table_oid from duckdb_tables() where database_name = 'edition') "
        "order by schema_name, table_name, column_index"
    ).fetchall()
    keys = reader.execute(
        "select schema_name || '.' || table_name, constraint_column_names from duckdb_constraints() "
        "where database_name = 'edition' and constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    held: dict[str, DatabaseTable] = {}
    for name, column, kind, is_nullable in columns:
        table = held.setdefault(name, DatabaseTable({}, set(), set()))
        table.types[column] = kind
        table.required.update(() if is_nullable else (column,))
    for name, key in keys:
        held[name].key.update(key)
    held.pop(EDITION_TABLE, None)
    return held


def _dictionary(reader: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Return the columns of each table as described in the edition's dictionary."""
    rows = reader.execute(
        f"select table_name, column_name, type, not is_nullable, is_key from {DICTIONARY} "
        "order by table_name, column_number"
    ).fetchall()
    return {
        name: _columns(
            {column: kind for _, column, kind, _, _ in items},
            {column for _, column, _, is_required, _ in items if is_required},
            {column for _, column, _, _, is_key in items if is_key},
        )
        for name, items in ((name, list(items)) for name, items in groupby(rows, key=itemgetter(0)))
    }


def _descriptions(
    table: DatabaseTable,
    header: list[str],
    parquet_types: dict[str, str],
    csv_schema: dict[str, Any],
    parquet_schema: dict[str, Any],
    web_schema: dict[str, Any],
) -> dict[str, tuple[dict[str, str], dict[str, str]]]:
    """Return (found, expected) columns of a table by the name of each description."""
    plain = dict.fromkeys(table.types, "")
    required, key = _constraints(csv_schema)
    return {
        f"{parquet.FOLDER}/": (_columns(parquet_types), _columns(table.types)),
        f"{csv.FOLDER}/": (_columns(dict.fromkeys(header, "")), _columns(plain)),
        f"{datapackage.FILE} for {parquet.FOLDER}/": (
            _columns(
                dict.fromkeys((field["name"] for field in parquet_schema["fields"]), ""), *_constraints(parquet_schema)
            ),
            _columns(plain, table.required, table.key),
        ),
        f"{datapackage.FILE} for {csv.FOLDER}/": (
            _columns({field["name"]: field["type"] for field in csv_schema["fields"]}),
            _columns({column: datapackage.FIELD_TYPES[kind] for column, kind in table.types.items()}),
        ),
        # CSV cannot distinguish an empty text from a null, so both descriptions must agree on required columns.
        csvw.FILE: (
            _columns(
                {column["name"]: csvw.base(column["datatype"]) for column in web_schema["columns"]},
                {column["name"] for column in web_schema["columns"] if column.get("required")},
                set(web_schema.get("primaryKey", ())),
            ),
            _columns({column: csvw.DATATYPES[kind] for column, kind in table.types.items()}, required, key),
        ),
    }


def _columns(types: Mapping[str, str], required: Set[str] = frozenset(), key: Set[str] = frozenset()) -> dict[str, str]:
    """Return a description of each column as text, for comparison."""
    return {
        name: ", ".join(
            [f"column {number}"]
            + [kind] * bool(kind)
            + ["never null"] * (name in required)
            + ["part of the key"] * (name in key)
        )
        for number, (name, kind) in enumerate(types.items(), 1)
    }


def _constraints(schema: dict[str, Any]) -> tuple[set[str], set[str]]:
    """Return the required columns and the key columns of a schema of the Data Package."""
    required = {field["name"] for field in schema["fields"] if field.get("constraints", {}).get("required")}
    return required, set(schema.get("primaryKey", ()))


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return file.readline().rstrip("\r\n").split(",")


def _types(reader: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    described = reader.execute(f"describe from read_parquet({literal(path)})").fetchall()
    return {name: kind for name, kind, *_ in described}


def _row_mismatches(
    reader: duckdb.DuckDBPyConnection, name: str, expected: int, files: list[Path], table: DatabaseTable
) -> Iterator[str]:
    """Yield a sentence for each form in CSV or Parquet whose rows differ in number or content."""
    columns = [Column(name=column, type=kind, description="") for column, kind in table.types.items()]  # type: ignore[arg-type]
    # CSV cannot distinguish an empty text from a null.
    cells = ", ".join(
        f"coalesce(cast({csv.cell(column)} as varchar), '') as {quoted(column.name)}" for column in columns
    )
    texts = ", ".join(f"coalesce({quoted(column.name)}, '') as {quoted(column.name)}" for column in columns)
    forms = {
        parquet.FOLDER: lambda file: (f"from read_parquet({literal(file)})", f"from {_table(name)}"),
        csv.FOLDER: lambda file: (
            f"select {texts} from {_csv(file, table.types)}",
            f"select {cells} from {_table(name)}",
        ),
    }
    found = {}
    for file in sorted(files, reverse=True):
        form, meant = (_fingerprint(reader, rows) for rows in forms[file.parent.name](file))
        found[f"{file.parent.name}/"] = (form, meant)
    counted = {DATABASE: _count(reader, _table(name)), **{where: form.rows for where, (form, _) in found.items()}}
    miscounted = [
        f"{name} has {rows:,} rows in {where}, and {expected:,} were published."
        for where, rows in counted.items()
        if rows != expected
    ]
    yield from miscounted or (
        f"The rows of {name} in {where} differ from {DATABASE}."
        for where, (form, meant) in found.items()
        if form != meant
    )


def _fingerprint(reader: duckdb.DuckDBPyConnection, rows: str) -> Fingerprint:
    """Return the number of rows, and a hash that does not depend on their order."""
    (counted,) = reader.execute(f"select count(*), sum(cast(hash(found) as hugeint)) from ({rows}) as found").fetchall()
    return Fingerprint(counted[0], int(counted[1] or 0))


def _table(name: str) -> str:
    return ".".join(map(quoted, name.split(".")))


def _csv(path: Path, columns: Iterable[str]) -> str:
    """Return the SQL that reads a CSV file as texts."""
    types = ", ".join(f"{quoted(column)}: 'VARCHAR'" for column in columns)
    return (
        f"read_csv({literal(path)}, auto_detect = false, header = true, delim = ',', quote = '\"', escape = '\"', "
        f"columns = {{{types}}})"
    )


def _els(path: Path) -> str:
    return _csv(path / els.FILE, (column.name for column in els.COLUMNS))


def _count(reader: duckdb.DuckDBPyConnection, relation: str) -> int:
    return int(reader.execute(f"select count(*) from {relation}").fetchall()[0][0])


def _broken_rules(
    reader: duckdb.DuckDBPyConnection, name: str, schema: dict[str, Any], table: DatabaseTable
) -> Iterator[str]:
    """Yield the rules of its schema that the rows of a table break: key, required columns, listed values.

    Rules that DuckDB enforces are not tested again.
    """
    required, key = _constraints(schema)
    tests = {}
    if key and key != table.key:
        tests[f"{name} repeats a key in {{:,}} rows."] = f"count(*) - count(distinct ({', '.join(map(quoted, key))}))"
    for column in sorted(required - table.required):
        tests[f"{name}.{column} is null in {{:,}} rows."] = f"count(*) - count({quoted(column)})"
    for field in schema["fields"]:
        if listed := field.get("constraints", {}).get("enum"):
            values = ", ".join(map(literal, listed))
            sentence = f"{name}.{field['name']} has a value that is not listed in {{:,}} rows."
            tests[sentence] = f"count(*) filter ({quoted(field['name'])} not in ({values}))"
    found = reader.execute(f"select {', '.join(tests.values())} from {_table(name)}").fetchall()[0] if tests else ()
    yield from (sentence.format(rows) for sentence, rows in zip(tests, found, strict=True) if rows)

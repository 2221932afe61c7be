"""Files that describe the edition: `edition.json`, `README.txt` and `SHA256SUMS`."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb

from warehouse.exports import Content
from warehouse.query import EDITION_FILE
from warehouse.storage.atomic_files import sha256

CHECKSUMS = "SHA256SUMS"
# Descriptions in the README of each file and folder that the edition has.
FILES = {
    "community_power.duckdb": "all tables with keys and comments; open it read-only with DuckDB 1.2 or newer",
    "parquet/": "the same tables, one Parquet file each",
    "csv/": "the same tables, one CSV file each; csv-metadata.json describes them (CSV on the Web)",
    "els.csv": "values and published statuses in the columns of Explore Local Statistics; "
    "els.csv-metadata.json describes it",
    "community-power.xlsx": "the main figures as an accessible workbook; the sheet Notes explains the shorthand",
    "localities-hexmap.geojson": "the localities as hexagons, with headline measures; a grid, not real boundaries",
    "partner-network.graphml": "organisations named together in the practice register, for graph tools",
    "report/": "the report: open index.html (English) or cy/index.html (Welsh) in a browser; no server needed",
    "datapackage.json": "Data Package: columns, keys, licences and sources of the tables",
    "dcat.jsonld": "description of the edition for data portals (DCAT)",
    "CHANGES.md": "changes since the previous edition, and why",
    "edition.json": "input, code version, software versions, licences and attributions of this edition",
    "SHA256SUMS": "checksums of all other files; check them with sha256sum -c SHA256SUMS or cpower verify",
}
WRITTEN_HERE = ("edition.json", CHECKSUMS)
README = """\
Community Power, version {version}, edition {edition_id}

Public indicators and curated practice records on community power, by local authority of the United Kingdom.
As-of date: {as_of}. A locality is the area of one local authority.
{address}
{files}

Queries to start with, in DuckDB:

List the tables:         from en.tables;
Describe the columns:    select column_name, comment from duckdb_columns() where table_name = 'dim_locality';
Identify the edition:    from meta.edition;

An unknown value is null, never zero. Its state gives the reason. In the CSV files, a text that a spreadsheet would run
as a formula starts with an apostrophe; the other files have the text as published.

{warnings}Attribution
{attributions}
{share_alike}"""


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `edition.json` and `README.txt`."""
    passed, failed = database.execute(
        "select count(*) filter (is_passed), count(*) filter (not is_passed) from meta.check_result"
    ).fetchall()[0]
    edition = {
        "edition_id": content.edition_id,
        "version": content.release.version,
        "version_why": list(content.release.why),
        "previous": content.release.previous,
        **content.release.moved,
        "sign_off": content.release.sign_off,
        "built_at": content.built_at.isoformat(timespec="seconds"),
        "run_id": content.build.run_id,
        "as_of": content.build.as_of.isoformat(),
        "input_hash": content.build.input_hash,
        "code_version": content.build.code_version,
        "versions": content.versions,
        "tables": {
            table.name: database.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            for table in content.tables
        },
        "checks": {"passed": passed, "failed": failed},
        "warnings": list(content.warnings),
        **content.facts,
        "licences": [{"id": licence.id, "title": licence.title, "url": licence.url} for licence in content.licences],
        "attributions": [
            {
                "source_id": source.id,
                "title": source.title,
                "publisher": source.publisher,
                "licence": source.licence,
                "attribution": source.attribution,
            }
            for source in content.sources
        ],
    }
    (folder / EDITION_FILE).write_text(json.dumps(edition, ensure_ascii=False, indent=2) + "\n", "utf-8")
    readme = README.format(
        edition_id=content.edition_id,
        version=content.version,
        as_of=content.build.as_of,
        address=f"Published at {content.address}\n" if content.address else "",
        files="\n".join(
            f"{name:26} {what}" for name, what in FILES.items() if name in WRITTEN_HERE or (folder / name).exists()
        ),
        warnings="".join(["Warnings\n", *(f"- {text}\n" for text in content.warnings), "\n"])
        if content.warnings
        else "",
        attributions="\n".join(
            f"- {source.title} ({source.licence}): {source.attribution}" for source in content.sources
        ),
        share_alike=f"\nShare-alike\n{notice}\n" if (notice := content.share_alike_notice(database)) else "",
    )
    (folder / "README.txt").write_text(readme, "utf-8")


def listed(folder: Path) -> list[str]:
    """Return the files and symbolic links under a folder, except `SHA256SUMS`, as sorted relative paths."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    files = (path.relative_to(folder).as_posix() for path in found)
    return sorted(path for path in files if path != CHECKSUMS)


def write_checksums(folder: Path, digest: Callable[[Path], str] = sha256) -> None:
    """Write `SHA256SUMS` in the format of `sha256sum -c`; `digest` returns the SHA-256 of a file."""
    (folder / CHECKSUMS).write_text(_checksums({path: digest(folder / path) for path in listed(folder)}), "utf-8")


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the checksums of `SHA256SUMS` by relative path; raise `ValueError` if its format has changed."""
    text = (folder / CHECKSUMS).read_text("utf-8")
    found = {path: digest for digest, path in (line.split("  ", 1) for line in text.splitlines())}
    if text != _checksums(found):
        raise ValueError(f"{CHECKSUMS} has been changed: it is not in the format that a build writes")
    return found


def _checksums(files: dict[str, str]) -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in files.items())

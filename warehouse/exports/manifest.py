"""What the edition says of itself: `edition.json`, `README.txt` and `SHA256SUMS`."""

import json
from collections.abc import Callable
from pathlib import Path

import duckdb

from warehouse.exports import Content
from warehouse.query import EDITION_FILE
from warehouse.storage.atomic_files import sha256

CHECKSUMS = "SHA256SUMS"
# What the README says of each file and folder of an edition, where it is there.
FILES = {
    "community_power.duckdb": "every table with keys and comments; DuckDB 1.2 or newer opens it, read-only",
    "parquet/": "the same tables, one file each",
    "csv/": "the same tables, one file each; csv-metadata.json describes them (CSV on the Web)",
    "els.csv": "values and published statuses in the columns of Explore Local Statistics; "
    "els.csv-metadata.json describes it",
    "community-power.xlsx": "the figures as an accessible workbook; its sheet Notes explains the shorthand",
    "localities-hexmap.geojson": "the localities as hexagons, with headline measures; a grid, not geography",
    "partner-network.graphml": "who is named together in the practice register, for graph tools",
    "report/": "the report: index.html in English, cy/index.html in Welsh; both open without a server",
    "datapackage.json": "Data Package with columns, keys, licences and sources",
    "dcat.jsonld": "the edition for data portals (DCAT)",
    "CHANGES.md": "what is otherwise than in the edition before",
    "edition.json": "what this edition was built from, with which software, and the words to print beside it",
    "SHA256SUMS": "checksums of every other file: sha256sum -c SHA256SUMS, or cpower verify",
}
WRITTEN_HERE = ("edition.json", CHECKSUMS)
README = """\
Community Power, version {version}, edition {edition_id}

Public indicators and curated practice records on community power, by local authority of the United Kingdom,
as known on {as_of}.

{files}

What there is to read:   from en.tables;
What a column says:      select column_name, comment from duckdb_columns() where table_name = 'dim_locality';
Which edition this is:   from meta.edition;

An unknown value is null and its state says why; it is never zero. In the CSV files a text that a spreadsheet would
run as a formula has an apostrophe in front; the other files have it as published.

{warnings}Attribution
{attributions}
"""


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
        files="\n".join(
            f"{name:26} {what}" for name, what in FILES.items() if name in WRITTEN_HERE or (folder / name).exists()
        ),
        warnings="".join(["Warnings\n", *(f"- {text}\n" for text in content.warnings), "\n"])
        if content.warnings
        else "",
        attributions="\n".join(f"- {source.title}: {source.attribution}" for source in content.sources),
    )
    (folder / "README.txt").write_text(readme, "utf-8")


def listed(folder: Path) -> list[str]:
    """Return what lies under a folder and is no folder, but `SHA256SUMS`, as sorted relative paths."""
    found = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    files = (path.relative_to(folder).as_posix() for path in found)
    return sorted(path for path in files if path != CHECKSUMS)


def write_checksums(folder: Path, digest: Callable[[Path], str] = sha256) -> None:
    """Write `SHA256SUMS` over every other file, as `sha256sum -c` reads it; `digest` returns that of a file."""
    (folder / CHECKSUMS).write_text(_checksums({path: digest(folder / path) for path in listed(folder)}), "utf-8")


def read_checksums(folder: Path) -> dict[str, str]:
    """Return the checksums of `SHA256SUMS` by relative path; raise `ValueError` where it is not as it was written."""
    text = (folder / CHECKSUMS).read_text("utf-8")
    found = {path: digest for digest, path in (line.split("  ", 1) for line in text.splitlines())}
    if text != _checksums(found):
        raise ValueError(f"{CHECKSUMS} is not as it was written")
    return found


def _checksums(files: dict[str, str]) -> str:
    return "".join(f"{digest}  {path}\n" for path, digest in files.items())

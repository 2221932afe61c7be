"""Parsers of the indices of deprivation by small area of the four nations.

Each nation's index has its own staging table with the published ranks, deciles and scores. Indices are not compared or
combined here. The `parse_` functions read the rows of a file; `assets.ingest.whole_index` refuses an incomplete index.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl

from assets.factories.staging import staging_tables
from assets.ingest.headings import printed, require_rows, table_of
from assets.ingest.obs_status import unescaped
from assets.ingest.parser import Parser, catalogued, one_table
from assets.ingest.tabular import frame, is_workbook, read_csv, read_grids, tidy
from assets.ingest.validation import SOURCE_ROW, Intake, admit, columns_of, quarantine
from assets.ingest.whole_index import require_whole
from warehouse.errors import RefusedFile

WIMD2025, IOD2025, SIMD2020, NIMDM2017 = "wimd2025", "iod2025", "simd2020", "nimdm2017"
STATSWALES_WIMD2025 = "statswales_wimd2025"
WIMD_TABLE, IOD_TABLE, SIMD_TABLE, NIMDM_TABLE = (
    f"staging.{index}__small_area" for index in (WIMD2025, IOD2025, SIMD2020, NIMDM2017)
)

WIMD_RANKS = {
    "LSOA code": "small_area_code",
    "LSOA name (Eng)": "small_area_name",
    "Local Authority name (Eng)": "local_authority_name",
    "WIMD 2025": "overall_rank",
    "Income": "income_rank",
    "Employment": "employment_rank",
    "Health": "health_rank",
    "Education": "education_rank",
    "Access to Services": "access_rank",
    "Housing": "housing_rank",
    "Community Safety": "community_safety_rank",
    "Physical Environment": "physical_environment_rank",
}
WIMD_BANDS = {
    "LSOA code": "small_area_code",
    "WIMD 2025 overall rank": "overall_rank_beside_bands",
    "WIMD 2025 overall decile": "overall_decile",
    "WIMD 2025 overall quintile": "overall_quintile",
    "WIMD 2025 overall quartile": "overall_quartile",
    "WIMD 2025 overall deprivation group": "overall_group",
}

WIMD_OBSERVATION = {
    "Data values": "value",
    "Data description": "description",
    "Area code": "small_area_code",
    "Area name": "small_area_name",
    "Domain": "domain",
}
# StatsWales prints each rank, decile and so on as a separate observation; bands of domains are not kept.
WIMD_MEASURES = {
    ("rank", "wimd"): "overall_rank",
    ("decile", "wimd"): "overall_decile",
    ("quintile", "wimd"): "overall_quintile",
    ("quartile", "wimd"): "overall_quartile",
    **{("rank", tidy(domain)): name for domain, name in WIMD_RANKS.items() if name.endswith("_rank")},
}

IOD_DOMAINS = {
    "Index of Multiple Deprivation (IMD) Score": "overall",
    "Income Score (rate)": "income",
    "Employment Score (rate)": "employment",
    "Education, Skills and Training Score": "education",
    "Health Deprivation and Disability Score": "health",
    "Crime Score": "crime",
    "Barriers to Housing and Services Score": "barriers",
    "Living Environment Score": "living_environment",
    "Income Deprivation Affecting Children Index (IDACI) Score (rate)": "idaci",
    "Income Deprivation Affecting Older People (IDAOPI) Score (rate)": "idaopi",
    "Children and Young People Sub-domain Score": "children_young_people",
    "Adult Skills Sub-domain Score": "adult_skills",
    "Geographical Barriers Sub-domain Score": "geographical_barriers",
    "Wider Barriers Sub-domain Score": "wider_barriers",
    "Indoors Sub-domain Score": "indoors",
    "Outdoors Sub-domain Score": "outdoors",
}
IOD_AREAS = {
    "LSOA code (2021)": "small_area_code",
    "LSOA name (2021)": "small_area_name",
    "Local Authority District code (2024)": "local_authority_code",
    "Local Authority District name (2024)": "local_authority_name",
}
IOD_PERSONS = {
    "Total population: mid 2022": "population_persons",
    "Dependent Children aged 0-15: mid 2022": "population_0_to_15_persons",
    "Older population aged 60 and over: mid 2022": "population_60_plus_persons",
    "Working age population 18-66 (for use with Employment Deprivation Domain): mid 2022": (
        "population_18_to_66_persons"
    ),
}
# The publisher truncates headings after 79 characters; a heading shorter than this is not a truncated one.
CUT_HEADING = 60

SIMD_REQUIRED = {
    "datazone": "small_area_code",
    "councilarea": "council_area_name",
    "rank": "overall_rank",
    "incomedomainrank": "income_rank",
    "employmentdomainrank": "employment_rank",
    "healthdomainrank": "health_rank",
    "educationdomainrank": "education_rank",
    "accessdomainrank": "access_rank",
    "crimedomainrank": "crime_rank",
    "housingdomainrank": "housing_rank",
}
SIMD_OPTIONAL = {
    "intermediatezone": "intermediate_zone_name",
    "totalpopulation": "population_persons",
    "workingagepopulation": "population_working_age_persons",
    "percentile": "overall_percentile",
    "vigintile": "overall_vigintile",
    "decile": "overall_decile",
    "quintile": "overall_quintile",
}


NIMDM_RANKS = {
    "SOA2001": "small_area_code",
    "Multiple Deprivation Measure Rank (where 1 is most deprived)": "overall_rank",
    "Income Domain Rank (where 1 is most deprived)": "income_rank",
    "Employment Domain Rank (where 1 is most deprived)": "employment_rank",
    "Health Deprivation and Disability Domain Rank (where 1 is most deprived)": "health_rank",
    "Education, Skills and Training Domain Rank (where 1 is most deprived)": "education_rank",
    "Access to Services Domain Rank (where 1 is most deprived)": "access_rank",
    "Living Environment Domain Rank (where 1 is most deprived)": "living_environment_rank",
    "Crime and Disorder Domain Rank (where 1 is most deprived)": "crime_rank",
}
NIMDM_NAMES = {"SOA2001_name": "small_area_name", "LGD2014NAME": "local_authority_name"}


def parse_wimd2025(content: bytes) -> Intake:
    """Return the small areas of the Welsh Index of Multiple Deprivation 2025.

    Reads the official ODS (or XLSX), with the published decile, quintile, quartile and group, or the CSV form of its
    rank sheet, in which these are null. Sheets are found by their headings. A row whose rank differs between the two
    sheets is quarantined. Raises `RefusedFile` if no sheet has the ranks, or a workbook has no sheet of bands.
    """
    sheets = read_grids(WIMD2025, content)
    grid, header = table_of(sheets, list(WIMD_RANKS))
    rows, refused = frame(grid, header, WIMD_RANKS)
    rows_in = grid.rows_below(header)
    banded = [name for name in WIMD_BANDS.values() if name != "small_area_code"]
    if not is_workbook(content):
        rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in banded)
        return admit(rows, WIMD_TABLE, refused, rows_in=rows_in)
    bands, _ = frame(*table_of(sheets, list(WIMD_BANDS)), WIMD_BANDS)
    code, rank = pl.col("small_area_code").str.strip_chars(), pl.col("overall_rank").str.strip_chars()
    bands = bands.with_columns(code).unique("small_area_code", keep="none").drop(SOURCE_ROW)
    rows = rows.with_columns(code).join(bands, "small_area_code", "left", maintain_order="left")
    differs = (rank != pl.col("overall_rank_beside_bands").str.strip_chars()).fill_null(False)
    disagreeing = [
        (row[SOURCE_ROW], "the rank differs between the two sheets", row)
        for row in rows.filter(differs).iter_rows(named=True)
    ]
    refused = pl.concat([refused, quarantine(disagreeing)])
    return admit(rows.filter(~differs), WIMD_TABLE, refused, rows_in=rows_in)


def parse_iod2025(content: bytes) -> Intake:
    """Return the small areas of the English Indices of Deprivation 2025, File 7 (56 columns, CSV).

    One heading of the official file is truncated, so a long heading may match by its beginning; the headings of the
    local authority columns may have any year. Raises `RefusedFile` if a column is missing.
    """
    grid, header = table_of([read_csv(IOD2025, content)], ["LSOA code (2021)"])
    published = grid.rows[header]
    columns = {_as_printed(heading, published): name for heading, name in file_7_columns().items()}
    rows, refused = frame(grid, header, columns)
    return admit(rows, IOD_TABLE, refused, rows_in=grid.rows_below(header))


def parse_simd2020(content: bytes) -> Intake:
    """Return the data zones of the Scottish Index of Multiple Deprivation 2020v2.

    Reads the official workbook (sheet "SIMD 2020v2 ranks", found by its headings) or its CSV form. The prefixes of the
    headings vary (`SIMD2020v2_`, `SIMD_2020v2_`, `SIMD2020_`) and are ignored; population, bands and zone name are null
    in forms without them. Raises `RefusedFile` if a rank, the data zone or the council area is missing.
    """
    sheets = read_grids(SIMD2020, content)
    for grid in sheets:
        for index, row in enumerate(grid.rows[:30]):
            columns = {_bare(cell): cell for cell in row}
            if SIMD_REQUIRED.keys() <= columns.keys():
                wanted = {columns[key]: name for key, name in (SIMD_REQUIRED | SIMD_OPTIONAL).items() if key in columns}
                require_rows(grid, index)
                rows, refused = frame(grid, index, wanted)
                absent = [name for key, name in SIMD_OPTIONAL.items() if key not in columns]
                rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in absent)
                return admit(rows, SIMD_TABLE, refused, rows_in=grid.rows_below(index))
    raise RefusedFile(
        SIMD2020,
        "the columns Data_Zone, Council_area, SIMD2020v2_Rank and the seven domain ranks",
        printed(sheets),
    )


def parse_nimdm2017(content: bytes) -> Intake:
    """Return the super output areas of the Northern Ireland Multiple Deprivation Measure 2017.

    Reads the official workbook (sheet "MDM", found by its headings, some of which have line breaks) or its CSV form.
    Names of area and district are null in forms without them. Raises `RefusedFile` if the code or a rank is missing.
    """
    grid, header = table_of(read_grids(NIMDM2017, content), list(NIMDM_RANKS))
    headings = {tidy(cell) for cell in grid.rows[header]}
    names = {heading: name for heading, name in NIMDM_NAMES.items() if tidy(heading) in headings}
    rows, refused = frame(grid, header, NIMDM_RANKS | names)
    absent = NIMDM_NAMES.keys() - names.keys()
    rows = rows.with_columns(pl.lit(None, pl.String).alias(NIMDM_NAMES[heading]) for heading in absent)
    return admit(rows, NIMDM_TABLE, refused, rows_in=grid.rows_below(header))


def parse_statswales_wimd2025(content: bytes) -> Intake:
    """Return the small areas of the Welsh Index of Multiple Deprivation 2025 from StatsWales (CSV).

    StatsWales has an observation for each rank and band of an area, which are combined into one row; `source_row` is
    that of the overall rank. Bands of domains, deprivation groups and areas other than LSOAs are left out; the local
    authority is not published and is null. An area with two values for one measure, and a row with an invalid area
    code, are quarantined. Raises `RefusedFile` if a column is missing.
    """
    grid, header = table_of([read_csv(STATSWALES_WIMD2025, content)], list(WIMD_OBSERVATION), within=1)
    rows, refused = frame(grid, header, WIMD_OBSERVATION)
    rows = rows.with_columns(unescaped(pl.col(pl.String)).str.strip_chars())
    is_area = pl.col("small_area_code").str.contains(r"^W\d{8}$")
    unknown = [(row[SOURCE_ROW], "the area code is none", row) for row in rows.filter(~is_area).iter_rows(named=True)]
    found: dict[str, dict[str, Any]] = {}
    twice: dict[str, str] = {}
    for row in rows.filter(is_area & pl.col("small_area_code").str.starts_with("W01")).iter_rows(named=True):
        name = WIMD_MEASURES.get((tidy(row["description"]), tidy(row["domain"])))
        if name is None:
            continue
        code = row["small_area_code"]
        area = found.setdefault(code, {key: row[key] for key in (SOURCE_ROW, "small_area_code", "small_area_name")})
        if name in area:
            twice[code] = f"has two values for {name}"
        # Formatted values have a thousands comma.
        area[name] = re.sub(r"^(\d),(\d{3})$", r"\1\2", row["value"])
        if name == "overall_rank":
            area[SOURCE_ROW] = row[SOURCE_ROW]
    schema = {name: pl.String for name in columns_of(WIMD_TABLE)} | {SOURCE_ROW: pl.Int64}
    kept = pl.DataFrame([area for code, area in found.items() if code not in twice], schema=schema)
    ambiguous = [(area[SOURCE_ROW], twice[code], area) for code, area in found.items() if code in twice]
    listed = len(found) + len(unknown) + refused.height
    refused = pl.concat([refused, quarantine(unknown), quarantine(ambiguous)])
    return admit(kept, WIMD_TABLE, refused, rows_in=listed)


def file_7_columns() -> dict[str, str]:
    """Return the 56 published headings of File 7, in order, with the columns of the contract."""
    columns = dict(IOD_AREAS)
    for score, name in IOD_DOMAINS.items():
        domain = re.sub(r" Score( \(rate\))?$", "", score)
        columns[score] = f"{name}_score"
        columns[f"{domain} Rank (where 1 is most deprived)"] = f"{name}_rank"
        columns[f"{domain} Decile (where 1 is most deprived 10% of LSOAs)"] = f"{name}_decile"
    return columns | IOD_PERSONS


def _as_printed(heading: str, published: Iterable[str]) -> str:
    """Return the published heading that equals `heading`, is its beginning, or differs only in the year in brackets."""
    wanted = tidy(heading)
    stem = re.sub(r"\(\d{4}\)$", "(", wanted)
    for cell in published:
        found = tidy(cell)
        is_cut = len(found) >= CUT_HEADING and wanted.startswith(found)
        is_other_year = "district" in wanted and re.sub(r"\(\d{4}\)$", "(", found) == stem
        if found == wanted or is_cut or is_other_year:
            return cell
    return heading


def _bare(heading: str) -> str:
    """Return the letters and digits of a SIMD heading, without the prefix of the index."""
    return re.sub(r"^simd2020(v2)?", "", re.sub(r"[^a-z0-9]", "", heading.lower()))


def index_parser(source_id: str, table: str, parse: Callable[[bytes], Intake]) -> Parser:
    """Return the parser of an index of deprivation, which refuses an incomplete index."""

    def parse_whole(content: bytes) -> Intake:
        return require_whole(source_id, table, parse(content))

    return one_table(table, parse_whole, *catalogued("sources*.yaml"))


PARSERS: dict[str, Parser] = {
    source_id: index_parser(source_id, table, parse)
    for source_id, table, parse in (
        (WIMD2025, WIMD_TABLE, parse_wimd2025),
        (STATSWALES_WIMD2025, WIMD_TABLE, parse_statswales_wimd2025),
        (IOD2025, IOD_TABLE, parse_iod2025),
        (SIMD2020, SIMD_TABLE, parse_simd2020),
        (NIMDM2017, NIMDM_TABLE, parse_nimdm2017),
    )
}
RECIPES = staging_tables(PARSERS)

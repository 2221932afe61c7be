"""Official files put together again from the real figures in ../shared/data, where the file itself is not to hand."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
needs_real_files = pytest.mark.skipif(not DATA.exists(), reason="the real files of ../shared/data are not here")
# Real files of Explore Local Statistics, by source.
ELS = {
    "els_participation": "participation-survey-2023-24/engagement-with-culture-and-heritage.csv",
    "els_wellbeing": "personal-wellbeing/personal-wellbeing-estimates.csv",
    "els_library_walk": "social-infrastructure/library-walk.csv",
    "els_museums": "social-infrastructure/museums.csv",
    "els_sports_facilities": "social-infrastructure/sports-facilities.csv",
}
SIMD_HEADINGS = (
    "Data_Zone,Intermediate_Zone,Council_area,Total_population,SIMD2020v2_Rank,SIMD_2020v2_Percentile,"
    "SIMD2020v2_Vigintile,SIMD2020v2_Decile,SIMD2020v2_Quintile,SIMD2020v2_Income_Domain_Rank,"
    "SIMD2020_Employment_Domain_Rank,SIMD2020_Health_Domain_Rank,SIMD2020_Education_Domain_Rank,"
    "SIMD2020_Access_Domain_Rank,SIMD2020_Crime_Domain_Rank,SIMD2020_Housing_Domain_Rank"
)
NIMDM_HEADINGS = (
    "LGD2014NAME",
    "2015 Default Urban/Rural ",
    "SOA2001",
    "SOA2001_name",
    "Multiple Deprivation Measure Rank \n(where 1 is most deprived)",
    "Income Domain Rank \n(where 1 is most deprived)",
    "Employment Domain Rank (where 1 is most deprived)",
    "Health Deprivation and Disability Domain Rank (where 1 is most deprived)",
    "Education, Skills and Training Domain Rank (where 1 is most deprived)",
    "Access to Services Domain Rank (where 1 is most deprived)",
    "Living Environment Domain Rank (where 1 is most deprived)",
    "Crime and Disorder Domain Rank (where 1 is most deprived)",
)
LOOK_UP_HEADINGS = {
    "lsoa21_to_ward24_to_lad24_england_wales.csv": "LSOA21NM,LSOA21CD,WD24NM,WD24CD,LAD24NM,LAD24CD",
    "lsoa11_to_lad21_england_wales.csv": "LSOA11NM,LSOA11CD,LAD21NM,LAD21CD",
}


def workbook(**sheets):
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name.replace("_", " "))
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return content.getvalue()


def rebuilt_file_7():
    """File 7 put together again: its heading and first five rows as published, the rest from the cleaned copy.

    Supplementary indices, sub-domains and populations are not in that copy and stay blank.
    """
    published = (DATA / "deprivation" / "File_7_IoD2025_raw_first5.csv").read_text("utf-8-sig").splitlines()
    first = pl.read_csv(io.StringIO("\n".join(published)), infer_schema=False)
    areas = pl.read_csv(DATA / "geography" / "lsoa21_to_ward24_to_lad24_england_wales.csv", infer_schema=False)
    cleaned = pl.read_csv(DATA / "deprivation" / "iod2025_england_lsoa21.csv", infer_schema=False)
    rest = cleaned.filter(~pl.col("lsoa21_code").is_in(first["LSOA code (2021)"].implode())).join(areas, "lsoa21_code")
    known = dict(zip(first.columns[:4], ["lsoa21_code", "lsoa21_name", "ltla24_code", "ltla24_name"], strict=True))
    domains = ["IMD", "Income", "Employment", "Education", "Health", "Crime", "Housing_and_Services", "Environment"]
    parts = [f"{domain}_{part}" for domain in domains for part in ("score", "rank", "decile")]
    known |= dict(zip(first.columns[4:28], parts, strict=True))
    rebuilt = rest.select(
        (pl.col(known[heading]) if heading in known else pl.lit("")).alias(heading) for heading in first.columns
    )
    body = rebuilt.write_csv(include_header=False)
    return ("\ufeff" + "\n".join(published) + "\n" + body).encode()


def simd_rows():
    """The official rank sheet put together again: its headings, with ranks and council names from two real files.

    Populations and bands are not in those files and stay blank.
    """
    ranks = pl.read_csv(DATA / "deprivation" / "simd2020v2_scotland_dz11.csv", infer_schema=False)
    zones = pl.read_csv(DATA / "geography" / "dz11_to_iz11_to_ca20_scotland.csv", infer_schema=False)
    domains = ["Income", "Employment", "Health", "Education", "Access", "Crime", "Housing"]
    rows = [
        [row["dz11_code"], row["iz11_name"], row["ltla20_name"], "", int(row["IMD_rank"]), "", "", "", ""]
        + [float(row[f"{domain}_rank"]) for domain in domains]
        for row in ranks.join(zones, "dz11_code").iter_rows(named=True)
    ]
    return [SIMD_HEADINGS.split(","), *rows]


def rebuilt_simd_workbook():
    """The workbook of the rank sheet, below which it has notes."""
    return workbook(Notes=[["Scottish Index of Multiple Deprivation 2020v2"], []], SIMD_2020v2_ranks=simd_rows())


def nimdm_rows():
    """The measures of NIMDM17_SOAresults.xls put together again, with ranks and districts from two real files.

    Names of areas and whether they are urban are not in those files and stay blank.
    """
    ranks = pl.read_csv(DATA / "deprivation" / "nimdm2017_ni_soa01.csv", infer_schema=False)
    districts = pl.read_csv(DATA / "geography" / "soa01_to_lgd14_ni.csv", infer_schema=False)
    domains = ["IMD", "Income", "Employment", "Health", "Education", "Access", "Environment", "Crime"]
    rows = [
        [row["lgd14_name"], "", row["soa01_code"], "", *(int(row[f"{domain}_rank"]) for domain in domains)]
        for row in ranks.join(districts, "soa01_code", maintain_order="left").iter_rows(named=True)
    ]
    return [list(NIMDM_HEADINGS), *rows]


def rebuilt_nimdm_workbook(*, with_names=True):
    """The sheets of NIMDM17_SOAresults.xls, as XLSX."""
    names = slice(0, None) if with_names else slice(2, None)
    measure = [row[names] for row in nimdm_rows()]
    return workbook(Metadata=[["Made up"]], MDM=measure, Income=[[*NIMDM_HEADINGS[:4], NIMDM_HEADINGS[5]]])


def rebuilt_ni_look_up():
    """The look-up of NISRA from super output areas to districts, as XLSX: real figures below the official headings."""
    districts = pl.read_csv(DATA / "geography" / "soa01_to_lgd14_ni.csv", infer_schema=False)
    headings = ["SOA2001", "LGD2014", "LGD2014NAME"]
    return workbook(**{"SOA2001 2 LGD2014": [["Super output areas"], [], headings, *districts.rows()]})


def rebuilt_look_ups() -> dict[str, bytes]:
    """The look-ups of ONS by file name; those to hand have their columns renamed, so the headings are put back."""
    return {
        name: re.sub("^.*", heading, (DATA / "geography" / name).read_text("utf-8"), count=1).encode()
        for name, heading in LOOK_UP_HEADINGS.items()
    }


def real_files() -> Iterator[tuple[str, str, bytes]]:
    """Every real file that can be landed, as source, file name and content."""
    yield "iod2025", "File_7.csv", rebuilt_file_7()
    wimd = "wimd2025_index_and_domain_ranks_by_small_area.ods"
    yield "wimd2025", wimd, (DATA / "wimd" / wimd).read_bytes()
    yield "simd2020", "SIMD_2020_Ranks.xlsx", rebuilt_simd_workbook()
    yield "nimdm2017", "NIMDM17_SOAresults.xlsx", rebuilt_nimdm_workbook()
    yield "scotpho_shs", "scotpho_shs_2022.csv", (DATA / "surveys" / "scotpho_shs_2022_council_areas.csv").read_bytes()
    for source_id, name in ELS.items():
        yield source_id, Path(name).name, (DATA / "els" / name).read_bytes()
    for name, content in rebuilt_look_ups().items():
        yield "ons_area_lookup", name, content
    funding = DATA / "funding"
    yield "threesixtygiving_covid2020", "grants_data.json", (funding / "covid2020" / "grants_data.json").read_bytes()
    for path in ("arts_council_wales/Arts-Council-of-Wales.csv", "trafford/trafford_grants_current.json"):
        yield "threesixtygiving", Path(path).name, (funding / path).read_bytes()
    pair = funding / "golden_pair" / "a001p00000zgyHZAAY.xlsx"
    yield "threesixtygiving", pair.name, pair.read_bytes()

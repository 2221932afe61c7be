"""The queries that place awards, run on made-up awards of every kind and on the real files."""

import datetime as dt
import hashlib
import json
import shutil
import unicodedata

import polars as pl
import pytest

from assets.factories.checks import with_file_names
from assets.factories.run_metadata import FIRST_COLUMNS
from assets.sources.geography.areas import parse_area_lookup, postcodes_named, read_postcode_directory
from assets.sources.reference.records import csv_parser
from assets.tables.award_lookups import award_place_names, national_infrastructure_funders, recipient_rules
from tests.support.award_files import awards_of, places_of
from tests.support.sample_files import DATA, needs_real_files, rebuilt_look_ups
from warehouse.catalogue import ROOT, tables
from warehouse.lineage import SQL_ROOT, queries, reads
from warehouse.storage.table_store import Tables

REFERENCE = ROOT.parent / "reference"
RECORDS = {
    "locality": "localities.csv",
    "locality_succession": "locality_successions.csv",
    "locality_alias": "locality_aliases.csv",
    "place_fund_award": "place_fund_awards.csv",
    "place_fund_coverage": "place_fund_coverage.csv",
    "covid_award": "covid_awards_2020.csv",
    "covid_award_summary": "covid_awards_2020_by_locality.csv",
}
AWARD_TABLES = (
    "core.bridge_area_locality",
    "core.bridge_place_name",
    "core.award_location_place",
    "core.fct_award_place",
    "core.award_repeat",
    "core.award_net",
    "core.award_recipient",
    "core.award_funder",
    "core.award_nation_wide",
    "core.fct_award",
    "core.award_outcome",
    "core.bridge_award_locality",
    "core.fct_award_summary",
    "core.fct_place_fund_coverage",
)
CARDIFF, NEWPORT, SHEFFIELD, LEEDS, MEDWAY = "W06000015", "W06000022", "E08000039", "E08000035", "E06000035"

# Made up for these tests; the codes are real, and the look-up says where the small areas and the ward lie.
LOOK_UP = b"LSOA21CD,WD24CD,LAD24CD\nE01012049,E05009861,E06000002\nE01033264,E05001363,E08000019\n"
DATA_ZONE = ("S01012682", "S12000029")
NOWHERE = "unallocated"
AS_OF = dt.date(2026, 11, 22)
SHARES = "core.bridge_award_locality as b inner join core.fct_award as a on a.award_key = b.award_key"
PLACES = "core.fct_award_place as p inner join core.fct_award as a on a.award_key = p.award_key"
FUNDER = [{"id": "GB-CHC-1", "name": "Made-up funder"}]


def group(**fields):
    return [{"id": "GB-COH-1", "name": "Made-up group", "postalCode": "cf101ep"} | fields]


def code(geo, kind="UA"):
    return {"geoCode": geo, "geoCodeType": kind, "countryCode": "GB"}


def at(*places):
    return {"beneficiaryLocation": list(places)}


# Each award with the locality and the rule by which it is placed, on the best basis.
PLACED = {
    "authority": (at(code(NEWPORT)), NEWPORT, "local_authority_code"),
    "swapped": (at({"geoCode": "Unitary Authorities", "geoCodeType": NEWPORT}), NEWPORT, "swapped_code"),
    "retired": (at(code("E08000019", "MD")), SHEFFIELD, "local_authority_code"),
    "small area": (at(code("E01012049", "LSOA")), "E06000002", "small_area"),
    "small area of a retired code": (at(code("E01033264", "LSOA")), SHEFFIELD, "small_area"),
    "data zone": (at(code(DATA_ZONE[0], "DZ")), "S12000029", "small_area"),
    "ward": (at(code("E05009861", "WD")), "E06000002", "ward"),
    "delivery postcode": (at({"postalCode": "S1 1AA"}), SHEFFIELD, "postcode"),
    "name": (at({"name": "  YNYS MON "}), "W06000001", "name"),
    "path": (at({"name": "England/Yorkshire and the Humber/West Yorkshire/Leeds"}), LEEDS, "name"),
    "former name": (at({"name": "England/South West/Somerset/West Somerset"}), "E06000066", "name"),
    "locality and nation": (at({"name": "England"}, code(LEEDS, "MD")), LEEDS, "local_authority_code"),
    "nation code": (at(code("W92000004", "CTRY")), NOWHERE, "nation_wide"),
    "region code": (at(code("E12000007", "RGN")), NOWHERE, "nation_wide"),
    "nation name": (at({"name": "UK Whole"}), NOWHERE, "nation_wide"),
    "region path": (at({"name": "England/London/More than one London Borough"}), NOWHERE, "nation_wide"),
    "abroad": (at({"name": "Boston", "countryCode": "US"}), NOWHERE, "nation_wide"),
    "scope": ({"beneficiaryLocation": [code(NEWPORT)], "locationScope": "GLS030"}, NOWHERE, "nation_wide"),
    "local scope": ({"locationScope": "GLS060"}, CARDIFF, "recipient_postcode"),
    "county": (at(code("E10000003", "CTY")), NOWHERE, "upper_tier"),
    "county path": (at({"name": "East - Suffolk"}), NOWHERE, "upper_tier"),
    "unknown code": (at(code("E05999999", "WD") | {"name": "Lincoln"}), NOWHERE, "unresolved_code"),
    "code with its name": (at(code(f"{NEWPORT} (Newport)")), NEWPORT, "local_authority_code"),
    "code in an address": (
        {"beneficiaryLocation": [code(f"http://statistics.data.gov.uk/id/statistical-geography/{LEEDS}")]},
        LEEDS,
        "local_authority_code",
    ),
    "code as a name": (at({"name": f"Leeds {LEEDS}"}), LEEDS, "swapped_code"),
    "several codes": (at(code(f"{NEWPORT}; {LEEDS}")), NOWHERE, "unresolved_code"),
    "several codes on lines": (at(code(f"{NEWPORT}\n{LEEDS}")), NOWHERE, "unresolved_code"),
    "code and another name": (at(code(f"{NEWPORT}; Leeds")), NOWHERE, "unresolved_code"),
    "spaced code": (at(code("W 06000022")), NOWHERE, "unresolved_code"),
    "old code": (at(code("00DA", "LAD")), NOWHERE, "unresolved_code"),
    "cut code": (at(code("W0600022")), NOWHERE, "unresolved_code"),
    "code in small letters": (at(code(f" {LEEDS.lower()} ")), LEEDS, "local_authority_code"),
    "code in brackets": (at(code(f"Leeds [{LEEDS}]")), LEEDS, "local_authority_code"),
    "longer code": (at(code(f"{LEEDS}0")), NOWHERE, "unresolved_code"),
    "code within a word": (at(code(f"X{LEEDS}")), NOWHERE, "unresolved_code"),
    "name before a code": (at(code(f"Sheffield | {LEEDS}")), NOWHERE, "unresolved_code"),
    "code of a region of Europe": (at(code("UKI")), NOWHERE, "unresolved_code"),
    "dash for a code": (at(code("-")), CARDIFF, "recipient_postcode"),
    "code of another scheme": (at(code("937", "UTLA")), NOWHERE, "unresolved_code"),
    "type alone": (at({"geoCodeType": "UA", "countryCode": "GB"}), CARDIFF, "recipient_postcode"),
    "no code, as text": (at(code("N/A")), CARDIFF, "recipient_postcode"),
    "country as a code": (at(code("GB", "Country")), CARDIFF, "recipient_postcode"),
    "cut code and postcode": (at(code("E0800039") | {"postalCode": "S1 1AA"}), SHEFFIELD, "postcode"),
    "cut code and name": (at(code("E0800035") | {"name": "Leeds"}), LEEDS, "name"),
    "cut code and county": (at(code("E1000003", "CTY") | {"name": "East - Suffolk"}), NOWHERE, "upper_tier"),
    "cut code and nation": (at(code("W9200004", "CTRY") | {"name": "Wales"}), NOWHERE, "nation_wide"),
    "cut code abroad": (at({"geoCode": "US-MA", "countryCode": "US"}), NOWHERE, "nation_wide"),
    "cut code and unknown name": (at(code("00DA") | {"name": "Splott"}), NOWHERE, "unresolved_code"),
    "cut code and unknown postcode": (at(code("00DA") | {"postalCode": "ZZ99 9ZZ"}), NOWHERE, "unresolved_code"),
    "unknown name": (at({"name": "Splott"}), CARDIFF, "recipient_postcode"),
    "country alone": (at({"countryCode": "GB"}), CARDIFF, "recipient_postcode"),
    "no place": ({}, CARDIFF, "recipient_postcode"),
    "no place and no postcode": (
        {"recipientOrganization": [{"id": "GB-COH-1", "name": "Made-up group"}]},
        NOWHERE,
        "not_published",
    ),
    "no such postcode": ({"recipientOrganization": group(postalCode="ZZ99 9ZZ")}, NOWHERE, "unresolved_postcode"),
    "recipient code": ({"recipientOrganization": group(location=[code(MEDWAY)])}, MEDWAY, "recipient_location"),
    "individual": (
        {"recipientOrganization": [], "recipientIndividual": {"id": "i", "name": "Individual"}},
        NOWHERE,
        "individual",
    ),
    "individual with place": (
        {
            "recipientOrganization": [],
            "recipientIndividual": {"id": "i", "name": "Individual"},
            "beneficiaryLocation": [code(NEWPORT)],
        },
        NEWPORT,
        "local_authority_code",
    ),
}
CASES = {name: fields for name, (fields, _, _) in PLACED.items()} | {
    "two": at(code(CARDIFF), code(NEWPORT), {"name": "Cardiff"}),
    "locality and county": at(code(MEDWAY), code("E10000016", "CTY")),
    "locality and unknown": {
        "beneficiaryLocation": [code(LEEDS, "MD"), code("E05999999", "WD"), {"countryCode": "GB"}]
    },
    "locality and cut code": at(code(LEEDS, "MD"), code("E0800032", "MD")),
    "zero": {"amountAwarded": 0},
    "cancelled": {"amountAwarded": -500},
    "dollars": {"currency": "USD"},
    "regrant": {"regrantType": "FRG010"},
    "council": {"recipientOrganization": group(id="GB-PLA-CRF", name="Cardiff")},
    "council by name": {"recipientOrganization": group(id="360G-x", name="The City of Cardiff County Council")},
    "charity": {"recipientOrganization": group(id="GB-CHC-9", name="Friends of a County Council Archive")},
    "cic": {"recipientOrganization": group(name="Made-up Works C.I.C.")},
    "plc": {"recipientOrganization": group(name="Made-up plc")},
    "circus": {"recipientOrganization": group(name="Cicada Circus")},
    "dates alone": {"plannedDates": [{"startDate": "2020-04-01", "endDate": "2022-03-31"}]},
    "part of a month": {"plannedDates": [{"startDate": "2020-04-16", "endDate": "2020-05-31"}]},
    "dates and a duration": {"plannedDates": [{"startDate": "2020-04-01", "endDate": "2022-03-31", "duration": 12}]},
    "dates the wrong way round": {"plannedDates": [{"startDate": "2020-04-01", "endDate": "2020-03-01"}]},
    "one date": {"plannedDates": [{"startDate": "2020-04-01"}]},
    "transport": {"fundingOrganization": [{"id": "GB-GOR-D9", "name": "Department for Transport"}]},
}


def award_file():
    plain = {
        "title": "Made-up award",
        "currency": "GBP",
        "amountAwarded": 1000,
        "awardDate": "2020-03-17",
        "fundingOrganization": FUNDER,
        "recipientOrganization": group(),
    }
    repeats = [
        {"id": "same"},
        {"id": "same"},
        {"id": "same", "amountAwarded": 7},
        {"id": "again", "description": "x"},
        {"id": "again"},
        {"id": "taken back in part", "amountAwarded": 900},
        {"id": "taken back in part", "amountAwarded": 300},
        {"id": "taken back in part", "amountAwarded": -400},
        {"id": "taken back whole", "amountAwarded": 300},
        {"id": "taken back whole", "amountAwarded": -450},
        {"id": "taken back whole", "amountAwarded": 70, "fundingOrganization": [{"id": "GB-CHC-2", "name": "Another"}]},
    ]
    return json.dumps(
        {"grants": [plain | {"id": name} | case for name, case in CASES.items()] + [plain | row for row in repeats]}
    ).encode()


def query(name):
    return queries()[name].read_text("utf-8")


def put(store, name, frame, source="made_up", sha256="0" * 64):
    names = [column.name for column in tables()[name].columns]
    origin = [
        pl.lit(text).alias(column)
        for column, text in (("source_id", source), ("file_sha256", sha256))
        if column in names
    ]
    store.replace(tables()[name], frame.with_columns(origin))


def put_helper(store, name, frame):
    """Store a table of which these queries read only some columns."""
    store.path(name).parent.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(store.path(name))


def prepared(folder, look_ups, data_zones):
    """Return a store with everything that the award queries read but the awards of publishers."""
    store = Tables(folder)
    for short, file in RECORDS.items():
        table = f"staging.reference__{short}"
        put(store, table, csv_parser(table)((REFERENCE / file).read_bytes()).kept, f"reference_{short}")
    for name in ("core.bridge_locality_code", "core.bridge_locality_name"):
        store.build(tables()[name], query(name))
    put_helper(store, "core.dim_locality", store.read("staging.reference__locality").select("locality_code", "nation"))
    population = pl.read_csv(REFERENCE / "population.csv").select("locality_code", "population_persons")
    put_helper(store, "core.fct_population", population.with_columns(is_latest=pl.lit(value=True)))
    put_helper(
        store,
        "core.fct_small_area",
        pl.DataFrame(data_zones, schema=["small_area_code", "locality_code"], orient="row"),
    )
    put(store, "staging.reference__recipient_rule", recipient_rules())
    put(store, "staging.reference__national_infrastructure_funder", national_infrastructure_funders())
    put(store, "staging.reference__award_place_name", award_place_names())
    read = [parse_area_lookup(content).kept.with_columns(file_sha256=pl.lit(digest(content))) for content in look_ups]
    store.replace(
        tables()["staging.ons__area_lookup"], pl.concat(read).with_columns(source_id=pl.lit("ons_area_lookup"))
    )
    known_on(store, AS_OF)
    return store


def known_on(store, day):
    """Say of which day the build is."""
    put_helper(store, "meta.build", pl.DataFrame({"as_of": [day]}))


def digest(content):
    return hashlib.sha256(content).hexdigest()


def put_landed(store, files):
    """Record award files, given as (source, content), as landed on one day after another, and the reference files."""
    rows = [
        {"source_id": source, "file_sha256": digest(content), "file_name": f"awards-{day}", "landed_at": day_of(day)}
        for day, (source, content) in enumerate(files)
    ]
    rows += [
        {"source_id": f"reference_{short}", "file_sha256": "0" * 64, "file_name": file, "landed_at": None}
        for short, file in RECORDS.items()
    ]
    for table in ("core.dim_award_file", "meta.landed_file"):
        put_helper(store, table, pl.DataFrame(rows, schema_overrides={"landed_at": pl.Datetime("us")}))


def day_of(number):
    return dt.datetime(2026, 1, 1) + dt.timedelta(days=number)


def place(store, *files):
    """Stage award files, given as (source, content) in the order in which they landed, and build the award tables."""
    staged = {}
    for name, parse in (
        ("staging.threesixtygiving__award", awards_of),
        ("staging.threesixtygiving__award_location", places_of),
    ):
        staged[name] = pl.concat(
            parse(content).kept.with_columns(source_id=pl.lit(source), file_sha256=pl.lit(digest(content)))
            for source, content in files
        )
        store.replace(tables()[name], staged[name])
    put_landed(store, files)
    put(store, "staging.onspd__postcode", read_postcode_directory(postcodes_named(*staged.values())))
    return build(store)


def build(store):
    for name in AWARD_TABLES:
        store.build(tables()[name], query(name))
    return store


def copied(store, folder):
    shutil.copytree(store.root, folder, dirs_exist_ok=True)
    return Tables(folder)


def ask(store, text):
    with store.connect(AWARD_TABLES) as database:
        return database.sql(text).fetchall()


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    return place(
        prepared(tmp_path_factory.mktemp("tables"), [LOOK_UP], [DATA_ZONE]), ("threesixtygiving", award_file())
    )


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    folder = DATA / "geography"
    look_ups = list(rebuilt_look_ups().values())
    current = {
        row["former_code"]: row["locality_code"]
        for row in pl.read_csv(REFERENCE / "locality_successions.csv").iter_rows(named=True)
    }
    zones = pl.read_csv(folder / "dz11_to_iz11_to_ca20_scotland.csv").select("dz11_code", "ltla20_code").rows()
    store = prepared(tmp_path_factory.mktemp("real"), look_ups, [(zone, current.get(lad, lad)) for zone, lad in zones])
    funding = DATA / "funding"
    return place(
        store,
        ("threesixtygiving_covid2020", (funding / "covid2020/grants_data.json").read_bytes()),
        ("threesixtygiving", (funding / "arts_council_wales/Arts-Council-of-Wales.csv").read_bytes()),
        ("threesixtygiving", (funding / "trafford/trafford_grants_current.csv").read_bytes()),
    )


def shares(store, award_id, basis="best"):
    return ask(
        store,
        f"""select b.locality_code, b.rule, round(b.weight, 9), round(b.weight_equal, 9) from {SHARES}
        where a.award_id = '{award_id}' and b.basis = '{basis}' order by 1""",
    )


@pytest.mark.parametrize("case", PLACED)
def test_an_award_is_placed_by_one_rule(made_up, case):
    _, locality, rule = PLACED[case]
    assert shares(made_up, case) == [(locality, rule, 1.0, 1.0)]


def test_the_recipient_basis_stands_beside_whatever_the_award_is_for(made_up):
    for case, (fields, _, _) in PLACED.items():
        if fields.keys() <= {"beneficiaryLocation", "locationScope"}:
            assert shares(made_up, case, "recipient") == [(CARDIFF, "recipient_postcode", 1.0, 1.0)], case


def test_the_beneficiary_basis_never_falls_back(made_up):
    assert shares(made_up, "no place", "beneficiary") == [(NOWHERE, "not_published", 1.0, 1.0)]
    assert shares(made_up, "unknown name", "beneficiary") == [(NOWHERE, "unresolved_name", 1.0, 1.0)]


def test_two_localities_share_by_population_and_equally_beside_it(made_up):
    population = pl.read_csv(REFERENCE / "population.csv").select("locality_code", "population_persons")
    persons = dict(population.iter_rows())
    share = round(persons[CARDIFF] / (persons[CARDIFF] + persons[NEWPORT]), 9)
    assert shares(made_up, "two") == [
        (CARDIFF, "local_authority_code", share, 0.5),
        (NEWPORT, "local_authority_code", round(1 - share, 9), 0.5),
    ]


def test_a_part_that_cannot_be_placed_keeps_its_share(made_up):
    assert shares(made_up, "locality and county") == [
        (MEDWAY, "local_authority_code", 0.5, 0.5),
        (NOWHERE, "part_unresolved", 0.5, 0.5),
    ]
    for case in ("locality and unknown", "locality and cut code"):
        assert shares(made_up, case) == [
            (LEEDS, "local_authority_code", 0.5, 0.5),
            (NOWHERE, "part_unresolved", 0.5, 0.5),
        ]


def test_a_look_up_that_is_missing_makes_places_disappear_and_none_appear(tmp_path, made_up):
    without = copied(made_up, tmp_path)
    without.replace(tables()["staging.ons__area_lookup"], made_up.read("staging.ons__area_lookup").clear())
    build(without)
    text = f"""select a.award_id, b.locality_code from {SHARES}
    where b.basis = 'best' and b.locality_code <> 'unallocated' and a.award_set = 'threesixtygiving'"""
    with_all, with_less = set(ask(made_up, text)), set(ask(without, text))
    assert {name for name, _ in with_all - with_less} == {"small area", "small area of a retired code", "ward"}
    assert with_less < with_all


@pytest.mark.parametrize(
    ("case", "kind", "is_local"),
    [
        ("no place", "unknown", True),
        ("council", "public_body", False),
        ("council by name", "public_body", False),
        ("charity", "community", True),
        ("cic", "community", True),
        ("plc", "business", True),
        ("circus", "unknown", True),
        ("individual", "individual", True),
        ("transport", "unknown", False),
        ("regrant", "unknown", False),
        ("zero", "unknown", False),
        ("cancelled", "unknown", False),
        ("dollars", "unknown", False),
        ("nation name", "unknown", False),
        ("county", "unknown", True),
    ],
)
def test_kind_of_recipient_and_local_scope(made_up, case, kind, is_local):
    found = ask(made_up, f"select recipient_kind, in_scope_local from core.fct_award where award_id = '{case}'")
    assert found == [(kind, is_local)]


@pytest.mark.parametrize(
    ("case", "months"),
    [
        ("dates alone", 24),
        ("part of a month", 2 - 15 / 30.4375),
        ("dates and a duration", 12),
        ("dates the wrong way round", None),
        ("one date", None),
        ("authority", None),
    ],
)
def test_planned_days_give_the_months_where_no_duration_is_published(made_up, case, months):
    ((found,),) = ask(made_up, f"select planned_months from core.fct_award where award_id = '{case}'")
    assert found == pytest.approx(months)


TAKEN_BACK = [
    (900, 600, True),
    (300, 200, True),
    (-400, 0, False),
    (300, 0, False),
    (-450, -150, False),
    (70, 70, True),
]
HELD = {
    "a code that cannot be read is printed with its place": (
        f"""select a.award_id, p.place, p.breadth from {PLACES} where p.rule = 'unresolved_code'
        and a.award_id in ('several codes', 'cut code and unknown name', 'unknown code') order by 1""",
        [
            ("cut code and unknown name", "00DA", "unknown"),
            ("several codes", f"{NEWPORT}; {LEEDS}", "unknown"),
            ("unknown code", "E05999999", "unknown"),
        ],
    ),
    "amounts are kept and classed": (
        """select award_id, amount, amount_gbp, amount_class from core.fct_award
        where award_id in ('zero', 'cancelled', 'dollars') order by 1""",
        [("cancelled", -500, -500, "negative"), ("dollars", 1000, None, "positive"), ("zero", 0, 0, "zero")],
    ),
    "a negative row takes back from the award of its funder and identifier": (
        """select amount, round(amount_gbp, 9), in_scope_local from core.fct_award
        where award_id like 'taken back%' order by award_id, source_row""",
        TAKEN_BACK,
    ),
    "what is taken back is all that is missing": (
        "select round(sum(amount - amount_gbp), 9) from core.fct_award where award_id like 'taken back%'",
        [(0,)],
    ),
    "repeats and shared identifiers are marked and kept": (
        """select award_id, amount, is_repeat, has_conflicting_id from core.fct_award
        where award_id in ('same', 'again') order by source_row""",
        [
            ("same", 1000, False, True),
            ("same", 1000, True, True),
            ("same", 7, False, True),
            ("again", 1000, False, False),
            ("again", 1000, False, False),
        ],
    ),
    "totals of several awards are marked": (
        """select count(*), count(case when amount_gbp > 0 then 1 end), count(distinct fund) from core.fct_award
        where is_total""",
        [(86, 68, 3)],
    ),
    "West Lothian is the exception of two Scottish lists": (
        """select locality_code, count(*) from core.fct_place_fund_coverage
        where not is_on_list and list_coverage = 'complete' group by locality_code""",
        [("S12000040", 2)],
    ),
    "every place fund has its coverage": (
        """select distinct fund from core.fct_award where award_set = 'place_funds'
        and fund not in (select fund from core.fct_place_fund_coverage)""",
        [],
    ),
    "funds paid to authorities are no local awards": (
        """select distinct recipient_kind, in_scope_local from core.fct_award
        where fund in ('Future High Streets Fund', 'Towns Fund (Town Deals)')""",
        [("public_body", False)],
    ),
    "a place fund of a region is nowhere": (
        f"""select b.rule, count(*) from {SHARES}
        where a.award_set = 'place_funds' and b.basis = 'best' and b.locality_code = 'unallocated'
        group by b.rule order by b.rule""",
        [("nation_wide", 2), ("not_published", 1), ("upper_tier", 11)],
    ),
    "covid records keep the basis on which they were located": (
        f"""select p.role, p.rule, count(*) from {PLACES}
        where a.award_set = 'covid_2020_reference' group by p.role, p.rule order by 1, 2""",
        [
            ("beneficiary", "local_authority_code", 4),
            ("beneficiary", "name", 13),
            ("beneficiary", "small_area", 21),
            ("beneficiary", "wider_name", 10),
        ],
    ),
    "the summary is whole": ("select count(*), sum(awards_n) from core.fct_award_summary", [(162, 1458)]),
}


@pytest.mark.parametrize(("query", "rows"), HELD.values(), ids=HELD)
def test_the_tables_of_awards_hold(made_up, query, rows):
    assert ask(made_up, query) == rows


def grants(*rows):
    """Return a file of awards that differ from a plain one in the given fields."""
    plain = json.loads(award_file())["grants"][0]
    return json.dumps({"grants": [plain | row for row in rows]}).encode()


def award(award_id, amount=1000, date="2020-03-17", funder="GB-CHC-1", name="Synthetic funder"):
    return {
        "id": award_id,
        "amountAwarded": amount,
        "awardDate": date,
        "fundingOrganization": [{"id": funder, "name": name}],
    }


PUBLISHED = "award_set like 'threesixtygiving%'"


def kept(store):
    """Return identifier, date and amount of each award that is not a repeat."""
    return ask(
        store,
        f"""select award_id, cast(award_date as varchar), amount from core.fct_award
        where {PUBLISHED} and not is_repeat order by all""",
    )


def total(store):
    with store.connect(["core.fct_award"]) as database:
        [(total,)] = database.sql(
            f"""select sum(amount_gbp) from core.fct_award where {PUBLISHED}
            and counts_in_totals(amount_gbp, is_regrant, is_repeat) and not is_dated_in_future"""
        ).fetchall()
    return total


def test_an_award_in_two_files_counts_once(tmp_path, made_up):
    everything = json.loads(award_file())
    shared = [grant for grant in everything["grants"] if grant["id"] in ("same", "no place")]
    part = json.dumps({"grants": shared}).encode()
    store = place(copied(made_up, tmp_path), ("threesixtygiving", award_file()), ("threesixtygiving", part))
    sums = """select award_id, sum(amount) from core.fct_award
    where award_set = 'threesixtygiving' and award_id in ('same', 'no place') and not is_repeat
    group by award_id order by award_id"""
    assert ask(store, sums) == ask(made_up, sums)


def test_a_revised_amount_replaces_the_one_of_the_older_file(tmp_path, made_up):
    older = grants(award("revised", 10_000), award("gone since", 500))
    newer = grants(award("revised", 12_000), award("new", 90_000))
    for number, files in enumerate([(older, newer), (newer, older)]):
        store = place(copied(made_up, tmp_path / str(number)), *(("threesixtygiving", file) for file in files))
        latest = 12_000 if files[1] == newer else 10_000
        assert kept(store) == [
            ("gone since", "2020-03-17", 500),
            ("new", "2020-03-17", 90_000),
            ("revised", "2020-03-17", latest),
        ], "the file that landed last decides, whatever its checksum"
        assert total(store) == 90_500 + latest
        assert ask(
            store, f"select award_id, count(*) from core.fct_award where {PUBLISHED} and has_conflicting_id group by 1"
        ) == [("revised", 2)]


def test_a_funder_whose_name_is_spelled_in_another_way_is_the_same(tmp_path, made_up):
    spellings = [("GB-CHC-1", "Synthetic funder"), ("gb-chc-1", "SYNTHETIC FUNDER LTD"), ("GB-CHC-1", None)]
    files = [grants(award("a", funder=funder, name=name)) for funder, name in spellings]
    store = place(copied(made_up, tmp_path), *(("threesixtygiving", file) for file in files))
    assert kept(store) == [("a", "2020-03-17", 1000)]


def test_payments_of_other_dates_all_count_across_files(tmp_path, made_up):
    older = grants(award("paid", 100), award("paid", 100, "2020-04-17"))
    newer = grants(award("paid", 100, "2020-04-17"), award("paid", 100, "2020-05-17"), award("paid", 40, "2020-05-17"))
    store = place(copied(made_up, tmp_path), ("threesixtygiving", older), ("threesixtygiving", newer))
    assert kept(store) == [
        ("paid", "2020-03-17", 100),
        ("paid", "2020-04-17", 100),
        ("paid", "2020-05-17", 40),
        ("paid", "2020-05-17", 100),
    ]


def test_a_file_without_a_record_of_its_landing_comes_before_the_others(tmp_path, made_up):
    listed, unlisted = grants(award("a", 1)), grants(award("a", 2))
    store = place(copied(made_up, tmp_path), ("threesixtygiving", listed), ("threesixtygiving", unlisted))
    assert kept(store) == [("a", "2020-03-17", 2)]
    put_landed(store, [("threesixtygiving", listed)])
    assert kept(build(store)) == [("a", "2020-03-17", 1)]
    put_landed(store, [])
    ((amount,),) = [row[2:] for row in kept(build(store))]
    assert amount == (1 if digest(listed) > digest(unlisted) else 2), "of two such files the checksum decides"


def test_rows_of_one_digest_are_one_award_within_a_file_alone(tmp_path, made_up):
    files = [grants(award("a", 1), award("a", 2)), grants(award("b", 3))]
    store = place(copied(made_up, tmp_path), *(("threesixtygiving", file) for file in files))
    staged = store.read("staging.threesixtygiving__award")
    store.replace(tables()["staging.threesixtygiving__award"], staged.with_columns(row_sha256=pl.lit("f" * 64)))
    assert kept(build(store)) == [("a", "2020-03-17", 1), ("b", "2020-03-17", 3)]


def test_money_taken_back_in_another_file_is_taken_from_the_award(tmp_path, made_up):
    given = grants(award("a", 2000), award("b", 2000), award("c", 2000), award("c", -500, "2021-01-01"))
    taken = grants(
        # Of the date of the award itself: it takes back, and states no award that would replace the older row.
        award("a", -500, name="SYNTHETIC FUNDER LTD"),
        award("b", -2000, "2021-01-01"),
    )
    again = grants(award("a", -600), award("c", 2000), award("c", -500, "2021-01-01"))
    way = "threesixtygiving"
    store = place(copied(made_up, tmp_path / "two"), (way, given), (way, taken))
    assert total(store) == 1500 + 0 + 1500
    store = place(copied(made_up, tmp_path / "three"), (way, given), (way, taken), (way, again))
    assert total(store) == 1400 + 0 + 1500, "what is taken back in two files is taken back once, as the newer says"
    restated = grants(award("a", 1700))
    store = place(copied(made_up, tmp_path / "restated"), (way, given), (way, taken), (way, restated))
    assert total(store) == 1700 + 0 + 1500, (
        "an award that is stated again replaces all that older files say of its date"
    )


@needs_real_files
def test_money_taken_back_nets_whatever_the_name_of_the_funder(tmp_path, made_up):
    file = (DATA / "hard" / "k1_negative.csv").read_bytes()
    store = place(copied(made_up, tmp_path), ("threesixtygiving", file))
    nets = dict(
        ask(
            store,
            f"select substr(award_id, 8), sum(amount_gbp) from core.fct_award where {PUBLISHED} group by 1",
        )
    )
    assert nets == {
        "1": 6000,
        "2": -3000,
        "3": -500,
        "4": 0,
        "5": 0,
        "6": 5000,
        "6-withdrawn": -5000,
        "7": 0,
    }
    fifth = ask(store, "select amount_gbp from core.fct_award where award_id = '360G-n-5'")
    assert fifth == [(0,), (0,)]


def test_an_award_dated_after_the_as_of_date_waits_for_its_date(tmp_path, made_up):
    rows = [
        award("past", 100, "2026-11-22"),
        award("later", 70, "2026-11-23"),
        # Money that is taken back later is there until then.
        award("taken back later", 500, "2026-01-01"),
        award("taken back later", -500, "2027-01-01"),
        award("slip of the keyboard", 30, "2062-01-01"),
    ]
    store = place(copied(made_up, tmp_path), ("threesixtygiving", grants(*rows)))
    marked = f"select award_id from core.fct_award where {PUBLISHED} and is_dated_in_future order by 1"
    assert ask(store, marked) == [("later",), ("slip of the keyboard",), ("taken back later",)]
    assert total(store) == 100 + 500
    known_on(store, dt.date(2027, 1, 1))
    assert ask(build(store), marked) == [("slip of the keyboard",)]
    assert total(store) == 100 + 70
    known_on(store, dt.date(2025, 12, 31))
    assert len(ask(build(store), marked)) == len(rows)
    assert total(store) is None


def test_several_recipients_share_the_recipient_basis(tmp_path, made_up):
    newport = {"id": "GB-COH-2", "name": "Second group", "location": {"geoCode": NEWPORT}}
    in_one = {"id": "in one row", "recipientOrganization": [*group(), newport]}
    over_rows = [{"id": "over rows", "recipientOrganization": one} for one in (group(), newport)]
    store = place(copied(made_up, tmp_path), ("threesixtygiving", grants(in_one, *over_rows)))
    for case in ("in one row", "over rows"):
        found = [(locality, rule, equal) for locality, rule, _, equal in shares(store, case, "recipient")]
        assert found == [(CARDIFF, "recipient_location", 0.5), (NEWPORT, "recipient_location", 0.5)]
    assert ask(store, "select count(*), sum(amount_gbp) from core.fct_award where award_set = 'threesixtygiving'") == [
        (2, 2 * json.loads(award_file())["grants"][0]["amountAwarded"])
    ]


def test_an_award_by_several_ways_counts_by_the_best_and_only_among_the_awards_of_its_funder(tmp_path, made_up):
    def of(*ids, amount=1000, funder="GB-CHC-1", name=None):
        return grants(*(award(award_id, amount, funder=funder, name=name) for award_id in ids))

    store = place(
        copied(made_up, tmp_path),
        ("threesixtygiving", of("in all", "file alone", "twice", "twice")),
        # As it was before the publisher corrected it; an identifier that another funder gave, too.
        ("threesixtygiving_api", of("in all", "twice", amount=900, name="Another spelling")),
        ("threesixtygiving_api", of("in all", "two in one", funder="GB-CHC-9")),
        ("threesixtygiving_grantnav", of("in all", "two in one", "grantnav alone", funder="gb-chc-9")),
        ("threesixtygiving_covid2020", of("in all", "tracker alone", "grantnav alone", "two in one")),
    )
    rows = ask(
        store,
        f"""select award_set, funder_id, award_id, count(*) from core.fct_award
        where {PUBLISHED} and not is_repeat group by all order by all""",
    )
    assert rows == [
        ("threesixtygiving", "GB-CHC-1", "file alone", 1),
        ("threesixtygiving", "GB-CHC-1", "in all", 1),
        ("threesixtygiving", "GB-CHC-1", "twice", 1),
        ("threesixtygiving_api", "GB-CHC-9", "in all", 1),
        ("threesixtygiving_api", "GB-CHC-9", "two in one", 1),
        ("threesixtygiving_covid2020", "GB-CHC-1", "grantnav alone", 1),
        ("threesixtygiving_covid2020", "GB-CHC-1", "in all", 1),
        ("threesixtygiving_covid2020", "GB-CHC-1", "tracker alone", 1),
        ("threesixtygiving_covid2020", "GB-CHC-1", "two in one", 1),
        ("threesixtygiving_grantnav", "gb-chc-9", "grantnav alone", 1),
    ]
    with store.connect(["core.fct_award"]) as database:
        counted = database.sql(
            """select award_set, sum(amount_gbp) from core.fct_award
            where is_on_record(award_set, is_on_record_elsewhere)
            and award_set <> 'place_funds' and counts_in_totals(amount_gbp, is_regrant, is_repeat)
            group by award_set order by award_set"""
        ).fetchall()
    assert counted == [
        ("threesixtygiving", 3000.0),
        ("threesixtygiving_api", 2000.0),
        ("threesixtygiving_covid2020", 3000.0),
    ], "the tracker's awards that neither the file nor the API has"
    elsewhere = "select award_set, award_id from core.fct_award where is_on_record_elsewhere"
    assert ask(store, elsewhere) == [("threesixtygiving_covid2020", "in all")]
    check = SQL_ROOT / "checks/core/fct_award/one_way_on_record.sql"
    assert broken(store, check) == []
    frame = store.read("core.fct_award").with_columns(is_on_record_elsewhere=False)
    store.replace(tables()["core.fct_award"], frame)
    assert {row["award_identity"] for row in broken(store, check)} == {"GB-CHC-1 INALL"}


def test_an_award_that_another_way_dates_in_the_future_is_on_record_by_the_tracker_until_then(tmp_path, made_up):
    store = place(
        copied(made_up, tmp_path),
        ("threesixtygiving", grants(award("a", 100, "2027-01-01"))),
        ("threesixtygiving_covid2020", grants(award("a", 100))),
    )
    counted = f"""select award_set from core.fct_award where {PUBLISHED} and not is_dated_in_future
        and not (award_set = 'threesixtygiving_covid2020' and is_on_record_elsewhere)"""
    assert ask(store, counted) == [("threesixtygiving_covid2020",)]
    known_on(store, dt.date(2027, 1, 1))
    assert ask(build(store), counted) == [("threesixtygiving",)]


CHECKS = sorted(
    path for table in AWARD_TABLES for path in (SQL_ROOT / "checks" / table.replace(".", "/")).glob("*.sql")
)
BREAKS = {
    "weights_sum_to_one": ("core.bridge_award_locality", pl.col("weight") * 0.99),
    "every_award_has_every_basis": ("core.bridge_award_locality", pl.lit("best").alias("basis")),
    "localities_are_known": ("core.bridge_award_locality", pl.lit("E08000019").alias("locality_code")),
    "parts_sum_to_whole": ("core.bridge_award_locality", pl.col("weight_equal") * 1.01),
    "nation_wide_awards_are_nowhere": ("core.bridge_award_locality", pl.lit(CARDIFF).alias("locality_code")),
    "place_funds_have_their_coverage": ("core.fct_place_fund_coverage", pl.lit("another fund").alias("fund")),
    "exceptions_are_localities": (
        "staging.reference__place_fund_coverage",
        pl.lit("E07000999").alias("excepted_locality_codes"),
    ),
    "rows_in_equal_rows_out": (None, None),
    "local_places_have_a_locality": ("core.fct_award_place", pl.lit("local").alias("breadth")),
    "every_place_has_its_award": ("core.fct_award_place", pl.col("award_key") + "0"),
    "one_way_on_record": (
        "core.fct_award",
        pl.when(pl.col("source_row") % 2 == 0)
        .then(pl.lit("threesixtygiving_api"))
        .otherwise(pl.col("award_set"))
        .alias("award_set"),
    ),
}
# Rules of sums over a file, which no single row breaks.
OF_FILES = {"parts_sum_to_whole", "rows_in_equal_rows_out"}


def broken(store, path):
    text = path.read_text("utf-8")
    with store.connect(reads(text)) as database:
        return pl.DataFrame(database.sql(text)).to_dicts()


@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_check_passes_on_the_awards_and_finds_a_fault(made_up, path, tmp_path):
    assert broken(made_up, path) == []
    name, change = BREAKS[path.stem]
    copy = copied(made_up, tmp_path)
    altered = name or f"core.{path.parent.name}"
    frame = made_up.read(altered)
    (frame.with_columns(change) if name else frame.head(-1)).write_parquet(copy.path(altered))
    found = with_file_names(pl.DataFrame(broken(copy, path)), copy.read("core.dim_award_file")).to_dicts()
    assert found
    origin = {"file_name", "source_id", "file_sha256"} | (set() if path.stem in OF_FILES else {"source_row"})
    for row in found:
        assert not {column for column in origin if row[column] is None}, "each row leads to the file and row it is of"
    assert "file_name" in list(found[0])[:FIRST_COLUMNS], "the UI shows the first columns"


# Names of authorities: of a locality in full, and of places that only sound like one.

AUTHORITIES = {
    "London Borough of Hackney": "E09000012",
    "Hackney London Borough Council": "E09000012",
    "Hackney Council": "E09000012",
    "England/London/Hackney Council": "E09000012",
    "Royal Borough of Kensington and Chelsea": "E09000020",
    "City of Westminster": "E09000033",
    "Westminster City Council": "E09000033",
    "City of London": "E09000001",
    "City of London Corporation": "E09000001",
    "Leeds City Council": LEEDS,
    "City of Leeds": LEEDS,
    "Leeds, City of": LEEDS,
    "City of Bradford Metropolitan District Council": "E08000032",
    "Metropolitan Borough of Solihull": "E08000029",
    "Oldham Metropolitan Borough": "E08000004",
    "Borough of the Fylde": "E07000119",
    "Royal Borough of Greenwich": "E09000011",
    "City of Kingston upon Hull": "E06000010",
    "Craven District": "E06000065",
    "County Borough of Conwy": "W06000003",
    "Cyngor Bwrdeistref Sirol Wrecsam": "W06000006",
    "Bwrdeistref Sirol Caerffili": "W06000018",
    "Cyngor Dinas Casnewydd": NEWPORT,
    "Bristol City Council": "E06000023",
    "Hull City Council": "E06000010",
    "Boston Borough Council": "E07000136",
    "East Suffolk Council": "E07000244",
    "West Suffolk District Council": "E07000245",
    "New Forest District": "E07000091",
    "Lincoln City Council": "E07000138",
    "St Albans City and District Council": "E07000240",
    "BCP Council": "E06000058",
    "Dorset Council": "E06000059",
    "Durham County Council": "E06000047",
    "Carlisle City Council": "E06000063",
    "Council of the Isles of Scilly": "E06000053",
    "City and County of Swansea": "W06000011",
    "City of Cardiff County Council": CARDIFF,
    "Dinas a Sir Caerdydd": CARDIFF,
    "Newport City Council": NEWPORT,
    "Powys County Council": "W06000023",
    "Cyngor Sir Powys": "W06000023",
    "Cyngor Gwynedd": "W06000002",
    "Cyngor Bwrdeistref Sirol Conwy": "W06000003",
    "Conwy County Borough Council": "W06000003",
    "City of Edinburgh Council": "S12000036",
    "Glasgow City Council": "S12000049",
    "Aberdeen City Council": "S12000033",
    "Orkney Islands Council": "S12000023",
    "The Highland Council": "S12000017",
    "Belfast City Council": "N09000003",
    "Lisburn & Castlereagh City Council": "N09000007",
    "Derry City and Strabane District Council": "N09000005",
}
NO_AUTHORITIES = [
    "City of Boston",
    "Boston City Council",
    "Christchurch City Council",
    "County of Lincoln",
    "Lincoln County Council",
    "Lincolnshire County Council",
    "Suffolk County Council",
    "Dorset County Council",
    "Durham County",
    "Newcastle City Council",
    "Newport Town Council",
    "Ashford Parish Council",
    "Richmond Council",
    "Kingston Council",
    "Leeds City Region",
    "Perth City Council",
    "Wells City Council",
    "City of Derry",
    "Peak District",
    "Lake District",
    "District of Columbia",
    "London Borough",
    "Arts Council of Wales",
    "Council",
    "City",
    "Borough",
]


@pytest.fixture(scope="module")
def authorities(tmp_path_factory):
    """Return the award tables of a synthetic file with one award for the name of each authority."""
    awards = [
        {
            "id": name,
            "title": "Synthetic award",
            "currency": "GBP",
            "amountAwarded": 100,
            "awardDate": "2024-05-01",
            "fundingOrganization": FUNDER,
            "recipientOrganization": group(postalCode="S1 1AA"),
            "beneficiaryLocation": [{"name": name}],
        }
        for name in [*AUTHORITIES, *NO_AUTHORITIES]
    ]
    store = prepared(tmp_path_factory.mktemp("authorities"), [LOOK_UP], [DATA_ZONE])
    return place(store, ("threesixtygiving", json.dumps({"grants": awards}).encode()))


def test_the_name_of_an_authority_is_its_locality_and_no_other_name_is(authorities):
    found = dict(
        ask(
            authorities,
            f"""select a.award_id, b.locality_code from {SHARES}
            where a.award_set = 'threesixtygiving' and b.basis = 'beneficiary' and b.rule = 'name'""",
        )
    )
    assert found == AUTHORITIES


def test_the_council_of_a_county_is_as_wide_as_the_county(authorities):
    rows = ask(
        authorities,
        f"""select a.award_id from {SHARES}
        where a.award_set = 'threesixtygiving' and b.basis = 'best' and b.rule = 'upper_tier'""",
    )
    assert sorted(rows) == [("Lincolnshire County Council",), ("Suffolk County Council",)]


def test_every_name_on_record_keeps_its_locality_without_the_words_for_a_kind_of_authority(authorities):
    with authorities.connect(["core.bridge_locality_name"]) as database:
        merged = database.sql(
            "select place_key(name_key) from core.bridge_locality_name group by all "
            "having count(distinct locality_code) > 1"
        ).fetchall()
    assert merged == []


# Real files.


# Names as funders print them that are not on record themselves, and the names of record for the same places.
OTHER_NAMES = {
    "King’s Lynn and West Norfolk": "King's Lynn and West Norfolk",
    "King's Lynn & West Norfolk": "King's Lynn and West Norfolk",
    "St Helens": "St. Helens",
    "The Vale of Glamorgan": "Vale of Glamorgan",
    "Stockton on Tees": "Stockton-on-Tees",
    "Folkestone & Hythe": "Folkestone and Hythe",
    "Telford & Wrekin": "Telford and Wrekin",
    "Windsor & Maidenhead": "Windsor and Maidenhead",
    "Ards & North Down": "Ards and North Down",
    "The Scottish Borders": "Scottish Borders",
    "Bath & North East Somerset": "Bath and North East Somerset",
    "Kensington & Chelsea": "Kensington and Chelsea",
    "Hammersmith & Fulham": "Hammersmith and Fulham",
    "St. Albans": "St Albans",
    "Merthyr Tudful": "Merthyr Tydfil",
    "Conwy County Borough": "Conwy",
    "Leeds City Council": "Leeds",
    "London Borough of Hackney": "Hackney",
    "Newport, Isle of Wight": "Isle of Wight",
    "Stratford upon Avon": "Stratford-on-Avon",
}
# Ambiguous, of a later year, or of several localities: nowhere, never elsewhere.
UNKNOWN_NAMES = {"East Surrey", "Newcastle", "Tyne & Wear", "West Surrey"}
UNPLACED_CODES = {
    "00CZ": "unresolved_code",
    "45UB": "unresolved_code",
    "95AA": "unresolved_code",
    "E 08000035": "unresolved_code",
    "E05000026": "unresolved_code",
    "E06000067": "unresolved_code",
    "E99999999": "unresolved_code",
    "E10000006": "upper_tier",
    "E10000030": "upper_tier",
    "E47000001": "upper_tier",
    "E92000001": "nation_wide",
    "K02000001": "nation_wide",
}


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Return the award tables of the synthetic files of names and codes as funders print them."""
    store = prepared(tmp_path_factory.mktemp("hard"), [LOOK_UP], [DATA_ZONE])
    return place(
        store,
        *(
            ("threesixtygiving", (DATA / "hard" / name).read_bytes())
            for name in ("geo_names.json", "c1_codes_in_one_cell.json")
        ),
    )


@needs_real_files
def test_names_and_codes_as_funders_print_them_lie_in_their_locality_or_nowhere(hard):
    def on_record(file, name, code="locality_code"):
        return dict(pl.read_csv(REFERENCE / f"{file}.csv").select(name, code).drop_nulls().iter_rows())

    succeeded = on_record("locality_successions", "former_code")
    named = on_record("locality_successions", "former_name") | on_record("locality_aliases", "alias")
    named |= on_record("localities", "locality_name_cy") | on_record("localities", "locality_name")
    found = {}
    for award_id, locality, rule in ask(
        hard, f"select a.award_id, b.locality_code, b.rule from {SHARES} where b.basis = 'best'"
    ):
        assert award_id not in found
        found[award_id] = (locality, rule)
    names = codes = 0
    for grant in json.loads((DATA / "hard" / "geo_names.json").read_bytes())["grants"]:
        (printed,) = grant["beneficiaryLocation"]
        locality, rule = found[grant["id"]]
        if name := unicodedata.normalize("NFC", printed.get("name", "")):
            names += 1
            assert locality == (NOWHERE if name in UNKNOWN_NAMES else named[OTHER_NAMES.get(name, name)]), name
        else:
            codes += 1
            code = printed["geoCode"].strip().upper()
            assert locality == (NOWHERE if code in UNPLACED_CODES else succeeded.get(code, code)), code
            assert rule == UNPLACED_CODES.get(code, "local_authority_code"), code
    assert (names, codes) == (95, 44)


@needs_real_files
def test_codes_that_cannot_be_read_are_never_at_the_recipients_address(hard):
    rows = ask(
        hard,
        f"""select a.award_id, b.locality_code, b.rule from {SHARES}
        where b.basis = 'best' and a.award_id like '360G-c1-%' order by 1""",
    )
    unresolved = (NOWHERE, "unresolved_code")
    assert rows == [
        ("360G-c1-1", *unresolved),
        ("360G-c1-2", LEEDS, "local_authority_code"),
        ("360G-c1-3", *unresolved),
        ("360G-c1-4", LEEDS, "local_authority_code"),
        ("360G-c1-5", *unresolved),
        ("360G-c1-6", *unresolved),
        ("360G-c1-7", "E09000033", "recipient_postcode"),
    ]


@needs_real_files
@pytest.mark.parametrize("path", CHECKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_check_passes_on_the_real_files(real, path):
    assert broken(real, path) == []


@needs_real_files
def test_the_arts_council_of_wales_is_whole_and_lies_where_its_recipients_are(real):
    where = "a.award_set = 'threesixtygiving' and a.funder_name = 'Arts Council of Wales'"
    whole = ask(real, f"select count(*), round(sum(amount_gbp), 2) from core.fct_award as a where {where}")
    assert whole == [(4020, 242_022_953.49)]
    assert ask(
        real, f"select count(*), round(sum(amount_gbp), 2) from core.fct_award as a where {where} and is_repeat"
    ) == [(7, 477_942.75)]
    assert ask(
        real, f"select count(*), count(distinct award_id) from core.fct_award as a where {where} and has_conflicting_id"
    ) == [(450, 206)]
    nations = ask(
        real,
        f"""select substr(b.locality_code, 1, 1), cast(round(sum(a.amount_gbp * b.weight)) as bigint)
        from {SHARES}
        where b.basis = 'best' and {where} group by 1 order by 1""",
    )
    assert nations == [("E", 2_335_617), ("S", 52_400), ("W", 232_996_577), ("u", 6_638_359)]
    cardiff = ask(
        real,
        f"""select count(*), cast(round(sum(a.amount_gbp)) as bigint) from {SHARES}
        where b.basis = 'best' and b.locality_code = '{CARDIFF}' and {where}""",
    )
    assert cardiff == [(1139, 118_425_534)]


@needs_real_files
def test_trafford_lies_in_trafford(real):
    rows = ask(
        real,
        f"""select b.locality_code, count(*), round(sum(a.amount_gbp * b.weight), 2) from {SHARES}
        where b.basis = 'best' and a.award_id like '360G-traffordmbc%' group by 1""",
    )
    assert rows == [("E08000009", 555, 1_291_436.54)]


@needs_real_files
def test_the_covid_tracker_is_placed_as_the_method_says(real):
    rules = ask(
        real,
        f"""select b.rule, count(*) from {SHARES}
        where b.basis = 'best' and a.award_set = 'threesixtygiving_covid2020' group by b.rule""",
    )
    assert dict(rules) == {
        "small_area": 856,
        "local_authority_code": 276,
        "name": 214,
        "swapped_code": 43,
        "ward": 4,
        "recipient_postcode": 65,
        "nation_wide": 447,
        "upper_tier": 29,
        "unresolved_code": 1,
        "unresolved_postcode": 2,
        "not_published": 41,
    }


@needs_real_files
def test_the_records_of_covid_awards_are_what_the_rules_give(real):
    ours = {
        award_id: (None if locality == NOWHERE else locality, amount)
        for award_id, locality, amount in ask(
            real,
            f"""select a.award_id, b.locality_code, a.amount_gbp from {SHARES}
            where b.basis = 'best' and a.award_set = 'threesixtygiving_covid2020'""",
        )
    }
    amounts = {}
    for locality, amount in ours.values():
        if locality and amount is not None:
            amounts.setdefault(locality, []).append(amount)
    record = pl.read_csv(REFERENCE / "covid_awards_2020_by_locality.csv")
    assert {locality: len(given) for locality, given in amounts.items()} == dict(
        record.select("locality_code", "awards_n").iter_rows()
    )
    assert sum(map(sum, amounts.values())) == pytest.approx(record["total_gbp"].sum())
    recorded = pl.read_csv(REFERENCE / "covid_awards_2020.csv").select("award_id", "locality_code")
    assert recorded.filter(pl.col("locality_code").is_not_null()).height
    for award_id, locality in recorded.iter_rows():
        assert ours[award_id][0] == locality, award_id

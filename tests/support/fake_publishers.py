"""Every publisher at once on one server of this machine, each speaking its own protocol.

Files of the indices of deprivation are put together again from ../shared/data; everything else is made up.
"""

import json
import re
from typing import Any

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tests.support.fake_services import Layer, ThreeSixtyGivingApi
from tests.support.sample_files import DATA, rebuilt_file_7, rebuilt_nimdm_workbook, rebuilt_simd_workbook
from tests.support.statswales_service import StatsWales, Table
from warehouse.catalogue import sources
from warehouse.publishers.welsh_authorities import welsh_authorities

WIMD = "wimd2025_index_and_domain_ranks_by_small_area.ods"
AREAS = {max(codes): (name, f"{name} (cy)", None) for name, codes in welsh_authorities().items()}
YEARS = {"2018-19": ("2018-19", "2018-19", None)}
TITLES = {
    "cohesion": "People who agree that there is good community cohesion in their local area, by local authority",
    "influence": "People who feel able to influence decisions affecting their local area, by local authority",
    "satisfaction-with-local-area": "People satisfied with their local area as a place to live, by local authority",
    "material-deprivation": "People in households in material deprivation, by local authority",
    "deprivation-profile": "Deprivation profiles of local authorities",
    "deprivation-indicator": "Deprivation indicators of local authorities",
    "population": "Population estimates by local authority, sex and age",
    "wimd2025": "Index of multiple deprivation ranks",
}
# The fewest requests by which each protocol knows that nothing is new: one a file, a layer, a data set or a funder, and
# one for the registry. Of GrantNav nothing is asked for.
FEWEST = {name: 1 for name in sources() if sources()[name].protocol} | {
    "shs_cube": 3,
    "ons_area_lookup": 3,
    "threesixtygiving": 2,
    "threesixtygiving_api": 3,
    "threesixtygiving_grantnav": 0,
    "statswales_local_authority": 2,
    "statswales_deprivation": 2,
    "statswales_label": 7,
}


def statswales_tables() -> list[Table]:
    """Return a table for each data set of the catalogue, under its id or, where that is to be found, under another."""
    everybody = {"All": ("All", "Pawb", None)}
    wanted = {
        item["name"]: item.get("id")
        for source in sources().values()
        if source.protocol == "statswales"
        for item in source.options["datasets"]
    }
    made = []
    for number, (name, dataset_id) in enumerate(wanted.items(), start=1):
        dimensions: dict[str, Any] = {"AreaCode": (("Area", "Ardal"), AREAS), "YearCode": (("Year", "Blwyddyn"), YEARS)}
        measure, domain = ("Percentage", "Canran"), ()
        if name == "population":
            dimensions |= {"Sex": (("Sex", "Rhyw"), everybody), "Age": (("Age", "Oed"), everybody)}
            domain = ("All", "All")
        facts = [("1", (area, "2018-19", *domain), str(40 + at + number), "") for at, area in enumerate(AREAS)]
        if name == "wimd2025":
            areas = {f"W0100{at:04}": (f"Made up {at}", f"Gwneud {at}", None) for at in range(1, 1918)}
            domains = ["WIMD", "Income", "Employment", "Health", "Education", "Access to Services", "Housing"]
            domains += ["Community Safety", "Physical Environment"]
            dimensions = {
                "Area": (("Area code", "Cod ardal"), {code: (code, code, None) for code in areas}),
                "Name": (("Area name", "Enw ardal"), areas),
                "Domain": (("Domain", "Parth"), {name: (name, name, None) for name in domains}),
            }
            measure = ("Rank", "Safle")
            facts = [("1", (code, code, name), str(at), "") for at, code in enumerate(areas, 1) for name in domains]
        spare = f"{number:08}-0000-4000-8000-{'0' * 12}"
        table = Table(dataset_id or spare, TITLES[name], f"{TITLES[name]} (cy)", dimensions, {"1": measure}, facts)
        made.append(table)
    return made


def grants(funder: str, number: int = 3) -> list[dict[str, Any]]:
    return [
        {
            "id": f"360G-{funder}-{at}",
            "title": "Made up",
            "description": "Made up",
            "currency": "GBP",
            "amountAwarded": 1000 + at,
            "awardDate": "2024-01-02",
            "fundingOrganization": [{"id": funder, "name": f"Made-up {funder}"}],
            "recipientOrganization": [{"id": "GB-CHC-2", "name": "Made-up group"}],
        }
        for at in range(number)
    ]


def everybody(server: HTTPServer, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
    """Serve all sources that are pulled and return the content of `CPOWER_PUBLISHERS` by which they are.

    `files` are those that the caller makes: cls2024, ons_code_history, nomis_population and the tidy files.
    """
    held = files | {
        "wimd2025": (DATA / "wimd" / WIMD).read_bytes(),
        "iod2025": rebuilt_file_7(),
        "simd2020": rebuilt_simd_workbook(),
        "nimdm2017": rebuilt_nimdm_workbook(),
        "awards": json.dumps({"grants": grants("GB-CHC-7")}).encode(),
    }
    listed = {
        "identifier": "made-up",
        "title": "Made-up awards",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "publisher": {"name": "Nobody", "prefix": "360G-madeup"},
        "distribution": [{"downloadURL": server.url_for("/file/awards.json")}],
    }

    def file(request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        kind = "application/json" if name.endswith(".json") else "application/octet-stream"
        response = Response(held[name.partition(".")[0]], content_type=kind)
        # Nomis gives no sign by which its answer could be told to be the same.
        if not name.startswith("nomis"):
            response.add_etag()
        return response.make_conditional(request)

    def cube(request: Request) -> Response:
        text = "FeatureCode,DateCode,Measurement,Units,Value,Statement,Age\n" + "".join(
            f"S120000{at:02},2019,Percent,Percent Of Adults,{at},{request.args['uri'][-30:-6]},All\n"
            for at in range(5, 40)
        )
        response = Response(text, content_type="text/csv")
        response.add_etag()
        return response.make_conditional(request)

    server.expect_request(re.compile("/file/.*")).respond_with_handler(file)
    server.expect_request("/cube-table").respond_with_handler(cube)
    server.expect_request("/data.json").respond_with_json([listed])
    StatsWales(server, *statswales_tables())
    funders = sources()["threesixtygiving_api"].options["organisations"]
    ThreeSixtyGivingApi(server, [grant for funder in funders for grant in grants(funder)])
    for source in sources().values():
        for number, layer in enumerate(source.options.get("layers", ())):
            # A pattern that names a year is that year's field; one that names none is of 2025.
            names = [field.replace(r"\d\d", "25") for field in layer["fields"]]
            codes = {"LSOA": "E0100", "WD": "E0500", "LAD": "E0600"}
            start = {name: next(code for kind, code in codes.items() if name.startswith(kind)) for name in names}
            records = [
                {name: f"{start[name]}{at:04}" if name.endswith("CD") else f"Made up {at}" for name in names}
                for at in range(number + 1, number + 40)
            ]
            served = Layer(records)
            for path in ("", "/query"):
                address = f"/rest/services/{layer['service']}/FeatureServer/0{path}"
                server.expect_request(address).respond_with_handler(served)
    addresses = {
        "nomis": "/file/nomis_population.csv",
        "statistics_gov_scot": "/cube-table",
        "statswales": "",
        "arcgis": "/rest/services",
        "threesixtygiving_registry": "/data.json",
        "threesixtygiving_api": "/api/v1/org/",
        "grantnav": "/",
    }
    mirrors = {
        source.id: {
            "address": server.url_for(addresses.get(source.protocol, f"/file/{source.id}")),
            "hosts": ["localhost", "127.0.0.1"],
            "schemes": ["http"],
            "max_requests_per_minute": 60_000,
        }
        for source in sources().values()
        if source.protocol
    }
    registry = sources()["threesixtygiving"].options
    mirrors["threesixtygiving"]["options"] = {"publishers": "all", "licences": registry["licences"]}
    return mirrors

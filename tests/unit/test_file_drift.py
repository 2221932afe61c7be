"""Doubts about valid files; the figures are synthetic."""

import json

import pytest

from assets.ingest.file_drift import doubts
from assets.landing.ingest_file import land
from orchestration.status import status
from tests.support.award_files import grant, grants
from warehouse.errors import AnomalousFile
from warehouse.storage.home import Home
from warehouse.storage.landing import Landing

pytestmark = pytest.mark.usefixtures("untried")
HEADING = "DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,GENDER,C_AGE,MEASURES,OBS_VALUE\n"
POPULATION = "staging.nomis__population.population_persons"


def nomis(areas=40, value=lambda number: 1000 + number, years=(2024,)):
    """A made-up answer of Nomis: so many areas, each with a population."""
    rows = [f"{year},E0{n:07},Place {n},0,200,20100,{value(n)}\n" for year in years for n in range(areas)]
    return (HEADING + "".join(rows)).encode()


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "home").prepare()


@pytest.fixture
def landing(home):
    landing = Landing(home.landing)
    land(landing, "nomis_population", nomis(), file_name="first.csv")
    return landing


DOUBTFUL = {
    "a fall of a fifth": (nomis(32), "rows of staging.nomis__population: 32, compared with 40 in the last file"),
    "a tenfold rise": (nomis(400), "rows of staging.nomis__population: 400, compared with 40 in the last file"),
    "fewer areas in as many rows": (nomis(20, years=(2023, 2024)), "areas in staging.nomis__population.area_code: 20"),
    "thousands for persons": (nomis(value=lambda n: 1 + n), f"total of {POPULATION}: 820, compared with 40,780"),
    "ten times the persons": (nomis(value=lambda n: 10_000 + 10 * n), f"total of {POPULATION}: 407,800"),
    "values that are gone": (
        nomis(value=lambda n: 1000 + n if n < 30 else ""),
        f"values of {POPULATION}: 30, compared with 40",
    ),
    "all zero": (nomis(value=lambda n: 0), f"all 40 values of {POPULATION} are 0"),
    "all the same": (nomis(value=lambda n: 1000), f"all 40 values of {POPULATION} are 1,000"),
}


@pytest.mark.parametrize(("content", "doubt"), DOUBTFUL.values(), ids=DOUBTFUL.keys())
def test_what_is_unlike_the_last_file_is_refused_unless_a_user_accepts_it(home, landing, content, doubt):
    before = landing.current("nomis_population")
    with pytest.raises(
        AnomalousFile, match=r"Nothing was landed\. If the file is correct, land it with --accept\."
    ) as told:
        land(landing, "nomis_population", content, file_name="second.csv")
    assert doubt in str(told.value)
    assert landing.current("nomis_population") == before
    (refusal,) = landing.refusals("nomis_population")
    assert doubt in refusal.reason
    assert refusal.path.read_bytes() == content

    accepted = land(landing, "nomis_population", content, file_name="second.csv", accept=True)
    assert landing.current("nomis_population") == [accepted.file]
    assert landing.refusals("nomis_population") == []
    assert doubt in str(json.loads(accepted.file.path.with_suffix(".json").read_text("utf-8"))["accepted"])
    assert doubt in str(landing.current("nomis_population")[0].accepted)
    (told,) = (item for item in status(home)["sources"] if item["source_id"] == "nomis_population")
    assert doubt in str(told["accepted"])
    assert any(remark.startswith("accepted: ") and doubt in remark for remark in accepted.remarks())


EXPECTED = {
    "a few areas less": nomis(33),
    "other figures": nomis(value=lambda n: 1200 + n),
    "a second year": nomis(years=(2023, 2024)),
}


@pytest.mark.parametrize("content", EXPECTED.values(), ids=EXPECTED.keys())
def test_what_publishers_usually_change_is_landed(landing, content):
    assert land(landing, "nomis_population", content, file_name="second.csv").is_new


@pytest.mark.parametrize("value", [0, 1000], ids=["all zero", "all the same"])
def test_a_first_file_of_one_value_is_refused(tmp_path, value):
    landing = Landing(tmp_path / "landing")
    with pytest.raises(AnomalousFile, match=f"all 40 values of {POPULATION} are {value:,}"):
        land(landing, "nomis_population", nomis(value=lambda n: value), file_name="first.csv")
    assert landing.history("nomis_population") == []


def test_a_column_of_one_value_beside_others_that_vary_is_what_funders_publish():
    months = {"values": 100, "total": 1200.0, "lowest": 12.0, "highest": 12.0}
    amounts = {"values": 100, "total": 1e6, "lowest": 500.0, "highest": 9e4}
    now = {"staging.x": {"kept": 100, "quarantined": 0, "areas": {}, "columns": {"months": months, "amount": amounts}}}
    assert doubts(now, {}) == []
    assert doubts(now, now) == []


def test_a_small_file_may_change_as_it_likes(tmp_path):
    landing = Landing(tmp_path / "landing")
    land(landing, "nomis_population", nomis(1), file_name="first.csv")
    assert land(landing, "nomis_population", nomis(15), file_name="second.csv").is_new


def test_each_file_is_held_against_the_last_of_its_name_where_a_source_keeps_all(tmp_path):
    landing, source = Landing(tmp_path / "landing"), "threesixtygiving"

    def awards(number):
        return grants(*map(grant, range(number)))

    land(landing, source, awards(100), file_name="large.json")
    assert land(landing, source, awards(30), file_name="small.json").is_new
    with pytest.raises(AnomalousFile, match=r"rows of staging\.threesixtygiving__award: 50, compared with 100"):
        land(landing, source, awards(50), file_name="large.json")


def test_a_fifth_of_the_rows_in_quarantine_is_doubtful_with_reasons_and_rows(tmp_path):
    landing = Landing(tmp_path / "landing")
    content = nomis(40).decode().splitlines()
    for number in (3, 7, 8, 9, 20, 21, 30):
        content[number] = content[number].replace(",200,20100,", ",200,20301,")
    content[12] = content[12].replace("E0", "?0")
    with pytest.raises(AnomalousFile) as told:
        land(landing, "nomis_population", "\n".join(content).encode(), file_name="first.csv")
    assert "8 of 40 rows for staging.nomis__population would be quarantined: " in str(told.value)
    assert (
        "the measure is not persons (7, the first in row 4); area_code has another form (1, the first in row 13)"
        in str(told.value)
    )
    landed = land(landing, "nomis_population", "\n".join(content).encode(), file_name="first.csv", accept=True)
    assert landed.rows == {"staging.nomis__population": (32, 8)}
    (remark,) = landed.remarks()[:1]
    assert remark.startswith("accepted: 8 of 40 rows for staging.nomis__population would be quarantined")


def test_a_few_rows_in_quarantine_are_not_doubtful(tmp_path):
    content = nomis(40).decode().replace("E00000001", "?").replace("E00000002", "?").encode()
    landed = land(Landing(tmp_path / "landing"), "nomis_population", content, file_name="first.csv")
    assert (landed.rows, landed.accepted) == ({"staging.nomis__population": (38, 2)}, ())


def test_reasons_are_told_without_the_terms_of_a_contract():
    reasons = [{"rule": "funder_id nullability; award_date dtype", "rows": 2, "first_row": 3}]
    now = {"staging.x": {"kept": 1, "quarantined": 2, "reasons": reasons, "areas": {}, "columns": {}}}
    assert doubts(now, {}) == [
        "2 of 3 rows for staging.x would be quarantined: funder_id is missing; award_date cannot be read "
        "(2, the first in row 3)"
    ]

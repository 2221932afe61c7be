"""Landing and replacing of files: ordinary uses of ingestion neither double nor drop a pound."""

import subprocess
import sys
from pathlib import Path

import pytest

from assets.landing.ingest_file import judge, land
from tests.support.award_files import awards_of, grant, grants
from tests.support.sample_files import DATA, needs_real_files
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile
from warehouse.storage.home import PROJECT
from warehouse.storage.landing import Landing

untried = pytest.mark.usefixtures("untried")
FUNDING = DATA / "funding"
PAIR = FUNDING / "golden_pair"
GIVING, TRACKER = "threesixtygiving", "threesixtygiving_covid2020"


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def awards(*numbers, funder="GB-CHC-1", date="2025-06-01"):
    """Return a made-up file of awards with the given numbers."""
    parties = {"fundingOrganization": [{"id": funder, "name": f"Funder {funder}"}], "beneficiaryLocation": []}
    return grants(*(grant(number, amountAwarded=1000, awardDate=date, **parties) for number in numbers))


def names(landing, source=GIVING):
    return sorted(file.file_name for file in landing.current(source))


@needs_real_files
@untried
def test_the_other_form_of_a_file_stands_in_its_place(landing):
    land(landing, GIVING, (PAIR / "a001p00000zgyHZAAY.xlsx").read_bytes(), file_name="abct.xlsx")
    arrival = land(landing, GIVING, (PAIR / "a001p00000zgyHZAAY.json").read_bytes(), file_name="abct.json")
    assert arrival.replaced == ("abct.xlsx",)
    (current,) = landing.current(GIVING)
    kept = awards_of(current.content).kept
    assert (kept.height, kept["amount"].sum()) == (783, 12_785_625)


@needs_real_files
@untried
def test_a_publishers_newer_file_stands_in_place_of_the_older_whatever_it_is_called(landing):
    trafford = FUNDING / "trafford"
    land(landing, GIVING, (trafford / "trafford_grants.csv").read_bytes(), file_name="grants.csv")
    arrival = land(landing, GIVING, (trafford / "trafford_grants_current.json").read_bytes(), file_name="today.json")
    assert arrival.replaced == ("grants.csv",)
    assert names(landing) == ["today.json"]


@untried
def test_two_publishers_whose_files_have_one_name_both_stay(landing):
    land(landing, GIVING, awards(1, 2, funder="GB-CHC-1"), file_name="grants.json")
    arrival = land(landing, GIVING, awards(1, 2, funder="GB-CHC-9"), file_name="grants.json")
    assert (arrival.replaced, arrival.overlaps) == ((), ())
    assert names(landing) == ["grants.json", "grants.json"]


@untried
def test_the_files_of_two_years_of_one_publisher_both_stay(landing):
    land(landing, GIVING, awards(1, 2, 3), file_name="2024.json")
    assert land(landing, GIVING, awards(4, 5, 6), file_name="2025.json").replaced == ()
    assert names(landing) == ["2024.json", "2025.json"]


def test_a_file_that_shares_a_few_awards_stays_beside_the_other_and_says_so(landing):
    land(landing, GIVING, awards(*range(10)), file_name="all.json")
    arrival = land(landing, GIVING, awards(8, 9, 10, 11), file_name="place.json")
    (overlap,) = arrival.overlaps
    assert (arrival.replaced, overlap.file_name, overlap.shared, overlap.further) == ((), "all.json", 2, 0)
    assert names(landing) == ["all.json", "place.json"]


@untried
def test_the_same_bytes_replace_nothing(landing):
    land(landing, GIVING, awards(1), file_name="a.json")
    arrival = land(landing, GIVING, awards(1), file_name="b.json")
    assert not arrival.is_new
    assert names(landing) == ["a.json"]


@untried
def test_awards_of_another_time_are_not_the_tracker(landing):
    with pytest.raises(RefusedFile, match="expected awards of 2020-03-17 to 2020-05-05, got 0 of 2 in that period"):
        land(landing, TRACKER, awards(1, 2), file_name="trafford.json")
    assert land(landing, TRACKER, awards(1, 2, date="2020-04-01"), file_name="tracker.json").is_new


@needs_real_files
@untried
def test_part_of_an_index_is_not_the_index(landing):
    sample = (DATA / "deprivation" / "File_7_IoD2025_raw_first5.csv").read_bytes()
    with pytest.raises(RefusedFile, match="33,755 areas, got a text file: 5 of 33,755 areas"):
        land(landing, "iod2025", sample, file_name="File_7.csv")
    assert landing.current("iod2025") == []


def test_judging_keeps_nothing(tmp_path):
    assert judge(sources()[GIVING], awards(1))["staging.threesixtygiving__award"].kept.height == 1
    assert list(Path(tmp_path).iterdir()) == []


def test_landing_imports_no_dagster():
    slow = ("dagster", "pandas", "scipy", "sqlglot")
    imports = "import sys, assets.landing.ingest_file, assets.ingest.contracts"
    code = f"{imports}; print([m for m in {slow} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert found.stdout.strip() == "[]"

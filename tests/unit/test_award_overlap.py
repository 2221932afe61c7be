"""Notes on awards that two files share agree with the counts of the build; all awards are synthetic."""

import json

import pytest

from assets.landing.award_overlap import Overlap
from assets.landing.ingest_file import land
from assets.landing.trial_build import Trial
from tests.support.award_files import grant
from warehouse.storage.landing import LandedFile, Landing

GIVING, API, TRACKER = "threesixtygiving", "threesixtygiving_api", "threesixtygiving_covid2020"
PULLED = {"address": "https://example.org/x", "final_address": "https://example.org/x", "status": 200}


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def award(number, amount=1000, date="2024-02-03"):
    recipient = [{"id": "GB-CHC-2", "name": "Made-up group"}]
    own = {"amountAwarded": amount, "awardDate": date, "recipientOrganization": recipient, "beneficiaryLocation": []}
    return grant(number, **own)


def file(*awards):
    return json.dumps({"grants": awards}).encode()


def land_untried(*arguments, **more):
    """Land a file without a trial build: the tests are about the file that comes after it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assets.landing.ingest_file.try_file", lambda *_: Trial())
        return land(*arguments, **more)


def others(start=100, number=10):
    return [award(at, amount=at) for at in range(start, start + number)]


PAYMENTS = [award(1, amount=10), award(1, amount=20, date="2024-08-09")]
COPIES = "awards that are also in old.json and count once, from this file: "
OVERLAPS = {
    "the same": ([award(1), award(2)], [award(1), award(2)], {"here": 2}, f"{COPIES}2"),
    "another amount": (
        [award(1), award(2, amount=500)],
        [award(1), award(2, amount=700)],
        {"here": 2, "with_other_amount": 1},
        "of these, awards with a different amount there: 1",
    ),
    "another date": (
        [award(1), award(2)],
        [award(1), award(2, amount=300, date="2024-08-09")],
        {"here": 1, "further": 1},
        "awards with the identifier of an award in old.json that count as further payments: 1",
    ),
    "one of two dates": (PAYMENTS, PAYMENTS[:1], {"here": 1}, f"{COPIES}1"),
    "a row that is repeated": ([award(1)], [award(1)] * 3, {"here": 1}, f"{COPIES}1"),
}


@pytest.mark.parametrize(("old", "new", "shared", "remark"), OVERLAPS.values(), ids=OVERLAPS)
def test_an_award_of_two_files_counts_by_the_newer(landing, old, new, shared, remark):
    land_untried(landing, GIVING, file(*old, *others()), file_name="old.json")
    arrival = land(landing, GIVING, file(*new, *others(200)), file_name="new.json")
    assert arrival.overlaps == (Overlap(GIVING, "old.json", **shared),)
    assert arrival.remarks()[-1] == remark


def test_a_copy_of_an_award_counts_by_the_publishers_file_whichever_came_first(landing):
    land_untried(
        landing, API, file(award(1, amount=900, date="2024-02-04"), award(2)), file_name="GB-CHC-1.json", **PULLED
    )
    arrival = land(landing, GIVING, file(award(1), award(2), *others()), file_name="ours.json")
    assert arrival.overlaps == (Overlap(API, "GB-CHC-1.json", here=2, with_other_amount=1),)

    again = land(landing, API, file(award(1), award(2), award(3)), file_name="downloaded.json")
    assert Overlap(GIVING, "ours.json", there=2) in again.overlaps
    assert "awards that are also in ours.json and count once, from ours.json: 2" in again.remarks()
    assert again.trial.used == {"core.fct_award": 1, "core.fct_award_place": 0}


def test_a_file_of_copies_alone_is_said_to_be_unused(landing):
    land_untried(landing, GIVING, file(award(1), award(2), *others()), file_name="ours.json")
    arrival = land(landing, API, file(award(1), award(2)), file_name="downloaded.json")
    assert (arrival.is_unused, arrival.overlaps) == (True, (Overlap(GIVING, "ours.json", there=2),))
    assert arrival.outcome() == "cpower build publishes an edition that lists the file and has no figures from it."


def test_a_file_in_whose_place_it_is_shares_nothing_with_it(landing):
    land_untried(landing, GIVING, file(award(1), award(2), award(3)), file_name="old.json")
    arrival = land(landing, GIVING, file(award(1), award(2, amount=1)), file_name="new.json")
    assert (arrival.replaced, arrival.overlaps) == (("old.json",), ())


def test_the_tracker_is_counted_apart(landing):
    land_untried(landing, TRACKER, file(award(1, date="2020-04-01")), file_name="tracker.json")
    arrival = land(landing, GIVING, file(award(1, date="2020-04-01"), *others()), file_name="ours.json")
    assert arrival.overlaps == ()


def test_of_a_large_file_the_shared_awards_are_tried(landing, monkeypatch):
    monkeypatch.setattr("assets.landing.trial_build.MOST_AWARDS", 2)
    land_untried(landing, GIVING, file(award(1, amount=1), *others()), file_name="old.json")
    arrival = land(landing, GIVING, file(award(1, amount=2), *others(200)), file_name="new.json")
    assert arrival.overlaps == (Overlap(GIVING, "old.json", here=1, with_other_amount=1),)


def test_the_counts_are_in_the_json_of_the_command(landing):
    land_untried(landing, GIVING, file(award(1), *others()), file_name="old.json")
    arrival = land(landing, GIVING, file(award(1, amount=7), *others(200)), file_name="new.json")
    assert arrival.to_dict()["overlaps"] == [
        {
            "source_id": GIVING,
            "file_name": "old.json",
            "counted_by_this_file": 1,
            "counted_by_other_file": 0,
            "further_payments": 0,
            "with_other_amount": 1,
        }
    ]


def test_a_file_of_any_size_is_compared_by_the_rows_that_are_kept_of_it(landing, monkeypatch):
    land_untried(landing, API, file(award(1), award(2)), file_name="GB-CHC-1.json", **PULLED)
    land_untried(landing, GIVING, file(award(1), *others()), file_name="old.json")
    monkeypatch.setattr(LandedFile, "content", property(lambda file: pytest.fail(f"{file.file_name} is read again")))
    arrival = land(landing, GIVING, file(award(1), *others(200)), file_name="new.json")
    assert arrival.overlaps == (Overlap(GIVING, "old.json", here=1), Overlap(API, "GB-CHC-1.json", here=1))

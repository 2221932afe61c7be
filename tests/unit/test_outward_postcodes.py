"""First halves of postcodes and their localities: the real directory, and synthetic rows for the query."""

import pytest

from assets.sources.geography.areas import count_outward_codes
from tests.support.sql_harness import Bench

BENCH = Bench()


def test_an_outward_code_is_counted_in_every_authority_that_it_is_in():
    found = count_outward_codes()
    counted = {(code, lad): n for code, lad, n in found.iter_rows()}
    assert len(counted) == found.height
    assert 2900 < found["outward_code"].n_unique() < 3500
    assert {lad for code, lad in counted if code == "LL57"} == {"W06000002"}
    assert {lad for code, lad in counted if code == "CH7"} == {"W06000004", "W06000005"}
    assert min(counted.values()) > 0
    # Newport had an outward code without a digit.
    odd = found.filter(~found["outward_code"].str.contains("^[A-Z]{1,2}[0-9][0-9A-Z]?$"))
    assert set(odd["outward_code"]) == {"NPT"}


def test_retired_codes_count_for_the_locality_that_they_became_and_unknown_ones_for_none():
    BENCH.reset()
    BENCH.put(
        "core.bridge_locality_code",
        [
            {"area_code": "E07999901", "locality_code": "E06999901", "mode": "merge"},
            {"area_code": "E06999901", "locality_code": "E06999901", "mode": "current"},
            {"area_code": "W06999901", "locality_code": "W06999901", "mode": "current"},
        ],
    )
    rows = [("ZZ1", "E07999901", 2), ("ZZ1", "E06999901", 1), ("ZZ1", "W06999901", 1), ("ZZ1", "E07999999", 9)]
    BENCH.put(
        "staging.onspd__outward_code",
        [{"outward_code": outward, "lad_code": lad, "postcodes_n": n} for outward, lad, n in rows],
    )
    made = {row["locality_code"]: row for row in BENCH.make("core.bridge_outward_postcode")}
    assert {code: row["postcodes_n"] for code, row in made.items()} == {"E06999901": 3, "W06999901": 1}
    assert made["E06999901"]["postcode_share"] == pytest.approx(0.75)

"""The synthetic awards of the bench are files that the parser reads whole, and say what they are."""

import polars as pl

from assets.sources.threesixtygiving.awards import AWARD, AWARD_LOCATION, parse_awards
from tests.benchmark import synthetic

AWARDS = 400


def test_the_files_are_read_whole_and_are_the_same_each_time(tmp_path):
    files = synthetic.write(tmp_path / "one", AWARDS, funders_n=5)
    again = synthetic.write(tmp_path / "two", AWARDS, funders_n=5)
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]
    assert {file.suffix for file in files} == {".json", ".csv"}
    read = [parse_awards(file.read_bytes()) for file in files]
    awards = pl.concat(one[AWARD].kept for one in read)
    assert sum(one[AWARD].quarantined.height for one in read) == 0
    assert awards.filter(~pl.col("is_to_individual"))["title"].str.starts_with(synthetic.LABEL).all()
    assert 0 < awards["is_to_individual"].sum() < AWARDS / 10
    places = pl.concat(one[AWARD_LOCATION].kept for one in read)
    assert AWARDS / 2 < places.height < 2 * AWARDS
    assert AWARDS - awards.height <= sum(one[AWARD].rows_merged or 0 for one in read)

"""Landing keeps bytes as sent, once, with where they came from; the door keeps out what cannot be the source."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.door import land, landable, parsers_of
from warehouse.catalogue import sources
from warehouse.errors import CommunityPowerError, RefusedFile, UnknownName
from warehouse.landing import Landing

SOURCE = sources()["iod2025"]


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def test_bytes_are_kept_as_sent_beside_their_record(landing):
    content = b"a,b\r\n1,\xc3\xb4\r\n"
    file, is_new = landing.keep(SOURCE, content, file_name="../../etc/File 7.csv", address="https://example.org/f")
    assert is_new
    assert file.content == content
    assert file.file_name == "File 7.csv"
    record = json.loads(file.path.with_suffix(".json").read_text("utf-8"))
    assert record["sha256"] == file.sha256 == file.path.stem
    assert record["licence"] == SOURCE.licence
    assert record["address"] == "https://example.org/f"


def test_the_same_bytes_are_landed_once(landing):
    first, _ = landing.keep(SOURCE, b"x", file_name="one.csv")
    second, is_new = landing.keep(SOURCE, b"x", file_name="two.csv")
    assert not is_new
    assert second == first


def test_a_reissue_stands_beside_the_old_file_and_is_current(landing):
    old, _ = landing.keep(SOURCE, b"old", file_name="f.csv")
    new, _ = landing.keep(SOURCE, b"new", file_name="f.csv")
    assert landing.current(SOURCE.id) == [new]
    assert landing.history(SOURCE.id) == [old, new]
    assert old.content == b"old"


def test_a_source_that_keeps_all_has_every_file_that_no_later_one_replaces(landing):
    source = sources()["threesixtygiving"]
    a1, _ = landing.keep(source, b"a1", file_name="grants.json")
    b, _ = landing.keep(source, b"b1", file_name="grants.json")
    assert set(landing.current(source.id)) == {a1, b}
    a2, _ = landing.keep(source, b"a2", file_name="grants.csv", supersedes=[a1])
    assert set(landing.current(source.id)) == {a2, b}
    assert a1.content == b"a1"


def test_what_landed_later_was_not_known_before(landing):
    landing.keep(SOURCE, b"x", file_name="f.csv")
    yesterday = Landing(landing.root, as_of=date.today() - timedelta(days=2))
    assert yesterday.current(SOURCE.id) == []


def test_a_file_without_its_record_was_never_landed(landing):
    file, _ = landing.keep(SOURCE, b"x", file_name="f.csv")
    file.path.with_suffix(".json").unlink()
    assert landing.current(SOURCE.id) == []


@pytest.mark.parametrize("source_id", landable())
@pytest.mark.parametrize(
    "content",
    [b"", b"   \n", b"<!DOCTYPE html><html><body>Sign in</body></html>", b"\x00\x01\x02binary", b"PK\x03\x04damaged"],
    ids=["empty", "blank", "HTML page", "binary", "damaged zip"],
)
def test_what_cannot_be_the_source_is_refused_and_nothing_is_kept(landing, source_id, content):
    with pytest.raises(RefusedFile, match=f"{source_id}: expected .+, got .+"):
        land(landing, source_id, content, file_name="download")
    assert not landing.root.exists()


def test_an_unknown_source_gives_the_near_matches(landing):
    with pytest.raises(UnknownName, match="iod2025"):
        land(landing, "iod2052", b"x", file_name="f")


def test_reference_records_are_not_landed(landing):
    with pytest.raises(CommunityPowerError, match=r"ships with the project as localities\.csv"):
        land(landing, "reference_localities", b"x", file_name="f")


@given(content=st.binary(min_size=1, max_size=300))
@example(content=b"\xef\xbb\xbf")
@example(content=b'"",""\r\n')
def test_no_bytes_make_a_parser_fail_otherwise_than_by_refusal(content):
    for source_id in landable():
        for parse in parsers_of(source_id).values():
            try:
                intake = parse(content)
            except RefusedFile:
                continue
            assert intake.rows_in == intake.kept.height + intake.quarantined.height

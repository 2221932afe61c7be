"""Landing keeps bytes as sent, once, with where they came from; the door keeps out what cannot be the source."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assets.landing.ingest_file import land, landable
from assets.subjects import parsers
from warehouse.catalogue import sources
from warehouse.errors import AmbiguousName, CommunityPowerError, RefusedFile, UnknownName
from warehouse.storage.landing import Known, KnownFile, Landing, SourceStatus

DAY = timedelta(days=1)
NOON = datetime(2026, 6, 30, 12, tzinfo=UTC)
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


def kept(landing, *contents, source=SOURCE, **more):
    """Keep files of one name one after the other and return them."""
    return [landing.keep(source, content, file_name="f.csv", **more)[0] for content in contents]


def test_the_same_bytes_are_landed_once(landing):
    first, _ = landing.keep(SOURCE, b"x", file_name="one.csv")
    second, is_new = landing.keep(SOURCE, b"x", file_name="two.csv")
    assert not is_new
    assert second == first


def test_a_reissue_stands_beside_the_old_file_and_is_current(landing):
    old, new = kept(landing, b"old", b"new")
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


def test_a_reissue_that_is_taken_back_is_superseded_by_the_first_file(landing):
    first, _ = landing.keep(SOURCE, b"first", file_name="f.csv")
    landing.keep(SOURCE, b"reissue", file_name="f.csv")
    again, is_new = landing.keep(SOURCE, b"first", file_name="f.csv")
    assert is_new
    assert landing.current(SOURCE.id) == [again]
    assert again.path == first.path
    assert again.landed_at > first.landed_at
    assert landing.keep(SOURCE, b"first", file_name="f.csv") == (again, False)


def test_the_same_bytes_under_another_name_are_not_read_twice(landing):
    source = sources()["threesixtygiving"]
    a, _ = landing.keep(source, b"same", file_name="a.json")
    assert landing.keep(source, b"same", file_name="b.json") == (a, False)
    assert landing.current(source.id) == [a]


def test_what_is_known_of_a_source_is_what_its_last_landing_was_answered_with(landing):
    assert landing.known(SOURCE.id) == Known()
    landing.keep(SOURCE, b"old", file_name="f.csv", headers={"ETag": '"1"', "Last-Modified": "Mon"})
    new, _ = landing.keep(SOURCE, b"new", file_name="f.csv", headers={"ETag": '"2"', "Set-Cookie": "secret"})
    landing.record(SourceStatus(SOURCE.id, state="ok", last_try_at=datetime.now(UTC), revision="r2"))
    known = landing.known(SOURCE.id)
    assert (known.etag, known.last_modified, known.revision) == ('"2"', None, "r2")
    assert known.files == {"f.csv": KnownFile(new.sha256, '"2"', None)}
    assert "secret" not in new.path.with_suffix(".json").read_text("utf-8")


def test_where_the_landed_files_are_gone_the_publisher_is_asked_as_if_for_the_first_time(landing):
    file, _ = landing.keep(SOURCE, b"x", file_name="f.csv", headers={"ETag": '"1"'})
    landing.record(SourceStatus(SOURCE.id, state="ok", last_try_at=datetime.now(UTC), revision="r1"))
    file.path.with_suffix(".json").unlink()
    assert landing.known(SOURCE.id) == Known()


def test_a_status_stays_as_recorded_and_that_of_a_source_that_nobody_asked_for_is_never(landing):
    assert landing.status(SOURCE.id) == SourceStatus(SOURCE.id, state="never")
    now = datetime.now(UTC)
    failed = SourceStatus(SOURCE.id, "failed", now, now - DAY, None, "no answer", 3, "r1")
    landing.record(failed)
    assert landing.status(SOURCE.id) == failed
    assert failed.is_failing


def test_a_file_that_a_person_lands_after_a_failed_pull_ends_the_trouble(landing):
    landing.record(SourceStatus(SOURCE.id, "failed", datetime.now(UTC), reason="no answer"))
    (file,) = kept(landing, b"x")
    status = landing.status(SOURCE.id)
    assert (status.state, status.reason, status.last_change_at) == ("ok", "", file.landed_at)


@pytest.mark.parametrize(
    ("status", "warning"),
    [
        (SourceStatus(SOURCE.id), ""),
        (SourceStatus(SOURCE.id, "ok", NOON, NOON, NOON), ""),
        (SourceStatus(SOURCE.id, "unchanged", NOON, NOON - 15 * DAY, NOON - 90 * DAY), ""),
        (
            SourceStatus(SOURCE.id, "unchanged", NOON - 16 * DAY, NOON - 16 * DAY, NOON - 90 * DAY),
            "stale, no successful pull since 2026-06-14; the edition uses the files landed on 2026-04-01.",
        ),
        (
            SourceStatus(SOURCE.id, "failed", NOON, NOON - DAY, NOON - DAY, "HTTP 404."),
            "the pull of 2026-06-30 failed, so the edition uses the files landed on 2026-06-29. HTTP 404.",
        ),
        (
            SourceStatus(SOURCE.id, "refused", NOON, reason="an HTML page."),
            "the pull of 2026-06-30 brought a file that was refused, so the edition has no file of it. an HTML page.",
        ),
        (
            SourceStatus(SOURCE.id, "ok", NOON, NOON, NOON, "not all came: a cube"),
            "not all came: a cube",
        ),
    ],
)
def test_readers_are_warned_of_trouble_of_parts_that_are_missing_and_of_long_silence(status, warning):
    told = status.warning(SOURCE, NOON.date())
    assert told == (f"{SOURCE.title} (iod2025): {warning}" if warning else "")


def test_a_source_that_nobody_pulls_is_never_silent():
    by_hand = sources()["cls2023"]
    assert SourceStatus("cls2023", "ok", None, NOON - 900 * DAY, NOON - 900 * DAY).warning(by_hand, NOON.date()) == ""


def test_a_pull_after_the_day_asked_about_was_not_known_then(landing):
    landing.record(SourceStatus(SOURCE.id, "failed", datetime.now(UTC), reason="no answer"))
    earlier = Landing(landing.root, as_of=date.today() - 2 * DAY)
    assert earlier.status(SOURCE.id).state == "never"


def test_of_refused_files_the_last_few_are_kept(landing, monkeypatch):
    monkeypatch.setattr("warehouse.storage.landing.KEPT_REFUSALS", 2)
    for content in (b"one", b"two", b"three"):
        landing.refuse(SOURCE, content, file_name="page.html", reason=f"not {content.decode()}")
    assert [refusal.reason for refusal in landing.refusals(SOURCE.id)] == ["not two", "not three"]
    assert [refusal.path.read_bytes() for refusal in landing.refusals(SOURCE.id)] == [b"two", b"three"]
    assert landing.history(SOURCE.id) == []


def test_a_file_that_is_taken_back_stays_and_the_one_before_it_is_current_again(landing):
    old, new = kept(landing, b"old", b"new")
    record = new.path.with_suffix(".json").read_bytes()
    item = landing.unland(SOURCE.id, reason=" of  another\nyear")
    assert (item.sha256, item.file_name, item.reason) == (new.sha256, "f.csv", "of another year")
    assert landing.current(SOURCE.id) == landing.history(SOURCE.id) == [old]
    assert landing.archive(SOURCE.id) == [old, new]
    assert landing.unlanded(SOURCE.id) == [item]
    assert new.content == b"new"
    assert new.path.with_suffix(".json").read_bytes() == record
    beside = json.loads(new.path.with_name(f"{new.sha256}.unlanded.1.json").read_text("utf-8"))
    assert beside == vars(item) | {"unlanded_at": item.unlanded_at.isoformat(timespec="microseconds")}
    assert beside["unlanded_by"]


def test_what_was_taken_back_is_current_again_once_it_is_landed_again(landing):
    kept(landing, b"old", b"new")
    for _ in range(2):
        landing.unland(SOURCE.id)
        again, is_new = landing.keep(SOURCE, b"new", file_name="f.csv")
        assert is_new
        assert landing.current(SOURCE.id) == [again]
        assert landing.unlanded(SOURCE.id) == []
        assert landing.keep(SOURCE, b"new", file_name="f.csv") == (again, False)


def test_every_landing_of_the_bytes_is_taken_back(landing):
    kept(landing, b"first", b"second", b"first")
    landing.unland(SOURCE.id)
    assert [file.content for file in landing.history(SOURCE.id)] == [b"second"]
    landing.unland(SOURCE.id)
    assert landing.current(SOURCE.id) == []


AWARDS = sources()["threesixtygiving"]


def chain(landing, *contents):
    """Land files, each in the place of the one before."""
    files = []
    for content in contents:
        files.append(landing.keep(AWARDS, content, file_name="grants.json", supersedes=files[-1:])[0])
    return files


def test_where_all_files_count_those_that_it_superseded_are_current_again(landing):
    other, _ = landing.keep(AWARDS, b"other", file_name="other.json")
    a, b = kept(landing, b"a", b"b", source=AWARDS)
    landing.keep(AWARDS, b"both", file_name="both.json", supersedes=[a, b])
    landing.unland(AWARDS.id)
    assert {file.sha256 for file in landing.current(AWARDS.id)} == {a.sha256, b.sha256, other.sha256}


@pytest.mark.parametrize("taken_back", ["2", "23", "32", "12", "21", "234", "4", "41", "1234"])
def test_a_chain_of_vintages_has_one_current_file_whichever_are_taken_back(landing, taken_back):
    """Awards that two vintages hold would count twice."""
    chain(landing, b"1", b"2", b"3", b"4")
    digests = {str(n): sha256(str(n).encode()).hexdigest() for n in range(1, 5)}
    for name in taken_back:
        landing.unland(AWARDS.id, digests[name])
    left = [name for name in "1234" if name not in taken_back]
    assert [file.content.decode() for file in landing.current(AWARDS.id)] == left[-1:]


def test_a_file_that_was_landed_again_is_not_superseded_by_what_was_landed_before_it(landing):
    _, second = chain(landing, b"1", b"2")
    landing.keep(AWARDS, b"1", file_name="another-name.json")
    landing.keep(AWARDS, b"3", file_name="grants.json", supersedes=[second])
    landing.unland(AWARDS.id, second.sha256)
    assert sorted(file.content for file in landing.current(AWARDS.id)) == [b"1", b"3"]


def test_a_file_is_called_by_its_name_or_the_first_digits_of_its_checksum(landing):
    old, new = kept(landing, b"old", b"new")
    other, _ = landing.keep(SOURCE, b"other", file_name="other.csv")
    assert landing.find(SOURCE.id) == other
    assert landing.find(SOURCE.id, "other.csv") == other
    assert landing.find(SOURCE.id, old.sha256[:8].upper()) == old
    with pytest.raises(AmbiguousName, match=rf"2 landed files of iod2025: .*{old.sha256[:12]}.*{new.sha256[:12]}"):
        landing.find(SOURCE.id, "f.csv")
    landing.unland(SOURCE.id)
    # Of files with one name it is the one that a build reads.
    assert landing.find(SOURCE.id, "folder/f.csv") == new


@pytest.mark.parametrize("name", ["g.csv", "0", "feedbeef"])
def test_an_unknown_file_gives_those_that_there_are(landing, name):
    (file,) = kept(landing, b"x")
    with pytest.raises(UnknownName, match=rf"landed file of iod2025 .*f\.csv \({file.sha256[:12]}\)"):
        landing.unland(SOURCE.id, name)
    assert landing.current(SOURCE.id) == [file]


def test_what_cannot_be_taken_back_is_said(landing):
    with pytest.raises(UnknownName, match="iod2025"):
        landing.unland("iod2052")
    with pytest.raises(CommunityPowerError, match="ships with the project"):
        landing.unland("reference_localities")
    with pytest.raises(CommunityPowerError, match="iod2025 has no landed file"):
        landing.unland(SOURCE.id)
    (file,) = kept(landing, b"x")
    landing.unland(SOURCE.id, reason="of another year")
    for name in ("f.csv", file.sha256[:10]):
        with pytest.raises(CommunityPowerError, match=r"was taken back on [\d-]+ \(of another year\) already"):
            landing.unland(SOURCE.id, name)


def test_before_the_day_on_which_it_was_taken_back_a_file_is_current(landing):
    (file,) = kept(landing, b"x")
    backdate(file.path.with_suffix(".json"), "landed_at", days=5)
    landing.unland(SOURCE.id)
    backdate(file.path.with_name(f"{file.sha256}.unlanded.1.json"), "unlanded_at", days=3)
    today = datetime.now(UTC).date()
    known = {days: Landing(landing.root, as_of=today - days * DAY) for days in (6, 5, 4, 3, 0)}
    assert {days: len(then.current(SOURCE.id)) for days, then in known.items()} == {6: 0, 5: 1, 4: 1, 3: 0, 0: 0}
    assert {days: len(then.unlanded(SOURCE.id)) for days, then in known.items()} == {6: 0, 5: 0, 4: 0, 3: 1, 0: 1}
    assert known[4].status(SOURCE.id).state == "ok"
    assert known[3].status(SOURCE.id).state == "never"


def backdate(record, name, days):
    item = json.loads(record.read_text("utf-8"))
    item[name] = (datetime.now(UTC) - days * DAY).isoformat()
    record.write_text(json.dumps(item), "utf-8")


def test_what_happened_last_counts_where_the_clock_goes_back(landing):
    first, _ = landing.keep(SOURCE, b"first", file_name="f.csv")
    backdate(first.path.with_suffix(".json"), "landed_at", days=-2)
    landing = Landing(landing.root)
    second, _ = landing.keep(SOURCE, b"second", file_name="f.csv")
    assert landing.current(SOURCE.id) == [second]
    landing.unland(SOURCE.id)
    assert [file.content for file in landing.current(SOURCE.id)] == [b"first"]
    landing.keep(SOURCE, b"second", file_name="f.csv")
    assert [file.content for file in landing.current(SOURCE.id)] == [b"second"]


def test_what_was_taken_back_is_not_known_to_the_next_pull(landing):
    old, _ = landing.keep(SOURCE, b"old", file_name="f.csv", headers={"ETag": '"1"'})
    landing.keep(SOURCE, b"new", file_name="f.csv", headers={"ETag": '"2"'})
    pulled_at = datetime.now(UTC)
    landing.record(SourceStatus(SOURCE.id, "ok", pulled_at, pulled_at, pulled_at, revision="r2"))
    landing.unland(SOURCE.id)
    assert landing.known(SOURCE.id) == Known('"1"', None, None, {"f.csv": KnownFile(old.sha256, '"1"', None)})
    status = landing.status(SOURCE.id)
    assert (status.state, status.last_change_at, status.revision) == ("ok", old.landed_at, None)
    landing.record(SourceStatus(SOURCE.id, "ok", datetime.now(UTC), revision="r3"))
    assert landing.known(SOURCE.id).revision == "r3"


def test_trouble_that_a_file_had_ended_is_there_again_once_it_is_taken_back(landing):
    landing.keep(SOURCE, b"x", file_name="f.csv")
    landing.record(SourceStatus(SOURCE.id, "failed", datetime.now(UTC), reason="no answer"))
    landing.keep(SOURCE, b"y", file_name="f.csv")
    assert landing.status(SOURCE.id).state == "ok"
    landing.unland(SOURCE.id)
    assert (landing.status(SOURCE.id).state, landing.status(SOURCE.id).reason) == ("failed", "no answer")


def test_where_all_was_taken_back_nothing_is_landed(landing):
    landing.keep(SOURCE, b"x", file_name="f.csv")
    landing.record(SourceStatus(SOURCE.id, "unchanged", NOON, NOON, NOON))
    landing.unland(SOURCE.id)
    status = landing.status(SOURCE.id)
    assert (status.state, status.last_change_at) == ("never", None)
    assert "; the edition has no file of it." in status.warning(SOURCE, NOON.date() + 16 * DAY)


def test_a_file_without_its_record_was_never_landed(landing):
    (file,) = kept(landing, b"x")
    file.path.with_suffix(".json").unlink()
    assert landing.current(SOURCE.id) == []


@pytest.mark.parametrize("source_id", landable())
@pytest.mark.parametrize(
    "content",
    [b"", b"   \n", b"<!DOCTYPE html><html><body>Sign in</body></html>", b"\x00\x01\x02binary", b"PK\x03\x04damaged"],
    ids=["empty", "blank", "HTML page", "binary", "damaged zip"],
)
def test_what_cannot_be_the_source_is_refused_and_kept_apart_with_the_reason(landing, source_id, content):
    with pytest.raises(RefusedFile, match=f"{source_id}: expected .+, got .+") as told:
        land(landing, source_id, content, file_name="download", accept=True)
    (refusal,) = landing.refusals(source_id)
    assert refusal.reason == str(told.value)
    assert refusal.path.read_bytes() == content
    assert landing.history(source_id) == []


def test_an_unknown_source_gives_the_near_matches_and_reference_records_are_not_landed(landing):
    with pytest.raises(UnknownName, match="iod2025"):
        land(landing, "iod2052", b"x", file_name="f")
    with pytest.raises(CommunityPowerError, match=r"ships with the project as localities\.csv"):
        land(landing, "reference_localities", b"x", file_name="f")


@given(content=st.binary(min_size=1, max_size=300))
@example(content=b"\xef\xbb\xbf")
@example(content=b'"",""\r\n')
def test_no_bytes_make_a_parser_fail_otherwise_than_by_refusal(content):
    for source_id in landable():
        try:
            read = parsers()[source_id].parse(content)
        except RefusedFile:
            continue
        for intake in read.values():
            assert intake.rows_in == intake.kept.height + intake.quarantined.height + intake.rows_merged

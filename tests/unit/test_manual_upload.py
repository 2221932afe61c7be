"""What a user lands by hand: paths that are not files, addresses that may not be recorded, and what is said and kept.

All files are synthetic.
"""

import json
import os
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assets.landing import ingest_file, manual_upload
from assets.landing.ingest_file import judge, land
from assets.landing.manual_upload import read_upload, upload_address
from assets.tables.build_metadata import landed_files
from orchestration.cli import main
from warehouse.catalogue import sources
from warehouse.errors import BadAddress, RefusedFile
from warehouse.explain.explanation import ExplainedPlace, Explanation, File, MetricFacts, MetricPart
from warehouse.explain.printing import to_text
from warehouse.i18n import text
from warehouse.storage.home import Home
from warehouse.storage.landing import NO_ADDRESS, Landing, address_text, plain_name
from warehouse.storage.workspace import Warehouse

NOMIS, GIVING = "nomis_population", "threesixtygiving"
PERSONS = (
    b"DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,GENDER,C_AGE,MEASURES,OBS_VALUE\n"
    b"2024,E06000001,Synthetic,0,200,20100,92000\n2024,E06000002,Synthetic,0,200,20100,145000\n"
)
ADDRESS = "https://example.org/files/persons.csv?edition=2&token=abc#top"
RECORDED = "https://example.org/files/persons.csv?edition=2&token=***"


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


def cpower(*arguments):
    """Run a command as a user does and return its exit code and all that it printed; it never fails otherwise."""
    result = CliRunner().invoke(main, [os.fspath(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result.exit_code, result.output


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "persons.csv"
    path.write_bytes(PERSONS)
    return path


def records(home):
    return [json.loads(path.read_text("utf-8")) for path in sorted((home.landing / NOMIS).glob("*.json"))]


def test_a_file_landed_by_hand_has_no_address_of_the_publisher(home, file):
    code, said = cpower("land", NOMIS, file)
    assert (code, "from: landed by a user, address not recorded" in said) == (0, True)
    (record,) = records(home)
    assert (record["address"], record["final_address"], record["status"]) == ("", "", None)
    (landed,) = Warehouse(home).landing.current(NOMIS)
    assert (landed.address, landed.final_address, address_text(landed.address)) == ("", "", NO_ADDRESS)
    (row,) = (row for row in landed_files(Warehouse(home)).to_dicts() if row["source_id"] == NOMIS)
    assert (row["address"], row["final_address"]) == (None, None)


def test_the_address_that_a_user_gives_is_recorded_without_secrets(home, file):
    code, said = cpower("land", NOMIS, file, "--from", ADDRESS, "--json")
    assert (code, json.loads(said)["address"]) == (0, RECORDED)
    (record,) = records(home)
    assert (record["address"], record["final_address"]) == (RECORDED, "")
    assert "abc" not in json.dumps(record)
    assert Warehouse(home).landing.current(NOMIS)[0].address == RECORDED


def test_a_pulled_file_keeps_the_address_that_answered(home):
    landing = Warehouse(home.prepare()).landing
    land(landing, NOMIS, PERSONS, file_name="x", address="https://a.org/x", final_address="https://b.org/x", status=200)
    (landed,) = Landing(landing.root).current(NOMIS)
    assert (landed.address, landed.final_address, landed.status) == ("https://a.org/x", "https://b.org/x", 200)


def test_a_record_of_an_earlier_version_says_no_address_that_no_one_asked(tmp_path):
    landing = Landing(tmp_path)
    file, _ = landing.keep(sources()[NOMIS], b"by hand", file_name="a")
    path = file.path.with_suffix(".json")
    old = json.loads(path.read_text("utf-8")) | {"address": "https://a.org/api", "final_address": "https://a.org/api"}
    path.write_text(json.dumps(old), "utf-8")
    assert [(item.address, item.final_address) for item in Landing(tmp_path).history(NOMIS)] == [("", "")]


def test_every_surface_says_the_same_where_no_address_is_on_record():
    assert text("en")("origin.no_address") == NO_ADDRESS
    assert text("cy")("origin.no_address") != NO_ADDRESS
    explanation = Explanation(
        "2026-01-01-1",
        MetricFacts("m", "M", "d", "f", "persons", "s", "1"),
        MetricPart("all", "", []),
        ExplainedPlace("E06000001", "A", "England", "A"),
        [],
        None,
        [],
        [File(NOMIS, "0" * 64, "persons.csv", None, "OGL-UK-3.0", None)],
        [],
    )
    assert f"from   {NO_ADDRESS}" in to_text(explanation)
    assert explanation.to_dict()["files"][0]["address"] is None


@pytest.mark.parametrize(
    "address",
    [
        "example.org/file.csv",
        "ftp://example.org/file.csv",
        "file:///etc/passwd",
        "https:///file.csv",
        "https://?q=1",
        "https://exa mple.org/",
        "https://example.org:99999/",
        "https://example.org/a\nb",
        "https://[::1",
        "http://" + "a" * 3000 + ".org/",
        "javascript:alert(1)",
        "me:secret-word@example.org",
        "https://me:secret-word@example.org/file.csv",
        "https://secret-word@example.org/",
    ],
)
def test_what_is_not_the_address_of_a_file_is_refused_and_no_secret_is_repeated(home, file, address):
    code, said = cpower("land", NOMIS, file, "--from", address)
    assert (code, "--from: expected" in said, "secret-word" in said) == (2, True, False)
    assert not home.landing.exists()


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("https://example.org/file.csv", "https://example.org/file.csv"),
        ("http://192.0.2.7:8080/a?b=c", "http://192.0.2.7:8080/a?b=c"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]/x"),
        ("https://ystadegau.cymru/Môn.csv", "https://ystadegau.cymru/Môn.csv"),
        ("https://a.org/x?sig=1&X-Amz-Signature=2&apikey=3", "https://a.org/x?sig=***&X-Amz-Signature=***&apikey=***"),
    ],
)
def test_an_address_is_recorded_as_given(address, recorded):
    assert upload_address(address) == recorded


@given(st.text(max_size=60) | st.builds("https://{}/{}".format, st.text(max_size=20), st.text(max_size=20)))
def test_any_text_for_an_address_is_recorded_or_refused(address):
    try:
        recorded = upload_address(address)
    except BadAddress:
        return
    assert recorded.startswith(("http://", "https://"))
    assert recorded.isprintable()


def test_a_folder_a_device_and_a_socket_are_refused_by_name(home, tmp_path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "s"))
        for path, got in ((tmp_path, "a folder"), ("/dev/null", "a device"), (tmp_path / "s", "a socket")):
            code, said = cpower("land", NOMIS, path)
            assert (code, f"got {got}" in said) == (3, True), path


def test_a_pipe_is_refused_and_not_waited_for(home, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    ended = []
    waiting = threading.Thread(target=lambda: ended.append(cpower("land", NOMIS, tmp_path / "pipe")), daemon=True)
    waiting.start()
    waiting.join(60)
    ((code, said),) = ended
    assert (code, "got a pipe; save it as a file first" in said) == (3, True)


def test_an_empty_file_is_refused_with_what_is_expected(home, tmp_path):
    (tmp_path / "empty.csv").touch()
    code, said = cpower("land", NOMIS, tmp_path / "empty.csv")
    assert (code, "expected the CSV file of Mid-year population" in said, "got an empty file" in said) == (
        3,
        True,
        True,
    )


def test_a_file_that_may_not_be_read_is_refused(home, file, monkeypatch):
    def forbidden(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(manual_upload, "_opened", forbidden)
    code, said = cpower("land", NOMIS, file)
    assert (code, "'persons.csv', which cannot be read (Permission denied)" in said) == (3, True)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(home, tmp_path):
    with (tmp_path / "large.csv").open("wb") as large:
        large.truncate(manual_upload.MAX_BYTES + 1)
    code, said = cpower("land", NOMIS, tmp_path / "large.csv")
    assert (code, "got a file of 1,000,000,001 bytes" in said) == (3, True)
    assert not (home.landing / "refused").exists()


def test_a_file_that_grows_while_it_is_read_is_refused(monkeypatch, file):
    monkeypatch.setattr(manual_upload, "MAX_BYTES", len(PERSONS))
    assert read_upload(NOMIS, file) == PERSONS
    monkeypatch.setattr(manual_upload.os, "fstat", lambda _: Path("/dev/null").stat())
    file.write_bytes(PERSONS + b"x")
    with pytest.raises(RefusedFile, match=f"got a file of {len(PERSONS) + 1:,} bytes"):
        read_upload(NOMIS, file)


def test_a_missing_file_and_an_unknown_source_are_wrong_usage(home, tmp_path, file):
    assert cpower("land", NOMIS, tmp_path / "no.csv")[0] == 2
    code, said = cpower("land", "nomis_populaton", file)
    assert (code, "Did you mean nomis_population" in said) == (2, True)


NAMES = st.binary(min_size=1, max_size=40).filter(lambda name: not {0, ord("/")} & set(name) and name.strip(b"."))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, is_whole=st.booleans())
@example(name=b"\xff\xfe.csv", is_whole=True)
@example(name=b"a\nb\x1b[31m.csv", is_whole=True)
@example(name=b"[bold]x[red].csv", is_whole=True)
@example(name=b"--json", is_whole=False)
@example(name="Môn 🏴.csv".encode(), is_whole=True)
def test_a_file_of_any_name_is_landed_or_refused(home, tmp_path, name, is_whole):
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(PERSONS if is_whole else b"animal,legs\nspider,8\n")
    code, said = cpower("land", NOMIS, path)
    path.unlink()
    assert (code, "\x1b" in said) == (0 if is_whole else 3, False)
    assert "Traceback" not in said


@given(st.text(max_size=40))
def test_a_name_that_is_kept_can_be_printed(name):
    kept = plain_name(name)
    assert kept.isprintable()
    assert plain_name(kept) == kept


def test_the_lock_of_a_home_tells_no_secret(home, monkeypatch):
    monkeypatch.setattr("sys.argv", ["cpower", "land", NOMIS, "x.csv", "--from", ADDRESS])
    with home.prepare().lock("land"):
        held = home.holder()
    assert "https://example.org/files/persons.csv?..." in held
    assert "abc" not in held


def test_what_a_parser_could_not_read_is_said(home, file, monkeypatch):
    """A parser has notes for the user: each is printed once, and is in the JSON."""

    def noted(source, content, kept):
        read = judge(source, content, kept)
        return {name: replace(part, notes=("2 hidden rows were left out",) * 2) for name, part in read.items()}

    monkeypatch.setattr(ingest_file, "judge", noted)
    code, said = cpower("land", NOMIS, file)
    assert (code, said.count("2 hidden rows were left out")) == (0, 1)
    assert json.loads(cpower("land", NOMIS, file, "--json")[1])["notes"] == ["2 hidden rows were left out"]


def test_what_is_landed_is_said_in_full(home, file):
    assert cpower("land", NOMIS, file)[1].splitlines()[1:] == [
        "  from: landed by a user, address not recorded",
        "  staging.nomis__population: 2 rows",
        "  used in core.fct_population: 2 rows",
        "  used in core.fct_population_age: 2 rows",
        "cpower build publishes an edition with it.",
    ]
    again = cpower("land", NOMIS, file)[1].splitlines()
    assert again[0].startswith("nomis_population: already landed (identical content) ")
    assert "cpower build" not in again[-1]
    file.write_bytes(PERSONS.replace(b"92000", b"93000"))
    assert "  replaces persons.csv, which stays in the landing" in cpower("land", NOMIS, file)[1].splitlines()


def test_an_index_says_how_many_areas_it_has(home, shared):
    (path,) = (shared / "data" / "wimd").glob("*.ods")
    code, said = cpower("land", "wimd2025", path)
    assert (code, "  1,917 of 1,917 areas" in said.splitlines()) == (0, True)
    assert json.loads(cpower("land", "wimd2025", path, "--json")[1])["areas"] == {"kept": 1917, "expected": 1917}

"""Homes that share a store, a folder or an S3 server: landing and publishing at once, pins, and killed machines."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from unittest.mock import Mock
from uuid import uuid4

import dagster as dg
import polars as pl
import pytest
from click.testing import CliRunner
from s3fs import S3FileSystem

from assets.build_identity import build
from assets.edition import edition
from assets.ingest.parsed_files import keep, parse, parsed_file
from assets.subjects import parsers
from orchestration.cli import main
from orchestration.resources import LandingResource
from orchestration.status import status
from tests.support.s3_server import s3_server
from tests.support.vintages import vintages
from warehouse import catalogue
from warehouse.catalogue import sources
from warehouse.editions import shared_editions
from warehouse.editions.find import current, editions
from warehouse.editions.publish import publish
from warehouse.editions.retention import pin, pins, unpin
from warehouse.editions.verify import verify
from warehouse.errors import CannotPublish, EditionOvertaken, InvalidSetting
from warehouse.storage.file_records import records_of, to_json
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.landing import SourceStatus
from warehouse.storage.mirror import landing_held
from warehouse.storage.shared_store import configured
from warehouse.storage.targets import Target
from warehouse.storage.workspace import Warehouse

SOURCE = sources()["scotpho_shs"]
# What is the same in every kind of store.
on_a_folder = pytest.mark.parametrize("store", ["folder"], indirect=True)


@pytest.fixture(scope="module")
def s3():
    with s3_server():
        yield


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.long)])
def store(request, tmp_path, monkeypatch):
    """The empty store that all homes of a test share."""
    address = str(tmp_path / "store")
    if request.param == "s3":
        request.getfixturevalue("s3")
        address = f"s3://{uuid4()}/power"
    monkeypatch.setenv("CPOWER_SHARED", address)
    found = configured()
    if request.param == "s3":
        found.target.files.mkdir(found.target.root.split("/")[0])
    return found


@pytest.fixture
def machine(tmp_path, filled, publish_as):
    """Return a machine of a name: an own home, empty or `filled` with tables of a build to publish."""

    def machine(name, run_id=""):
        found = Warehouse(Home(tmp_path / name).prepare())
        if run_id:
            shutil.copytree(filled, found.home.root, dirs_exist_ok=True)
            publish_as(found, run_id)
        return found

    return machine


@pytest.fixture
def publish_as(warehouse):
    """Return a function that gives the tables of a store another build and other rows."""

    def change(warehouse, run_id):
        for name, column in (("meta.build", "run_id"), ("meta.check_result", "statement")):
            table = catalogue.tables()[name]
            rows = warehouse.tables.read(name).with_columns(pl.lit(run_id).alias(column))
            warehouse.tables.replace(table, rows)

    return change


def land(warehouse, content):
    return warehouse.landing.keep(SOURCE, content, file_name="survey.csv")[0]


def landed(warehouse):
    return {file.sha256: file.landed_at for file in warehouse.landing.archive(SOURCE.id)}


def whole(home):
    """Return the ids of the editions of a home, after each was verified in full."""
    assert [problem for found in editions(home) for problem in verify(found.path)] == []
    return [found.id for found in editions(home)]


def test_of_two_machines_that_land_at_once_neither_is_lost(store, machine):
    first, second = machine("first"), machine("second")
    same, together = vintages(SOURCE.id)[0], threading.Barrier(2)

    def work(warehouse, own, state):
        with landing_held(warehouse.home, "land"):
            together.wait(20)
            warehouse.landing.record(SourceStatus(SOURCE.id, state))
            for content in (own, same):
                land(warehouse, content)
            warehouse.landing.refuse(SOURCE, own + b"?", file_name="page.html", reason="not a table")

    threads = [
        threading.Thread(target=work, args=item) for item in ((first, b"one", "ok"), (second, b"two", "unchanged"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    third = machine("third")
    for warehouse in (first, second, third):
        with landing_held(warehouse.home, "sync"):
            pass
    homes = [warehouse.home for warehouse in (first, second, third)]
    known = [landed(Warehouse(home)) for home in homes]
    assert len(known[0]) == 3
    # A file that both landed has one record on all machines: that of the faster one.
    assert known[0] == known[1] == known[2]
    assert len({(home.landing / SOURCE.id / "status.json").read_bytes() for home in homes}) == 1
    assert sorted(file.content for file in third.landing.archive(SOURCE.id)) == sorted([b"one", b"two", same])
    assert [len(warehouse.landing.refusals(SOURCE.id)) for warehouse in (first, third)] == [1, 0]


def test_a_file_is_parsed_by_one_machine(store, machine, monkeypatch):
    first, second = machine("first"), machine("second")
    parser = parsers()[SOURCE.id]
    with landing_held(first.home, "land"):
        file = land(first, vintages(SOURCE.id)[0])
    made = keep(parser, file, parse(parser, file))
    with landing_held(second.home, "sync"):
        pass
    monkeypatch.setattr("assets.ingest.parsed_files.parse", None)
    [there] = second.landing.current(SOURCE.id)
    [table] = parser.tables
    assert parsed_file(parser, there).tables[table].intake().kept.equals(made.tables[table].intake().kept)
    assert not there.path.exists()


def test_what_is_shared_is_shared_once(store, machine, monkeypatch):
    first, second = machine("first"), machine("second")
    with landing_held(first.home, "land"):
        first.landing.record(SourceStatus(SOURCE.id, "ok"))
        land(first, b"one")
    monkeypatch.setattr(Target, "put", None)
    for warehouse in (first, second):
        with landing_held(warehouse.home, "sync"):
            pass
        compared = warehouse.mirror.compare()
        assert (compared.to_fetch, compared.to_share) == (0, 0)


def test_a_step_without_the_lock_fetches_what_the_home_lacks_and_shares_nothing(store, machine):
    first, second = machine("first"), machine("second")
    with landing_held(first.home, "land"):
        land(first, b"one")
        first.landing.record(SourceStatus(SOURCE.id, "ok"))
    shared = store.snapshot("landing.json")
    land(second, b"two")
    state = second.home.landing / SOURCE.id / "status.json"
    second.landing.record(SourceStatus(SOURCE.id, "unchanged"))
    os.utime(state, (0, 0))
    before = state.read_bytes()
    landing = LandingResource(home=str(second.home.root)).create_resource(dg.build_init_resource_context())
    assert sorted(file.content for file in landing.archive(SOURCE.id)) == [b"one", b"two"]
    assert state.read_bytes() == before
    assert store.snapshot("landing.json") == shared


def test_rows_whose_sharing_failed_are_shared_by_the_next_run(store, machine, monkeypatch):
    first, parser = machine("first"), parsers()[SOURCE.id]
    file = land(first, vintages(SOURCE.id)[0])
    with monkeypatch.context() as patch:
        patch.setattr("assets.ingest.parsed_files.share_folder", Mock(side_effect=CannotPublish("no answer")))
        with pytest.raises(CannotPublish):
            parsed_file(parser, file)
    parsed_file(parser, file)
    assert store.snapshot(f"parses/{SOURCE.id}/{file.sha256}/{parser.version}.json")


def test_content_that_is_damaged_in_the_store_is_not_read(store, machine):
    with landing_held((first := machine("first")).home, "land"):
        checksum = land(first, b"one").sha256
    store.target.files.pipe_file(store.target.path(f"files/{checksum[:2]}/{checksum}"), b"two")
    with landing_held((second := machine("second")).home, "sync"):
        pass
    [file] = second.landing.current(SOURCE.id)
    with pytest.raises(CannotPublish, match="another SHA-256"):
        _ = file.content
    assert not file.path.exists()


@pytest.mark.parametrize("is_absolute", [False, True])
@pytest.mark.parametrize("snapshot", ["landing.json", "editions.json"])
def test_a_name_that_leaves_the_home_is_not_fetched(store, machine, tmp_path, snapshot, is_absolute):
    home, name = machine("home").home, str(tmp_path / "evil.json") if is_absolute else "../../evil.json"
    content = tmp_path / "content"
    content.write_bytes(b"{}")
    records = records_of(tmp_path, ["content"], {})
    store.put(tmp_path, records)
    said = {"editions": {name: {"run_id": "", "is_of_earlier_day": False}}, "current": name, "run_id": "", "pins": {}}
    written = said if snapshot == "editions.json" else to_json({name: records["content"]})
    store.target.files.pipe_file(store.target.path(snapshot), json.dumps(written).encode())
    with pytest.raises(CannotPublish, match=r"is not the list of editions|expected a path inside the home"):
        shared_editions.bring_up_to_date(home)
    assert not (tmp_path / "evil.json").exists()


@pytest.mark.long
@pytest.mark.parametrize("is_same_build", [False, True])
def test_of_two_machines_that_publish_at_once_one_wins_and_the_other_is_told(
    store, machine, publish_as, monkeypatch, is_same_build
):
    first, second = machine("first", "a" * 16), machine("second", "a" * 16)
    before = publish(first).edition
    assert publish(second).edition.id == before.id
    publish_as(first, "b" * 16)
    publish_as(second, ("b" if is_same_build else "c") * 16)
    winner = []

    def overtaken(home, path, *, is_current):
        if home is second.home and not winner:
            winner.append(publish(first).edition.id)
        share(home, path, is_current=is_current)

    share = shared_editions.share
    monkeypatch.setattr(shared_editions, "share", overtaken)
    if is_same_build:
        published = publish(second)
        # Two equal builds of the same second have the same name, so either may be called the new one.
        assert published.edition.id == winner[0]
    else:
        with pytest.raises(EditionOvertaken, match="Run cpower build again") as told:
            publish(second)
        assert winner[0] in str(told.value)
        assert whole(second.home) == [before.id, winner[0]]
        published = publish(second)
        assert published.is_new
        assert published.edition.previous_id == winner[0]
    third = machine("third")
    shared_editions.bring_up_to_date(third.home, is_every=True)
    assert whole(third.home)[:2] == [before.id, winner[0]]
    for home in (second.home, third.home):
        assert current(home).id == published.edition.id == store.editions()["current"]


@on_a_folder
@pytest.mark.parametrize("is_landed", [True, False])
def test_an_edition_of_more_files_is_not_overtaken_by_tables_that_were_made_before(
    store, machine, publish_as, monkeypatch, is_landed
):
    first, second = machine("first", "a" * 16), machine("second", "a" * 16)
    publish(first)
    shared_editions.bring_up_to_date(second.home)
    publish_as(second, build(second)["run_id"][0])
    publish_as(first, "b" * 16)
    winner = []

    def overtaken(home):
        if home is second.home and not winner:
            with landing_held(first.home, "land"):
                if is_landed:
                    land(first, vintages(SOURCE.id)[0])
            winner.append(publish(first).edition.id)
        fetch(home)

    fetch = shared_editions.fetch
    monkeypatch.setattr(shared_editions, "fetch", overtaken)
    made = dg.materialize([edition([])], resources={"warehouse": second}, raise_on_error=False)
    assert made.success != is_landed
    assert (store.editions()["current"] == winner[0]) == is_landed
    if is_landed:
        [failed] = [event for event in made.all_events if event.is_step_failure]
        assert "Run the job again" in failed.step_failure_data.error_display_string
        assert whole(second.home)[-1] == winner[0]


def test_pins_and_retention_are_of_all_machines(store, machine, publish_as, monkeypatch):
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", "1")
    first, second = machine("first", "a" * 16), machine("second")
    ids = [publish(first).edition.id]
    shared_editions.bring_up_to_date(second.home)
    monkeypatch.setenv("CPOWER_HOME", str(second.home.root))
    assert CliRunner().invoke(main, ["editions", "pin", ids[0], "--why", "cited"]).exit_code == 0
    for run_id in ("b" * 16, "c" * 16):
        publish_as(first, run_id)
        ids.append(publish(first).edition.id)
    assert pins(first.home) == {ids[0]: "cited"}
    assert whole(first.home) == [ids[0], ids[2]] == sorted(store.editions()["editions"])
    asked = CliRunner().invoke(main, ["sync", "--json"])
    assert json.loads(asked.stdout)["current_edition"] == ids[2]
    assert whole(second.home) == [ids[0], ids[2]]
    # Files that two editions have are on disk once.
    assert max(path.stat().st_nlink for path in (second.home.published / ids[0]).rglob("*.parquet")) == 2


@on_a_folder
def test_a_home_that_joins_keeps_its_own_editions_and_pins(store, machine, monkeypatch):
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", "1")
    with monkeypatch.context() as alone:
        alone.delenv("CPOWER_SHARED")
        own = machine("own", "a" * 16)
        cited = publish(own).edition.id
        pin(own.home, cited, "cited")
    first = machine("first", "b" * 16)
    shared = publish(first).edition.id
    shared_editions.bring_up_to_date(own.home, is_every=True)
    assert pins(own.home) == {cited: "cited"}
    assert set(whole(own.home)) == {cited, shared}
    unpin(own.home, cited)
    shared_editions.bring_up_to_date(own.home)
    assert set(whole(own.home)) == {cited, shared}
    assert store.editions()["pins"] == {}


@on_a_folder
def test_pins_of_two_machines_at_once_are_both_kept_and_removed_everywhere(store, machine, publish_as):
    first, second = machine("first", "a" * 16), machine("second").home
    older = publish(first).edition.id
    publish_as(first, "b" * 16)
    newer = publish(first).edition.id
    shared_editions.bring_up_to_date(second, is_every=True)
    with shared_editions.kept_in_step(second, "pin"):
        with shared_editions.kept_in_step(first.home, "pin"):
            pin(first.home, older, "cited")
        pin(second, newer, "read")
    homes = first.home, second
    for change, left in (
        (lambda: None, {older: "cited", newer: "read"}),
        (lambda: unpin(second, older), {newer: "read"}),
    ):
        with shared_editions.kept_in_step(second, "change"):
            change()
        shared_editions.bring_up_to_date(first.home)
        assert [pins(home) for home in homes] == [left, left]


@on_a_folder
@pytest.mark.parametrize("content", [None, b"{}"])
def test_an_edition_that_the_store_lacks_does_not_replace_one_that_is_there(store, machine, content):
    first, second = machine("first", "a" * 16), machine("second").home
    made = publish(first).edition
    shared_editions.bring_up_to_date(second)
    damaged = second.published / made.id / "CHANGES.md"
    damaged.chmod(0o644)
    damaged.write_text("damaged")
    there = store.target.path(f"editions/{made.id}.json")
    store.target.files.rm(there)
    if content:
        store.target.files.pipe_file(there, content)
    for home in (second, machine("third").home):
        with pytest.raises(CannotPublish, match="cpower build --force"):
            shared_editions.bring_up_to_date(home)
    assert damaged.read_text() == "damaged"
    assert not home.current.is_symlink()


@on_a_folder
@pytest.mark.parametrize(
    "content",
    ['["x"]', '{"editions": [{"id": "x"}]}', '{"current": null, "run_id": "", "editions": {"../x": {}}, "pins": {}}'],
)
def test_a_list_of_another_kind_is_told(store, machine, content):
    home = machine("first").home
    store.target.files.mkdirs(store.target.root, exist_ok=True)
    store.target.files.pipe_file(store.target.path("editions.json"), content.encode())
    for command, exit_code in (("status", 0), ("sync", 1)):
        answer = CliRunner().invoke(main, [command], env={"CPOWER_HOME": str(home.root)})
        assert (answer.exit_code, type(answer.exception)) in ((0, type(None)), (1, SystemExit))
        assert (answer.exit_code, "not the list of editions" in " ".join(answer.output.split())) == (exit_code, True)


@pytest.mark.parametrize("killed_at", ["5", "editions/", "editions.json"])
def test_a_machine_that_is_killed_while_it_shares_leaves_nothing_half(store, machine, first_home, tmp_path, killed_at):
    giving = machine("giving").home
    shutil.copytree(first_home.root, giving.root, symlinks=True, dirs_exist_ok=True)
    environment = os.environ | {"CPOWER_HOME": str(giving.root), "PYTHONPATH": str(PROJECT)}
    command = [sys.executable, "-m", "tests.support.machines", killed_at, "sync"]
    ended = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert killed_at == "5" or store.target.files.find(store.target.path("files"))
    taking = machine("taking").home
    shared_editions.bring_up_to_date(taking, is_every=True)
    assert whole(taking) == []
    shared_editions.bring_up_to_date(giving)
    shared_editions.bring_up_to_date(taking, is_every=True)
    assert whole(taking) == [current(giving).id]


def test_status_compares_the_home_with_the_store(store, machine, monkeypatch):
    first, second = machine("first"), machine("second")
    with landing_held(first.home, "land"):
        land(first, b"one")
    land(second, b"two")
    shared = status(second.home)["shared"]
    assert (shared["address"], shared["to_fetch"], shared["to_share"]) == (store.target.url, 1, 2)
    monkeypatch.setenv("CPOWER_SHARED", "s3://no-such-bucket-here/x" if "s3" in store.target.url else "ftp://x")
    answer = CliRunner().invoke(main, ["status"], env={"CPOWER_HOME": str(second.home.root)})
    assert "Traceback" not in answer.output
    assert ("cannot be used" in answer.output) == (answer.exit_code == 0) == ("s3" in store.target.url)


@pytest.mark.parametrize("address", ["s3://", "s3:///", "az://", "file://", "gs://bucket/path"])
def test_an_address_that_names_no_store_is_refused(monkeypatch, address):
    monkeypatch.setenv("CPOWER_SHARED", address)
    with pytest.raises(InvalidSetting, match=f"CPOWER_SHARED: {address} is not a place for files. Use a folder, s3"):
        configured()


@pytest.mark.parametrize(
    ("address", "problem"),
    [("s3://bucket/without-keys", "Unable to locate credentials"), ("closed/store", "the folder is not writable")],
)
def test_status_says_why_a_store_does_not_let_us_in(machine, tmp_path, monkeypatch, address, problem):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "no-file"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # A driver that is kept has the keys of an earlier test.
    monkeypatch.setattr(S3FileSystem, "cachable", False)
    monkeypatch.setenv("CPOWER_SHARED", address if "://" in address else str(tmp_path / address))
    warehouse = machine("home")
    # Permissions do not bind the superuser.
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert problem in warehouse.mirror.compare().problem

"""Editions copied to a folder, to an S3 server and to an Azure server: whole, verified, and with one latest edition."""

import json
import os
import shutil
import threading
from dataclasses import replace
from hashlib import sha256
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner

from orchestration.cli import main
from tests.support.azurite import azurite
from tests.support.s3_server import s3_server
from warehouse.distribution import distribute as module
from warehouse.distribution.distribute import EDITIONS, LATEST, distribute
from warehouse.editions.find import current
from warehouse.errors import CannotPublish
from warehouse.exports import manifest
from warehouse.storage.targets import STORES, Overtaken, Target

pytestmark = pytest.mark.long

PUBLIC = "https://data.example/power"


@pytest.fixture(scope="module")
def s3():
    with s3_server():
        yield


@pytest.fixture(scope="module")
def az(tmp_path_factory):
    with azurite(tmp_path_factory.mktemp("azurite")) as connection, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection)
        yield


@pytest.fixture
def edition(first_home):
    """An edition of a few small tables."""
    return current(first_home)


@pytest.fixture(params=["folder", *STORES])
def target(request, tmp_path):
    """A target that is empty: a folder, or a path of a bucket."""
    if request.param == "folder":
        return Target(str(tmp_path / "target"))
    request.getfixturevalue(request.param)
    bucket = f"editions-{sha256(str(tmp_path).encode()).hexdigest()[:12]}"
    found = Target(f"{request.param}://{bucket}/power")
    found.files.mkdir(bucket)
    return found


def later(edition, name):
    """Return the same edition as it would be after a later build."""
    return replace(edition, id=name)


def test_the_copy_is_whole_and_the_latest_is_described(edition, target):
    done = distribute(edition, target, PUBLIC)
    expected = manifest.read_checksums(edition.path)
    latest = json.loads(target.read(LATEST).content)
    assert (done.latest_id, latest["id"], latest["version"]) == (edition.id, edition.id, edition.version)
    assert {path: item["sha256"] for path, item in latest["files"].items() if path != manifest.CHECKSUMS} == expected
    assert latest["files"]["parquet/core.dim_locality.parquet"]["media_type"] == "application/vnd.apache.parquet"
    for path, item in latest["files"].items():
        assert item["address"] == f"{PUBLIC}/{edition.id}/{path}"
        name = f"{edition.id}/{path}"
        assert (target.size(name), target.digest(name)) == (item["bytes"], item["sha256"])
    assert [item["id"] for item in json.loads(target.read(EDITIONS).content)["editions"]] == [edition.id]


def test_a_copy_that_was_interrupted_goes_on(edition, target, monkeypatch):
    stopped, put = 5, Target.put
    names = iter(range(10**6))

    def put_some(self, local, name):
        if next(names) >= stopped:
            raise CannotPublish("the connection is gone")
        put(self, local, name)

    with monkeypatch.context() as patch:
        patch.setattr(module, "AT_ONCE", 1)
        patch.setattr(Target, "put", put_some)
        with pytest.raises(CannotPublish, match="gone"):
            distribute(edition, target)
    assert target.read(LATEST).content is None
    done = distribute(edition, target)
    assert done.there == stopped
    again = distribute(edition, target)
    assert (again.copied, again.bytes_copied) == (0, 0)


def test_a_damaged_copy_is_replaced(edition, target):
    distribute(edition, target)
    name = f"{edition.id}/edition.json"
    damaged = target.files.cat_file(target.path(name))[::-1]
    target.files.pipe_file(target.path(name), damaged)
    assert distribute(edition, target).copied == 1
    assert target.digest(name) == sha256((edition.path / "edition.json").read_bytes()).hexdigest()


def test_an_older_edition_joins_the_list_and_does_not_become_the_latest(edition, target):
    newer = later(edition, "20991231T000000Z-newer")
    distribute(newer, target)
    done = distribute(edition, target)
    assert done.latest_id == newer.id
    assert json.loads(target.read(LATEST).content)["id"] == newer.id
    listed = json.loads(target.read(EDITIONS).content)["editions"]
    assert [item["id"] for item in listed] == [newer.id, edition.id]


def test_of_two_publishers_at_once_neither_is_lost(edition, target):
    published = [later(edition, f"2099123{day}T000000Z-{day}") for day in range(4)]
    distribute(edition, target)
    threads = [threading.Thread(target=distribute, args=(item, Target(target.url))) for item in published]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    listed = json.loads(target.read(EDITIONS).content)["editions"]
    assert [item["id"] for item in listed] == [item.id for item in reversed([edition, *published])]
    assert json.loads(target.read(LATEST).content)["id"] == published[-1].id


def test_a_write_on_an_older_reading_is_refused(target):
    nothing = target.read(LATEST)
    target.replace(LATEST, b"first", nothing)
    with pytest.raises(Overtaken):
        target.replace(LATEST, b"second", nothing)
    first = target.read(LATEST)
    target.replace(LATEST, b"second", first)
    with pytest.raises(Overtaken):
        target.replace(LATEST, b"third", first)
    assert target.read(LATEST).content == b"second"


@pytest.mark.parametrize("store", STORES)
def test_a_bucket_that_is_not_there_is_told(edition, request, store):
    request.getfixturevalue(store)
    with pytest.raises(CannotPublish, match="Check address and access"):
        distribute(edition, Target(f"{store}://no-such-bucket-here/x"))


@pytest.mark.parametrize("settings", [{}, {"AZURE_STORAGE_CONNECTION_STRING": "wrong"}])
def test_wrong_settings_of_azure_are_told(monkeypatch, settings):
    pytest.importorskip("adlfs", reason="needs the extra azure: pip install 'community-power[azure]'")
    monkeypatch.delenv("AZURE_STORAGE_CONNECTION_STRING", raising=False)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotPublish, match="Check the variables"):
        Target("az://editions/x", skip_instance_cache=True)


def test_what_cannot_be_published_says_why(edition, tmp_path):
    with pytest.raises(CannotPublish, match="s3://… or az://"):
        Target("ftp://elsewhere.example/x")
    changed = replace(edition, path=shutil.copytree(edition.path, tmp_path / edition.id))
    (changed.path / "els.csv").write_bytes(b"")
    with pytest.raises(CannotPublish, match="cpower verify"):
        distribute(changed, Target(str(tmp_path / "target")))
    shared = '{"current": null, "run_id": "", "editions": {"x": {}}, "pins": {}}'
    for number, (name, content, said) in enumerate(
        (
            (LATEST, "not ours", "not the JSON"),
            (LATEST, '{"id": 1}', "of its own"),
            (EDITIONS, shared, "CPOWER_SHARED"),
            (EDITIONS, '{"editions": ["x"]}', "of its own"),
        )
    ):
        other = tmp_path / str(number)
        other.mkdir()
        (other / name).write_text(content)
        with pytest.raises(CannotPublish, match=said):
            distribute(edition, Target(str(other)))
        assert [path.name for path in other.iterdir()] == [name]


def test_the_command_publishes_the_current_edition(first_home, tmp_path):
    asked = ["publish", str(tmp_path / "target"), "--url", PUBLIC, "--json"]
    answer = CliRunner().invoke(main, asked, env={"CPOWER_HOME": str(first_home.root)})
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["latest_id"]
    latest = json.loads((tmp_path / "target" / LATEST).read_text("utf-8"))
    assert urlsplit(latest["address"]).netloc == "data.example"
    wrong = CliRunner().invoke(main, ["publish", "ftp://x/y"], env={"CPOWER_HOME": str(first_home.root)})
    assert wrong.exit_code == 1
    assert "Traceback" not in wrong.output
    assert os.environ.get("AWS_SECRET_ACCESS_KEY", "synthetic") not in answer.output.replace(PUBLIC, "")

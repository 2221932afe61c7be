"""What the tests share: the real files beside the project, and one built edition of each kind."""

import fcntl
import gc
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# Polars takes its number of threads when it is imported. Nearly every frame of a test has a few rows, and to wake a
# pool of threads for those takes longer than the work; processes that a test starts have all cores, as with a user.
os.environ["POLARS_MAX_THREADS"] = "1"
import polars  # noqa: F401

del os.environ["POLARS_MAX_THREADS"]

# How long an example takes depends on what else the machine does; a time limit would make good tests fail.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# What many tests wait for, with files beside it that do not wait for it; then the longest files, lest one worker be
# left with one while the others have nothing to do.
FIRST = (
    "test_default_edition.py",
    "test_spark.py",
    "test_two_vintages.py",
    "test_schema_drift.py",
    "test_machines.py",
    "test_server_runs.py",
    "test_incremental_build.py",
    "test_metric_sql.py",
    "test_report.py",
    "test_pull.py",
    "test_edition.py",
    "test_award_location.py",
    "test_metric_properties.py",
    "test_equity.py",
    "test_ingestion_agrees_with_checks.py",
    "test_award_overlap.py",
    "test_community_life.py",
    "test_shared_files.py",
    "test_trial_build.py",
    "test_verify.py",
    "test_whole_files_agree_with_checks.py",
    "test_documentation.py",
    "test_explain.py",
    "test_explained_values.py",
)
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_collection_modifyitems(items):
    """Have the edition that many tests read built first, by one worker, and the longest files run early."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


def pytest_collection_finish():
    """Leave what was imported and collected, a million objects that stay, out of every later garbage collection."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def no_waiting_for_the_disk():
    """Write without waiting until the disk has it: no test is about a power cut, and each of many thousand waits."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(os, "fsync", lambda _handle: None)
        yield


@pytest.fixture(scope="session")
def shared():
    """The folder of real files; a test that needs it is skipped, and says so, where it is absent."""
    if not (SHARED / "data").is_dir():
        pytest.skip("needs the real files in ../shared/data, which are not part of the project")
    return SHARED


@pytest.fixture(autouse=True)
def no_home_of_the_user(monkeypatch, tmp_path):
    """Keep every test out of the home of whoever runs it."""
    if "CPOWER_HOME" not in os.environ:
        monkeypatch.setenv("CPOWER_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="module")
def used_bench():
    """The bench for queries of a test file: it makes a table anew only where what it is made of has changed."""
    from tests.support.sql_harness import Bench

    return Bench()


@pytest.fixture
def bench(used_bench):
    """The bench of the file with nothing on it but what every bench holds."""
    return used_bench.reset()


@pytest.fixture
def untried(monkeypatch):
    """Land files without a trial build, which has tests of its own and takes half a second a file."""
    from assets.landing.trial_build import Trial

    monkeypatch.setattr("assets.landing.ingest_file.try_file", lambda *_: Trial())


@pytest.fixture(scope="session")
def server(default_home, tmp_path_factory):
    """The real server with its daemon and an edition, started once for all tests that need it: that takes seconds."""
    from tests.support.servers import served
    from warehouse.storage.home import PROJECT, Home

    home = Home(shutil.copytree(default_home.root, tmp_path_factory.mktemp("served") / "home", symlinks=True))
    with served(home, PROJECT / "workspace.yaml") as running:
        yield running


@pytest.fixture(scope="session")
def default_home(tmp_path_factory):
    """A home with one edition built from what ships with the project, as `make run` builds it."""
    yield from _kept_whole(_built_once(tmp_path_factory, "default", lambda home: None))


@pytest.fixture(scope="session")
def landed_home(tmp_path_factory, shared):
    """A home into which the real files were landed before it was built."""
    from assets.landing.ingest_file import land
    from tests.support.sample_files import real_files
    from warehouse.storage.workspace import Warehouse

    def prepare(home):
        landing = Warehouse(home).landing
        for source, name, content in real_files():
            land(landing, source, content, file_name=name)

    yield from _kept_whole(_built_once(tmp_path_factory, "landed", prepare))


def _kept_whole(home):
    """Yield a home that many tests read, and fail if one of them has removed tables from it."""
    built = set(home.tables.rglob("*.parquet"))
    yield home
    missing = sorted(path.name for path in built - set(home.tables.rglob("*.parquet")))
    assert not missing, f"A test removed tables of the home that other tests read: {missing}"


def _built_once(tmp_path_factory, name, prepare):
    """Return this worker's copy of a home that the first worker to need it has prepared and built: a build is slow."""
    from orchestration.build_runner import run_build
    from warehouse.storage.home import Home

    base = tmp_path_factory.getbasetemp()
    base = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    built, ready = base / f"{name}-home", base / f"{name}-ready"
    with (base / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            home = Home(built).prepare()
            prepare(home)
            run_build(home)
            ready.touch()
    return Home(shutil.copytree(built, tmp_path_factory.mktemp(name) / "home", symlinks=True))

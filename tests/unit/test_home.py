"""A home belongs to one project and, while it is written to, to one process."""

import subprocess
import sys
import time

import pytest

from warehouse.errors import HomeUnavailable
from warehouse.storage.home import MARKER, Home

HOLD = """
import sys, time
from pathlib import Path
from warehouse.storage.home import Home
with Home(Path(sys.argv[1])).lock("build for a test"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_home_is_made_where_nothing_was(tmp_path):
    home = Home(tmp_path / "a" / "b").prepare()
    assert (home.root / MARKER).exists()
    assert home.prepare().landing.is_dir()


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "thesis.odt").write_text("mine")
    with pytest.raises(HomeUnavailable, match=r"contains thesis\.odt"):
        Home(tmp_path).prepare()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.odt"]


def test_a_home_of_another_layout_is_refused(tmp_path):
    (tmp_path / MARKER).write_text("home of Community Power, layout 99\n")
    with pytest.raises(HomeUnavailable, match="layout 99"):
        Home(tmp_path).prepare()


def test_a_file_is_no_home(tmp_path):
    path = tmp_path / "file"
    path.write_text("")
    with pytest.raises(HomeUnavailable, match="is a file"):
        Home(path).prepare()


def test_a_second_writer_is_told_who_holds_the_home_and_gets_it_when_that_one_dies(tmp_path):
    home = Home(tmp_path / "home").prepare()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(home.root)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeUnavailable, match=rf"build for a test by .+, process {holder.pid}"), home.lock("test"):
            pass
        assert f"process {holder.pid}" in home.holder()
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()
    deadline = time.monotonic() + 5
    while home.holder() and time.monotonic() < deadline:
        time.sleep(0.05)
    with home.lock("test"):
        assert "test by" in home.holder()
    assert home.holder() == ""


def test_a_build_needs_room(tmp_path, monkeypatch):
    home = Home(tmp_path / "home").prepare()
    monkeypatch.setattr("warehouse.storage.home.MIN_FREE_BYTES", 10**18)
    with pytest.raises(HomeUnavailable, match="MB free"):
        home.require_room()

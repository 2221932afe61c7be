"""The steps of docs/adding-a-source.md, taken as they are written on a copy of the project: no gap is left."""

import json
import os
import re
import shutil
import subprocess
import sys

import duckdb
import pytest

from warehouse.storage.home import PROJECT

PAGE = PROJECT / "docs" / "adding-a-source.md"
STEP = re.compile(
    r"^\d+\. `(?P<file>[^`]+)`, (?P<how>new|at the end|(?:after|in place of) `(?P<anchor>[^`]+)`)\."
    r".*?```\w+\n(?P<text>.*?)\n   ```$",
    re.DOTALL | re.MULTILINE,
)
HEADINGS = "areacd,areanm,geography,indicator,period,measure,observation,unit,lci_95,uci_95,status,notes\n"


def steps():
    """Return file, place and text of each step of the page."""
    found = [match.groupdict() for match in STEP.finditer(PAGE.read_text("utf-8"))]
    return [step | {"text": re.sub(r"(?m)^ {3}", "", step["text"]) + "\n"} for step in found]


def take(root, step):
    path = root / step["file"]
    if step["how"] == "new":
        path.write_text(step["text"], "utf-8")
        return
    text = path.read_text("utf-8")
    if step["how"] == "at the end":
        path.write_text(text + step["text"], "utf-8")
        return
    lines = text.splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines, start=1) if line.strip() == step["anchor"])
    kept = lines[: at - 1] if step["how"].startswith("in place of") else lines[:at]
    path.write_text("".join([*kept, step["text"], *lines[at:]]), "utf-8")


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the project in which all steps were taken."""
    root = tmp_path_factory.mktemp("copied") / "project"
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "__pycache__", "*.svg", "*.png", "fuzz", ".*_cache")
    shutil.copytree(PROJECT, root, ignore=ignored)
    for step in steps():
        take(root, step)
    return root


def run(root, *command, expected=0):
    """Return what a command prints that is run in a copy of the project."""
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root), "CPOWER_HOME": str(root / "var")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == expected, done.stdout + done.stderr
    return done.stdout


def synthetic_file():
    """Return figures of two measures for three districts of England, with a gap."""
    rows = [
        f"{code},Synthetic,District,{measure},2019-01-01/P1Y,Average,{value},Minutes,,,{status},"
        for measure in ("Drive to work", "Public transport or walk to work")
        for code, value, status in (("E06000001", "7.41", ""), ("E06000002", "", "x"), ("E06000003", "0", ""))
    ]
    return HEADINGS + "\n".join(rows) + "\n"


def test_nine_files_are_touched_and_none_twice():
    files = [step["file"] for step in steps()]
    assert len(files) == len(set(files)) == 9
    assert "nine steps" in PAGE.read_text("utf-8")


@pytest.mark.long
def test_each_missing_step_is_told(copied):
    """Before `make docs` the profile alone is missing; without the messages and the unit these are, too."""
    for name in ("units.yaml", "families.yaml"):
        shutil.copy(PROJECT / "warehouse" / "catalogue" / name, copied / "warehouse" / "catalogue" / name)
    without = json.loads(run(copied, "orchestration.cli", "check", "--json", expected=1))
    for step in steps():
        if step["file"].endswith(("units.yaml", "families.yaml")):
            take(copied, step)
    told = " ".join(gap["problem"] for gap in without)
    assert "'minutes' is not in units.yaml" in told
    assert "'TRA' is not in families.yaml" in told
    (stale,) = json.loads(run(copied, "orchestration.cli", "check", "--json", expected=1))
    assert (stale["file"], stale["fix"]) == ("sql/marts/locality_profile.sql", "Run make docs, which writes it.")


@pytest.mark.long
def test_the_steps_put_both_metrics_on_the_page_and_into_the_profile(copied, tmp_path):
    run(copied, "docs.generate")
    assert run(copied, "orchestration.cli", "check", "--json").strip() == "[]"
    tests = ("pytest", "-q", "-n0", "-p", "no:cacheprovider")
    run(copied, *tests, "tests/unit/test_travel_time.py", "tests/unit/test_units.py")
    run(copied, *tests, "tests/faults/test_schema_drift.py", "-k", "els_travel_time")
    file = tmp_path / "average-travel-time.csv"
    file.write_text(synthetic_file(), "utf-8")
    run(copied, "orchestration.cli", "land", "els_travel_time", str(file))
    run(copied, "orchestration.cli", "build")
    edition = copied / "var" / "published" / "current"
    with duckdb.connect(str(edition / "community_power.duckdb"), read_only=True) as database:
        rows = database.sql(
            "select locality_code, tra_drive_min, tra_drive_min_state, tra_transit_min_state "
            "from marts.locality_profile "
            "where locality_code in ('E06000001', 'E06000002', 'E06000003', 'S12000033') order by 1"
        ).fetchall()
        (unit,) = database.sql(
            "select distinct unit from metrics.metric_value where metric_id = 'tra_drive_min'"
        ).fetchone()
    assert rows == [
        ("E06000001", 7.41, "ok_low", "ok_low"),
        ("E06000002", None, "not_available", "not_available"),
        ("E06000003", 0.0, "ok_low", "ok_low"),
        ("S12000033", None, "not_applicable", "not_applicable"),
    ]
    assert unit == "minutes"
    page = (edition / "report" / "l" / "E06000001.html").read_text("utf-8")
    assert "Travel time to work by car" in page
    assert "7.4" in page

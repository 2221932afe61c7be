"""A change to a record, a query, a macro or an entry of the catalogue makes again what depends on it, and no more."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.storage import stamp as stamps
from warehouse.storage.home import PROJECT, Home

pytestmark = pytest.mark.long

NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "tests", "docs", "__pycache__", ".*_cache", "*.egg-info")
# File, text, other text; tables that are made again by it, and tables that are not.
CHANGES = {
    "record": (
        "warehouse/reference/survey_figures.csv",
        ",S12000005,2022,81.8,",
        ",S12000005,2022,81.7,",
        {"staging.reference__survey_figure", "core.fct_observation", "metrics.cohesion", "marts.cohesion_compared"},
        {"core.fct_award", "metrics.funding", "metrics.practice", "core.fct_population"},
    ),
    "query": (
        "sql/metrics/population/population.sql",
        "select",
        "-- A remark.\nselect",
        {"metrics.population"},
        {"metrics.locality_value", "metrics.cohesion", "marts.coverage", "core.fct_population"},
    ),
    "macro": (
        "sql/macros/concentration_index.sql",
        "2 * stable_sum",
        "2e0 * stable_sum",
        {"metrics.equity_index"},
        {"metrics.cohesion", "core.fct_observation", "metrics.practice"},
    ),
    "catalogue": (
        "warehouse/catalogue/metrics/population.yaml",
        "of all ages at the middle of the year",
        "of every age at the middle of the year",
        {"core.dim_metric", "metrics.metric_value"},
        {"core.fct_award", "metrics.funding", "core.fct_observation"},
    ),
}


class Copy:
    """A copy of the project, and a home that it builds in."""

    def __init__(self, root: Path, home: Path) -> None:
        self.root, self.home = root, Home(home)

    def build(self, home: Home | None = None) -> dict[str, stamps.Stamp]:
        """Make every table and return what is on record of each."""
        home = home or self.home
        said = subprocess.run(
            [sys.executable, "-m", "orchestration.cli", "build", "--select", "*", "--json"],
            cwd=self.root,
            env=os.environ | {"PYTHONPATH": str(self.root), "CPOWER_HOME": str(home.root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert said.returncode == 0, said.stderr
        names = json.loads(said.stdout)["tables"]
        return {name: found for name in names if (found := stamps.read(path(home, name)))}

    def change(self, name: str) -> None:
        file, old, new, *_ = CHANGES[name]
        text = (self.root / file).read_text("utf-8")
        assert old in text
        (self.root / file).write_text(text.replace(old, new, 1), "utf-8")


def path(home: Home, table: str) -> Path:
    return home.tables / f"{table.replace('.', '/')}.parquet"


def test_after_changes_in_any_order_the_tables_are_those_of_a_build_from_nothing(default_home, tmp_path):
    shutil.copytree(PROJECT, tmp_path / "project", ignore=NOT_COPIED)
    shutil.copytree(default_home.root, tmp_path / "home", symlinks=True)
    copy = Copy(tmp_path / "project", tmp_path / "home")
    known = copy.build()
    order = random.Random(20).sample(sorted(CHANGES), len(CHANGES))
    for name in order:
        copy.change(name)
        now = copy.build()
        made = {table for table in now if now[table] != known[table]}
        *_, expected, left = CHANGES[name]
        assert expected <= made, (name, expected - made)
        assert not left & made, (name, left & made)
        known = now
    fresh = Home(tmp_path / "fresh")
    assert copy.build(fresh).keys() == known.keys()
    different = [table for table in known if path(fresh, table).read_bytes() != path(copy.home, table).read_bytes()]
    assert not different

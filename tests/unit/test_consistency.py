"""`cpower check`: the project has no gap, and each kind of gap is found with its file, all of them at once."""

import json
import shutil
import subprocess
import sys

import pytest

from assets.consistency import gaps
from warehouse.storage.home import PROJECT

COPIED = ("assets", "warehouse", "orchestration", "sql", "tests/unit", "tests/faults", "tests/support", "docs")
UNUSED = ("*.svg", "*.png", "__pycache__", "bodies", "images")


def test_the_parts_of_the_project_agree():
    assert [f"{gap.place}: {gap.problem}" for gap in gaps()] == []


@pytest.fixture(scope="module")
def copied(tmp_path_factory):
    """A copy of the project, to be spoilt."""
    root = tmp_path_factory.mktemp("project")
    for name in COPIED:
        shutil.copytree(PROJECT / name, root / name, ignore=shutil.ignore_patterns(*UNUSED))
    return root


def check(root):
    """Return the exit code and the gaps that the command finds in a copy of the project."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", "check", "--json"],
        cwd=root,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin", "HOME": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def spoil(path, old, new):
    """Replace a text in a file, or add one at its end."""
    text = path.read_text("utf-8")
    if old is None:
        path.write_text(text + new, "utf-8")
        return
    assert old in text, f"{path} has no {old}"
    path.write_text(text.replace(old, new, 1), "utf-8")


CATALOGUE = "warehouse/catalogue"
MESSAGES = "warehouse/i18n/messages/site.cy.yaml"
DRIFT = "tests/faults/test_schema_drift.py"
RULE = "rules: [{name: synthetic, says: Synthetic., holds: %s}]\n"
# In which file, what there is replaced by what (or added at the end), and what is then said of that file.
PLANTED = [
    (f"{CATALOGUE}/metrics/cohesion.yaml", "family: COH", "family: COX", "'COX' is not in families.yaml"),
    (f"{CATALOGUE}/metrics/social.yaml", "unit: per_1k\n", "unit: per_2k\n", "'per_2k' is not in units.yaml"),
    (f"{CATALOGUE}/metrics/population.yaml", "direction: ", "direction: x", "Input should be 'up', 'down'"),
    (f"{CATALOGUE}/families.yaml", None, "- {id: ZZZ, en: Z, cy: Y, reading: Synthetic.}", "ZZZ is not used"),
    (f"{CATALOGUE}/families.yaml", "en: Money", "en: 'Money: awards'", "'Money: awards' cannot name a sheet"),
    (f"{CATALOGUE}/units.yaml", "id: vigintile,", "id: vigintiles,", "vigintiles is not used"),
    (f"{CATALOGUE}/readings.yaml", "coh_trust_pct", "coh_trusts_pct", "'coh_trust_pct' has 0 readings"),
    (f"{CATALOGUE}/indicators.yaml", "coh_belong_pct", "coh_belongs_pct", "coh_belongs_pct is not catalogued"),
    (f"{CATALOGUE}/indicators.yaml", "unit: pct", "unit: score", "the indicator community_cohesion_all3 in score"),
    (f"{CATALOGUE}/indicators.yaml", "survey: National Survey for Wales", "survey: Other", "'group.Other'"),
    (f"{CATALOGUE}/sources.yaml", "licence: OGL", "licence: XGL", "is in licences.yaml; expected one of"),
    (f"{CATALOGUE}/sources_pulled.yaml", "protocol: http_file", "protocol: plane", "'plane' is not one of"),
    (f"{CATALOGUE}/tables/metrics.cohesion.yaml", "metrics.population", "metrics.people", "near: metrics.population"),
    (f"{CATALOGUE}/tables/staging.ons__locality.yaml", None, RULE % "no_such_column > 0", "no_such_column"),
    (f"{CATALOGUE}/tables/staging.ons__code_change.yaml", None, RULE % "\"'x' ~ {localty}\"", "near: locality"),
    (f"{CATALOGUE}/tables/staging.nomis__population.yaml", "calendar_year", "calendar_yer", "near: calendar_year"),
    (f"{CATALOGUE}/tables/core.bridge_indicator_label.yaml", "cls_sheet, tidy]", "cls_sheet]", "differ in tidy"),
    ("sql/marts/locality_profile.sql", "select\n", "select\n1 as more,", "unexpected: more"),
    ("sql/metrics/framework/framework.sql", "select", "select no_such,", "no_such"),
    ("sql/core/fct_framework.sql", "staging.", "staging.no_", "which is not catalogued"),
    (
        "sql/metrics/cohesion/cohesion.sql",
        "reason('small_sample', 50)",
        "reason('tiny')",
        "'tiny' is not in reasons.yaml",
    ),
    ("warehouse/report/templates/home.html", 't("home.family")', 't("home.clan")', "'home.clan'"),
    (MESSAGES, "\nask:", "\nasked:", "no message ask.any.not_available, "),
    ("assets/sources/nomis/population.py", "{NOMIS:", "{'nomis':", "No source is called 'nomis'"),
    (
        "assets/sources/practices/register.py",
        "import polars",
        "import no_such_module\nimport polars",
        "No module named 'no_such_module'",
    ),
    ("warehouse/reference/practice_scan/readings.csv", "practice_id,", "practice,", "no column 'practice_id'"),
    (DRIFT, '"scotpho_shs"', '"scotpho"', "no sample of scotpho_shs"),
]


def test_every_kind_of_gap_is_told_at_once_with_its_file(copied):
    for file, old, new, _ in PLANTED:
        spoil(copied / file, old, new)
    shutil.copy(copied / "sql" / "marts" / "coverage.sql", copied / "sql" / "marts" / "uncatalogued.sql")
    scan = copied / "warehouse" / "reference" / "practices" / "scan"
    shutil.copy(scan / "E06000001.yaml", scan / "E06000001-copy.yaml")
    code, found = check(copied)
    assert code == 1
    assert all(gap["fix"] for gap in found)
    expected = [(file, said) for file, _, _, said in PLANTED]
    expected.append(("sql/marts/uncatalogued.sql", "marts.uncatalogued is not catalogued"))
    expected.append(
        ("warehouse/reference/practices/scan/E06000001.yaml:6", "-w01 is also in warehouse/reference/practices")
    )
    missed = [
        (file, said)
        for file, said in expected
        if not any(gap["file"].startswith(file) and said in gap["problem"] for gap in found)
    ]
    assert missed == [], "\n".join(f"{gap['file']}: {gap['problem']}" for gap in found)

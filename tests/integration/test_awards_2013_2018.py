"""The awards of 2013 to 2018 in an edition: whole, explained, under their licence, and left out where a user wants."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal

import pyarrow.parquet as pq
import pytest

from warehouse.editions.find import current
from warehouse.explain.explanation import explain
from warehouse.query import connect
from warehouse.storage.home import PROJECT, Home

SOURCE, LICENCE = "reference_awards_2013_2018", "CC-BY-SA-4.0"
NOT_COPIED = shutil.ignore_patterns(".git", ".venv", "var", "tests", "docs", "__pycache__", ".*_cache", "*.egg-info")
VALUES = "from metrics.headline_value where metric_id like 'fun\\_2013\\_2018\\_%' escape '\\'"


@pytest.fixture
def ask(edition):
    """Ask the edition, with a connection for each question: an explanation opens its own."""

    def ask(sql):
        with contextlib.closing(connect(edition.path)) as database:
            return database.execute(sql).fetchall()

    return ask


def test_every_penny_of_the_file_is_in_a_locality_or_unallocated(ask):
    rows = ask("select locality_code, amount_gbp, awards_n from core.fct_award_year_summary")
    assert sum(Decimal(str(amount)) for _, amount, _ in rows) == Decimal("8447408891.89")
    assert sum(awards for _, _, awards in rows) == 84_705
    parts = ask(
        "select locality_code = 'K02000001', sum(cast(value as decimal(38, 2))) from metrics.metric_value "
        "where metric_id = 'fun_2013_2018_gbp_all' and period = '2013-01-01/2018-12-31' group by 1"
    )
    assert dict(parts) == dict.fromkeys((True, False), Decimal("8447408891.89"))


def test_money_is_on_record_in_every_locality_of_great_britain(ask):
    found = ask(
        "select nation, state, count(*) from metrics.headline_value where metric_id = 'fun_2013_2018_gbp' "
        "and locality_code in (select locality_code from core.dim_locality) group by all"
    )
    assert {nation: state for nation, state, _ in found} == {
        "England": "ok_low",
        "Wales": "ok_low",
        "Scotland": "ok_low",
        "Northern Ireland": "not_available",
    }
    assert sum(count for _, state, count in found if state == "ok_low") == 350


def explained(edition, metric, table):
    """Return a value of North Yorkshire, the rows of a table behind it, and the explanation."""
    found = explain(edition.path, metric, "North Yorkshire")
    (rows,) = (part.rows for part in found.inputs if part.table == table)
    return next(value for value in found.values if value.period == found.explained), rows, found


def test_a_value_leads_to_the_rows_of_its_districts_funders_and_years(edition, ask, monkeypatch):
    monkeypatch.setattr("warehouse.explain.explanation.SHOWN_ROWS", 100_000)
    found, rows, explanation = explained(edition, "fun_2013_2018_gbp", "core.fct_award_year_summary")
    assert {row["district_name"] for row in rows} > {"Craven", "Selby"}
    assert not [row for row in rows if row["funder_name"] == "Department for Transport"]
    ((total, n),) = ask(
        "select sum(cast(amount_gbp as decimal(38, 2))), count(*) from core.fct_award_year_summary "
        "where locality_code = 'E06000065' and not is_national_infrastructure and amount_class = 'positive'"
    )
    assert (Decimal(str(found.value)), len(rows)) == (total, n)
    assert [file.licence_id for file in explanation.files] == [LICENCE]


def test_an_amount_per_head_leads_to_its_population(edition, ask):
    found, rows, _ = explained(edition, "fun_2013_2018_per_head", "metrics.award_year_population")
    used = ask(
        "select n_den from metrics.metric_value where metric_id = 'fun_2013_2018_per_head' "
        f"and locality_code = 'E06000065' and period = '{found.period}'"
    )
    assert [(row["population_persons"], row["population_date"].year) for row in rows] == [(used[0][0], 2023)]


def test_the_edition_says_which_rows_are_share_alike(edition):
    readme = (edition.path / "README.txt").read_text("utf-8")
    notice = readme[readme.index("Share-alike\n") :]
    assert SOURCE in notice
    assert LICENCE in notice
    assert "core.fct_award_year_summary" in notice
    for other in ("core.fct_population", "core.fct_award_summary", "core.dim_source", "metrics.window_population"):
        assert other not in notice
    assert json.loads((edition.path / "dcat.jsonld").read_text("utf-8"))["dcterms:rights"]
    package = json.loads((edition.path / "datapackage.json").read_text("utf-8"))
    own = {item["path"]: {licence["name"] for licence in item.get("licenses", ())} for item in package["resources"]}
    assert own["csv/core.fct_award_year_summary.csv"] == {LICENCE}
    assert LICENCE in own["parquet/metrics.headline_value.parquet"] | {item["name"] for item in package["licenses"]}
    assert own["csv/core.fct_population.csv"] == {"OGL-UK-3.0"}
    table = pq.read_schema(edition.path / "parquet/core.fct_award_year_summary.parquet")
    assert table.metadata[b"licences"].decode() == LICENCE
    assert f"{SOURCE} among their sources are under {LICENCE}" in (edition.path / "report/method.html").read_text(
        "utf-8"
    )


@pytest.mark.long
@pytest.mark.parametrize("way", ["setting", "absence"])
def test_an_edition_without_them_builds_verifies_and_says_what_is_missing(way, default_home, tmp_path):
    project = PROJECT
    if way == "absence":
        project = shutil.copytree(PROJECT, tmp_path / "project", ignore=NOT_COPIED)
        (project / "warehouse/reference/awards_2013_2018.csv").unlink()
    home = Home(shutil.copytree(default_home.root, tmp_path / "home", symlinks=True))
    settings = {"CPOWER_SHARE_ALIKE": "exclude"} if way == "setting" else {}
    for command in ("build", "verify"):
        subprocess.run(
            [sys.executable, "-m", "orchestration.cli", command],
            cwd=project,
            env=settings | {"CPOWER_HOME": str(home.root), "PATH": os.environ["PATH"]},
            check=True,
            capture_output=True,
            timeout=600,
        )
    edition = current(home)
    with contextlib.closing(connect(edition.path)) as database:
        values = database.execute(f"select distinct state, reason_codes, value {VALUES}").fetchall()
        sources = database.execute("select distinct licence_id from meta.landed_file where is_current").fetchall()
        (rows,) = database.execute("select count(*) from core.fct_award_year_summary").fetchone()
    assert values == [("not_available", ["no_summary_2013_2018"], None)]
    assert rows == 0
    assert (LICENCE,) not in sources
    assert "Share-alike" not in (edition.path / "README.txt").read_text("utf-8")
    warnings = json.loads((edition.path / "edition.json").read_text("utf-8"))["warnings"]
    assert [SOURCE in text for text in warnings] == [True] * (way == "setting")

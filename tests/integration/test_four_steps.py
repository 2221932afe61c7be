"""A source is added in the four steps of CONTRIBUTING.md: here a made-up one, with nothing more than they say."""

import shutil

import pytest

from assets.factories.asset_specs import source_key
from assets.factories.staging import staged
from assets.ingest.headings import table_of
from assets.ingest.parser import one_table
from assets.ingest.tabular import frame, read_csv
from assets.ingest.validation import admit
from assets.landing.pull_assets import landing_assets
from assets.sources.geography import areas
from assets.tables.revisions import revisions
from docs.generate import source_page
from orchestration.status import status
from tests.support.fake_services import Puller
from warehouse import catalogue
from warehouse.catalogue import files, source_entries
from warehouse.storage.home import PROJECT

SOURCE, TABLE = "madeup", "staging.madeup__figure"
# Step 1: the entry of the source.
ENTRY = """
- id: madeup
  title: Made-up figures by local authority
  publisher: Nobody
  landing_page: https://example.org/
  address: {address}
  licence: OGL-UK-3.0
  attribution: Made up.
  known_faults: [A heading was once in Latin.]
  kind: statistics
  formats: [csv]
  cadence: yearly
  protocol: http_file
  hosts: [localhost]
  schemes: [http]
"""
# Step 2: the staging table, which is the contract.
DESCRIBED = """
name: staging.madeup__figure
tier: internal
grain: row of a made-up file
description: Made up.
key: [source_id, file_sha256, source_row]
nullable: [figure_persons]
columns:
  - {name: area_code, type: VARCHAR, description: Code of the area., pattern: "^[EWSN][0-9]{8}$"}
  - {name: figure_persons, type: BIGINT, description: Made-up figure., unit: persons}
  - source_id
  - file_sha256
  - source_row
"""


def parse_madeup(content):
    """Step 3: the parser."""
    grid, header = table_of([read_csv(SOURCE, content)], ["Code", "Figure"])
    rows, refused = frame(grid, header, {"Code": "area_code", "Figure": "figure_persons"})
    return admit(rows, TABLE, refused, rows_in=grid.rows_below(header))


PARSER = one_table(TABLE, parse_madeup)


def file(number=40, first=100):
    """Step 4: a file, made up."""
    return "Code,Figure\n" + "".join(f"E0600{at:04},{first if at == 0 else at}\n" for at in range(number))


@pytest.fixture
def added(tmp_path, monkeypatch, httpserver):
    """The four steps taken in a copy of the catalogue, and a home to pull into."""
    root = tmp_path / "catalogue"
    shutil.copytree(catalogue.ROOT, root, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    (root / "sources_madeup.yaml").write_text(ENTRY.format(address=httpserver.url_for("/figures.csv")), "utf-8")
    (root / "tables" / f"{TABLE}.yaml").write_text(DESCRIBED, "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(files, "ROOT", root)
        patch.setitem(areas.PARSERS, SOURCE, PARSER)
        patch.delenv("CPOWER_PUBLISHERS", raising=False)
        for cached in (source_entries._sources, catalogue.tables):
            cached.cache_clear()
        puller = Puller(tmp_path, patch)
        puller.warehouse.home.prepare()
        yield puller
    for cached in (source_entries._sources, catalogue.tables):
        cached.cache_clear()


def test_four_steps_are_enough(added, httpserver):
    def serve(text):
        httpserver.clear()
        httpserver.expect_request("/figures.csv").respond_with_data(text, content_type="text/csv")
        return added.pull(SOURCE)

    assert serve(file()).state == "ok"
    assert (serve(file()).state, added.pull(SOURCE).requests) == ("unchanged", 1)

    half = serve(file(number=15))
    assert half.state == "refused"
    assert "rows of staging.madeup__figure: 15, compared with 40 in the last file" in half.reason
    assert serve(file(first=70)).state == "ok"
    old, new = added.landing.history(SOURCE)

    (row,) = revisions(added.warehouse).to_dicts()
    assert (row["source_id"], row["old_value"], row["new_value"]) == (SOURCE, 100.0, 70.0)
    assert (row["old_file_sha256"], row["new_file_sha256"]) == (old.sha256, new.sha256)
    (told,) = (item for item in status(added.warehouse.home)["sources"] if item["source_id"] == SOURCE)
    assert (told["state"], told["is_pulled"], told["files"]) == ("ok", True, 1)

    staged({SOURCE: PARSER}).make(added.warehouse, "")
    kept = added.warehouse.tables.read(TABLE)
    assert (kept.height, set(kept["file_sha256"])) == (40, {new.sha256})

    assert source_key(catalogue.sources()[SOURCE]) in {key for made in landing_assets() for key in made.keys}
    page = source_page(SOURCE)
    assert "A heading was once in Latin." in page
    assert f"Parsed into `{TABLE}`" in page


def test_contributing_names_the_four_steps():
    text = (PROJECT / "CONTRIBUTING.md").read_text("utf-8")
    steps = text.partition("## Add a source in four steps")[2].partition("\n## ")[0]
    named = (
        "known_faults",
        "warehouse/catalogue/tables/",
        "PARSERS",
        "tests/support/fake_services.py",
    )
    found = [line for line in steps.splitlines() if line[:2] in ("1.", "2.", "3.", "4.")]
    assert len(found) == 4
    for number, name in enumerate(named, start=1):
        step = steps.partition(f"\n{number}. ")[2].partition(f"\n{number + 1}. ")[0]
        assert name in step

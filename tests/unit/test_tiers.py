"""Which tables an edition holds: public ones for a first analysis, those in detail to trace or recompute a value."""

import re

import pytest

from warehouse import catalogue
from warehouse.catalogue import files
from warehouse.errors import BadRecord
from warehouse.lineage import queries
from warehouse.storage.home import PROJECT

MOST_PUBLIC = 37
INTERNAL = sorted(name for name, table in catalogue.tables().items() if not table.is_in_edition)
READERS = sorted((PROJECT / "warehouse").rglob("*.py"))
# Documents for those who work on the project.
UNREAD = {"adding-a-source.md", "architecture.md", "data-dictionary.md", "landing-by-hand.md", "performance.md"}
FOR_READERS = [
    PROJECT / "README.md",
    *(path for path in sorted((PROJECT / "docs").glob("*.md")) if path.name not in UNREAD),
    *sorted((PROJECT / "examples").glob("*.*")),
    *sorted((PROJECT / "warehouse" / "report").glob("**/*.html")),
    *sorted((PROJECT / "warehouse" / "i18n").glob("**/*.yaml")),
]


def test_public_tables_are_few_enough_to_be_found():
    public = [name for name, table in catalogue.tables().items() if table.tier == "public"]
    assert 20 < len(public) <= MOST_PUBLIC
    assert {name for name in queries() if name.startswith("marts.")} <= set(public)


def test_staging_is_internal():
    assert [name for name in catalogue.tables() if name.startswith("staging.") and name not in INTERNAL] == []


def test_a_table_of_staging_that_is_not_internal_is_refused(monkeypatch):
    real = files.read

    def public(path):
        found = real(path)
        return found | {"tier": "public"} if path.name == "staging.ons__locality.yaml" else found

    monkeypatch.setattr(files, "read", public)
    with pytest.raises(BadRecord, match=r"staging\.ons__locality\.yaml.*internal, not public"):
        catalogue.tables.__wrapped__()


@pytest.mark.parametrize("path", READERS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_reads_an_edition_reads_tables_that_every_edition_holds(path):
    """Explain, exports, report, verify and releases read an edition, which may be one without the composite."""
    named = {name for name in catalogue.tables() if re.search(rf"\b{re.escape(name)}\b", path.read_text("utf-8"))}
    assert named <= {table.name for table in catalogue.edition_tables(composite=False)}


def test_joins_are_between_tables_of_an_edition():
    always = {table.name for table in catalogue.edition_tables(composite=False)}
    for table in catalogue.edition_tables(composite=True):
        assert {other for other, _ in table.joined} <= always, table.name


def test_without_the_composite_its_tables_are_left_out_and_nothing_else():
    left_out = set(catalogue.edition_tables(composite=True)) - set(catalogue.edition_tables(composite=False))
    assert {table.name for table in left_out} == {
        "core.dim_composite_indicator",
        *(name for name in catalogue.tables() if name.startswith("metrics.composite")),
        "metrics.uncertainty_draw",
    }


@pytest.mark.parametrize("path", FOR_READERS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_what_readers_are_shown_names_no_internal_table(path):
    text = path.read_text("utf-8")
    assert [name for name in INTERNAL if re.search(rf"\b{re.escape(name)}\b", text)] == []

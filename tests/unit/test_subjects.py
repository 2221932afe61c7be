"""Subjects are found by what they define, in one place."""

import pytest

from assets import subjects
from assets.graph import recipes
from assets.landing.ingest_file import landable
from assets.sources.geography import areas
from assets.sources.scottish_household_survey import observations
from warehouse.catalogue import sources
from warehouse.errors import ProjectFault


def test_every_module_with_parsers_or_recipes_is_found():
    assert (
        {"assets.sources.statswales.observations", "assets.sources.threesixtygiving.awards"}
        <= subjects.files("PARSERS").keys()
        < subjects.files("RECIPES").keys()
    )
    assert set(landable()) == {source.id for source in sources().values() if not (source.file or source.package)}


def test_a_module_in_any_folder_is_a_subject_once_it_defines_recipes(tmp_path, monkeypatch):
    (tmp_path / "assets" / "sources" / "synthetic").mkdir(parents=True)
    for name, text in (
        ("sources/synthetic/__init__.py", '"""Synthetic."""\n\nRECIPES: list[Recipe] = [\n]\n'),
        ("sources/mentions.py", "from assets.other import RECIPES\nfound = RECIPES\nRECIPES_N = 1\n"),
    ):
        (tmp_path / "assets" / name).write_text(text, "utf-8")
    monkeypatch.setattr(subjects, "PACKAGE", tmp_path / "assets")
    assert [*subjects.files("RECIPES")] == ["assets.sources.synthetic"]


def test_a_module_may_join_the_step_of_another_subject():
    steps = recipes()
    assert "staging.reference__recipient_rule" in {name for made in steps["staging_reference"] for name in made.names}
    assert "staging_award_lookups" not in steps


def test_a_source_with_two_parsers_is_named(monkeypatch):
    monkeypatch.setitem(areas.PARSERS, observations.SCOTPHO, observations.PARSERS[observations.SCOTPHO])
    with pytest.raises(ProjectFault, match="scotpho_shs has a parser in another module too"):
        subjects.parsers()

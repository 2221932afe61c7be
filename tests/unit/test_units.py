"""Units and families of metrics are in one list each, and every surface has them from there."""

import re

import pytest
from pydantic import ValidationError

from warehouse import catalogue
from warehouse.catalogue import Column, Metric, families, files, units
from warehouse.errors import BadRecord
from warehouse.exports import views
from warehouse.i18n import LANGUAGES, text
from warehouse.storage.home import PROJECT

SPELLINGS = ("GBP", "percentage_points", "percentage points", "percent", "per_10000", "per_1000", "per_100000", "%")


def test_units_of_one_meaning_are_listed_once():
    for name in (lambda unit: unit.label("en"), lambda unit: unit.label("cy")):
        assert len({name(unit) for unit in units().values()}) == len(units())
    assert not set(SPELLINGS) & units().keys()


@pytest.mark.parametrize("unit", SPELLINGS)
def test_a_unit_that_is_not_listed_is_refused(unit):
    with pytest.raises(ValidationError, match=r"is not in units\.yaml"):
        Column(name="x", type="DOUBLE", description="x", unit=unit)
    metric = catalogue.metrics()["pop_total"].model_dump()
    with pytest.raises(ValidationError, match=r"is not in units\.yaml"):
        Metric.model_validate(metric | {"unit": unit})
    indicator = next(iter(catalogue.indicators().values()))
    with pytest.raises(ValidationError, match=r"is not in units\.yaml"):
        catalogue.Indicator.model_validate(indicator.model_dump() | {"unit": unit})


def test_a_refused_unit_gives_the_near_ones():
    with pytest.raises(ValidationError, match="near: per_10k"):
        Column(name="x", type="DOUBLE", description="x", unit="per_10K")


def test_a_family_that_is_not_listed_is_refused():
    with pytest.raises(ValidationError, match=r"'SOCIAL' is not in families\.yaml, which lists COH"):
        Metric.model_validate(catalogue.metrics()["pop_total"].model_dump() | {"family": "SOCIAL"})


def test_a_unit_shown_as_one_that_is_not_listed_is_refused(monkeypatch, tmp_path):
    (tmp_path / "units.yaml").write_text(
        "- {id: share, en: share, cy: cyfran, kind: Proportion, reading: A part., shown_as: percent}\n", "utf-8"
    )
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(BadRecord, match="shown_as must be a unit, got 'percent'"):
        catalogue.units.__wrapped__()


@pytest.mark.parametrize(
    ("unit", "english", "welsh"),
    [
        ("pct", "%", "%"),
        ("gbp", "£", "£"),
        ("gbp_per_head", "£ per person", "£ y person"),
        ("share", "share from 0 to 1", "cyfran o 0 i 1"),
        ("per_10k", "per 10,000 people", "fesul 10,000 o bobl"),
        ("awards", "awards", "dyfarniadau"),
    ],
)
def test_a_heading_has_the_sign_or_the_name(unit, english, welsh):
    assert (units()[unit].label("en"), units()[unit].label("cy")) == (english, welsh)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_has_units_and_families_from_the_lists(language):
    words = text(language)
    for name, family in families().items():
        assert words.family(name) == family.name(language)
    for name, unit in units().items():
        assert words.unit(name) == unit.label(language)
        shown = units()[unit.shown_as or name]
        assert words.axis(name).lower() == shown.name(language).lower()
        assert shown.symbol in words.quantity(1.0, name)
    assert not [key for key in words.messages if re.match(r"(unit|axis|family)\.", key)]


def test_a_share_is_written_as_a_percentage_and_its_axis_says_so():
    assert text("en").quantity(0.25, "share") == "25%"
    assert text("en").beside("share") == ""
    assert text("en").axis("share") == "Per cent"


def test_a_negative_amount_has_its_minus_before_the_sign():
    assert text("en").quantity(-1234.5, "gbp") == "−£1,234"


@pytest.mark.parametrize(
    ("number", "unit", "written"),
    [
        ("234,120", "gbp", "£234,120"),
        ("-12.5", "gbp_per_head", "-£12.5 per person"),
        ("18.2", "pct", "18.2%"),
        ("0.25", "share", "0.25 share from 0 to 1"),
        ("3", "awards", "3 awards"),
        ("3", "GBP", "3 GBP"),
    ],
)
def test_a_figure_is_written_with_its_unit(number, unit, written):
    """Explain and the notes of a release write the number of the table; the last unit is of a former edition."""
    assert catalogue.figure(number, unit) == written


def test_views_say_units_in_both_languages():
    words = views.catalogue().words("unit")
    assert words.keys() == units().keys()
    assert (words["persons"].en, words["persons"].cy) == ("people", "pobl")


def test_every_unit_is_documented():
    page = (PROJECT / "docs" / "units.md").read_text("utf-8")
    assert [name for name in units() if f"| `{name}` |" not in page] == []

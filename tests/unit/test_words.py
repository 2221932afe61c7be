"""One word a concept on each surface: a locality is a locality, and an area or a place is something else."""

import re

import pytest

from warehouse.exports import views, workbook
from warehouse.i18n import text

# An area or a place that is no locality.
ELSE = (
    r"\{\w+\}|small areas?|larger area|council areas?|area of one local authority|same area|place funds?"
    r"|a place in the order"
)
ELSE_CY = r"bob awdurdod unedol|awdurdodau unedol|math o awdurdod|awdurdod unedol|un awdurdod lleol"


@pytest.mark.parametrize("key", [key for key in text("en").messages if not key.startswith("said.")])
def test_the_report_calls_a_locality_a_locality(key):
    message = re.sub(ELSE, "", text("en").messages[key], flags=re.IGNORECASE)
    assert not re.search(r"\b(areas?|places?)\b(?!\.html)", message, re.IGNORECASE), message


@pytest.mark.parametrize("key", [key for key in text("cy").messages if not key.startswith("said.")])
def test_the_report_in_welsh_calls_a_locality_an_ardal(key):
    message = re.sub(ELSE_CY, "", text("cy").messages[key], flags=re.IGNORECASE)
    assert not re.search(r"\bawdurdod(au)?( lleol)?\b", message, re.IGNORECASE), message


def test_the_report_says_once_on_each_page_what_a_locality_is():
    assert text("en")("site.locality") == "A locality is the area of one local authority."
    assert "awdurdod lleol" in text("cy")("site.locality")


@pytest.mark.parametrize("language", views.LANGUAGES)
def test_a_view_has_one_word_for_a_locality(language):
    found = views.catalogue()
    words = {"en": ("Locality", "Code of locality"), "cy": ("Ardal", "Cod yr ardal")}[language]
    assert tuple(found.columns[name].in_language(language) for name in ("locality_name", "locality_code")) == words
    for view in found.views:
        names = [found.columns[column].in_language(language) for column in views.columns(view)]
        assert len(set(names)) == len(names), view
        assert not {"Locality", "Area"} <= set(names), view


def test_the_notes_of_the_workbook_speak_of_localities():
    assert not re.search(r"\b(areas?|places?)\b", " ".join(workbook.NOTES.values()))

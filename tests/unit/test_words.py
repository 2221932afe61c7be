"""The words of the project: plain technical English, and one word per concept on each surface."""

import re

import pytest

from docs.generate import DOCUMENTS
from warehouse.exports import views, workbook
from warehouse.i18n import text
from warehouse.storage.home import PROJECT

# Files without `PHRASES`, relative to the project. Generated documents are left out: the catalogue has their text.
SCOPE = (
    "*.md",
    "docs/*.md",
    "docs/decisions/*.md",
    "docs/method/*.md",
    "docs/generate.py",
    "assets/**/*.py",
    "orchestration/**/*.py",
    "examples/*.*",
    "sql/**/*.sql",
    "warehouse/catalogue/*.yaml",
    "warehouse/catalogue/metrics/*.yaml",
    "warehouse/catalogue/tables/*.yaml",
    "warehouse/*.py",
    "warehouse/catalogue/*.py",
    "warehouse/editions/*.py",
    "warehouse/explain/*.py",
    "warehouse/exports/*.py",
    "warehouse/i18n/*.py",
    "warehouse/i18n/messages/*.en.yaml",
    "warehouse/release/[!v]*.py",
    "warehouse/release/version.py",
    "warehouse/report/*.py",
    "warehouse/report/static/*.js",
    "warehouse/report/templates/*.html",
    "warehouse/storage/*.py",
)
# Phrases that are not plain technical English, and what to write instead.
PHRASES = {
    r"nought": "zero",
    r"mend(s|ed|ing)?": "fix",
    r"told apart|telling apart|tell (them|these|those|the two) apart": "distinguishable",
    r"in trouble": "failing",
    r"made[ -]up": "synthetic",
    r"(?<!which )(is|are|was|were) held (to|against)|held against": "compared with",
    r"otherwise than": "changed since",
    r"work(s|ed|ing)? out": "compute",
    r"whence": "source",
    r"elsewhen": "for another period",
    r"(?<!there )(is|are|was|were) no (?!longer|more)": "is not a",
    r"stands|it stands|as they stand|stood": "is",
    r"lies|lie in": "is in",
    r"(day|date) of knowledge": "as-of date",
    r"as known on": "as-of date",
    r"whoever|somebody|nobody|everybody|anybody": "a user, no one, all",
    r"is no day|no such day": "invalid date",
    r"go(es|ne)? before": "takes precedence",
    r"fell silent|long been silent": "stale",
    r"said in words|say(s)? in words": "as text",
    r"hardly known": "mostly unknown",
    r"anew": "again",
    r"an old one": "a previous version",
    r"the door": "ingestion",
    r"to mind": "to note",
}

# An area or a place that is no locality.
ELSE = (
    r"\{\w+\}|small areas?|larger area|council areas?|area of one local authority|same area|place funds?|place survey"
    r"|a place in the order"
)
ELSE_CY = r"bob awdurdod unedol|awdurdodau unedol|math o awdurdod|awdurdod unedol|un awdurdod lleol"


def found_phrases(prose: str) -> list[str]:
    """Return the phrases of a text that are not plain English, without its code spans, with what to write instead."""
    plain = re.sub(r"\s+", " ", re.sub(r"`[^`]*`", "", prose))
    return [
        f"{match[0]!r} in {plain[max(0, match.start() - 40) : match.end() + 20]!r}: write {instead!r}"
        for phrase, instead in PHRASES.items()
        for match in re.finditer(rf"\b(?:{phrase})\b", plain, re.IGNORECASE)
    ]


def written_by_hand() -> list:
    """Return the files of `SCOPE` that are not generated."""
    return sorted({path for pattern in SCOPE for path in PROJECT.glob(pattern)} - set(DOCUMENTS))


@pytest.mark.parametrize("path", written_by_hand(), ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_document_is_in_plain_english(path):
    assert found_phrases(path.read_text("utf-8")) == []


def test_every_pattern_of_the_scope_finds_files():
    assert [pattern for pattern in SCOPE if not set(PROJECT.glob(pattern)) & set(written_by_hand())] == []


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("An empty cell is not nought.", "An empty cell is not zero."),
        ("The key stands 3 times.", "Duplicate key (3 rows)."),
        ("A weight that is no number is refused.", "There is no number, so the value is null."),
        ("Values are held against the last edition.", "Values are compared with the last edition."),
        ("What is otherwise than before, and why.", "A file otherwise identical is not landed."),
        ("The share was worked out from rows.", "The work outside the graph."),
        ("The day of knowledge is to come.", "The as-of date is in the future."),
        ("The rows lie in three files; each lies\nin staging.", "The files are in staging."),
        ("These rows are made\nup.", "These rows are synthetic; the sample is made of three."),
    ],
)
def test_a_phrase_is_found_across_lines_and_a_plain_one_is_not(wrong, right):
    assert found_phrases(wrong)
    assert found_phrases(right) == []


def with_words(language, words, apart):
    """Return the messages of a language with one of some words, apart from phrases that mean something else."""
    return [
        message
        for key, message in text(language).messages.items()
        if not key.startswith("said.")
        and re.search(words, re.sub(apart, "", message, flags=re.IGNORECASE), re.IGNORECASE)
    ]


def test_the_report_calls_a_locality_a_locality():
    assert with_words("en", r"\b(areas?|places?)\b(?!\.html)", ELSE) == []


def test_the_report_in_welsh_calls_a_locality_an_ardal():
    assert with_words("cy", r"\bawdurdod(au)?( lleol)?\b", ELSE_CY) == []


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

"""The words of the report: both languages whole, every message used, numbers and dates as people write them."""

import re
from datetime import date

import pytest

from warehouse import i18n as text_module
from warehouse.errors import CommunityPowerError
from warehouse.i18n import LANGUAGES, slug, text
from warehouse.storage.home import PROJECT

# Messages of several words that Welsh writes alike.
ALIKE: set[str] = set()
REPORT = PROJECT / "warehouse" / "report"


def test_a_welsh_message_is_not_the_english_one():
    english, welsh = (text(language).messages for language in LANGUAGES)
    wordy = {
        key for key, message in english.items() if len(re.findall(r"[a-z]{3,}", re.sub(r"{\w+}", "", message))) >= 3
    }
    assert len(wordy) > 150
    assert {key for key in wordy if english[key] == welsh[key]} <= ALIKE


def test_a_message_in_one_language_only_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "a.en.yaml").write_text("made_up: {one: One, two: Two}\n", "utf-8")
    (tmp_path / "a.cy.yaml").write_text("made_up: {one: Un}\n", "utf-8")
    monkeypatch.setattr(text_module, "FOLDER", tmp_path)
    text.cache_clear()
    with pytest.raises(CommunityPowerError, match=r"made_up\.two"):
        text("cy")
    text.cache_clear()


def test_an_unknown_message_names_its_key():
    with pytest.raises(CommunityPowerError, match=r"no_such\.key"):
        text("en")("no_such.key")


def test_a_placeholder_that_is_not_filled_is_an_error():
    with pytest.raises(CommunityPowerError, match=r"home\.known_of"):
        text("en")("home.known_of", known=1)


def test_a_locality_has_one_name_and_the_kingdom_its_own():
    for key, message in text("en").messages.items():
        words = re.sub(r"{\w+}|places\.html|place funds|Place Survey", "", message)
        assert not re.search(r"\bplaces?\b", words, re.IGNORECASE), key
        assert not re.search(r"\b(Great )?Britain\b|\bPrydain\b", message), key


def test_readers_are_told_to_run_no_command():
    sources = [
        *(REPORT / "templates").glob("*.html"),
        *(REPORT / "static").glob("*.js"),
        *text_module.FOLDER.glob("*.yaml"),
    ]
    assert [path.name for path in sources if "cpower" in path.read_text("utf-8")] == []


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0422535, "share", "4.2%"),
        (52.0, "pct", "52%"),
        (18.25, "pct", "18.2%"),
        (1234567.4, "gbp", "£1,234,567"),
        (12.3, "gbp_per_head", "£12.30"),
        (95366.0, "persons", "95,366"),
        (1.5, "records", "1.5"),
        (0.66666, "balance", "0.667"),
        (-0.25, "balance", "−0.250"),
        (-0.0001, "months", "0"),
        (100.0, "records", "100"),
        (None, "share", "–"),
    ],
)
def test_a_value_is_written_in_its_unit(value, unit, shown):
    assert text("en").quantity(value, unit) == text("cy").quantity(value, unit) == shown


@pytest.mark.parametrize(
    ("start", "end", "english", "welsh"),
    [
        (date(2023, 6, 30), date(2023, 6, 30), "30 June 2023", "30 Mehefin 2023"),
        (date(2022, 1, 1), date(2022, 12, 31), "2022", "2022"),
        (date(2021, 4, 1), date(2022, 3, 31), "2021/22", "2021/22"),
        (date(2020, 3, 17), date(2020, 5, 5), "17 March 2020 to 5 May 2020", "17 Mawrth 2020 hyd 5 Mai 2020"),
    ],
)
def test_a_period_is_written_short(start, end, english, welsh):
    assert (text("en").period(start, end), text("cy").period(start, end)) == (english, welsh)


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 10, "0%"), (1, 1000, "<1%"), (999, 1000, "99%"), (10, 10, "100%"), (1, 2, "50%")]
)
def test_a_share_is_never_rounded_to_all_or_nothing(part, whole, shown):
    assert text("en").share(part, whole) == shown


def test_reasons_are_said_in_the_language_of_the_page():
    codes = ["not_defined|Northern Ireland", "few_awards|5"]
    assert text("en").reason(codes) == "not defined for Northern Ireland; fewer than 5 awards to compute it from"
    assert text("cy").reasons(codes) == [
        "heb ei ddiffinio ar gyfer y wlad hon (Gogledd Iwerddon)",
        "llai na 5 o ddyfarniadau i'w gyfrifo ohonynt",
    ]
    assert text("cy").reason([]) == ""


def test_a_slug_keeps_the_letters_of_the_language():
    assert slug("Ynys Môn") == "ynys-môn"
    assert slug("Bristol, City of") == "bristol-city-of"

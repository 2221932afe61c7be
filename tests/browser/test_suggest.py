"""The page on which readers suggest or correct a practice: from the disk, by keyboard; its text passes the check."""

import json
import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from assets.contributions.checking import check_file
from tests.support.servers import until
from tests.unit.test_contributions import CODES as ALL_CODES
from warehouse.catalogue import codebook, practice_fields, read_axes
from warehouse.i18n import text
from warehouse.query import connect
from warehouse.report import site, suggest
from warehouse.report.data import EditionData

PRACTICE = {
    "title": 'Café "Neighbours": a \\ shop, a café; and #more',
    "summary": "Neighbours run a café – open daily – in a shop that the council lent them.",
    "led_by": "Friends of the café",
    "source_title": "A café opens: 'free'",
    "publisher": "A newspaper",
    "source_url": "https://news.example.org/cafe?id=1&x=2#top",
    "source_date": "2024-05",
}

CODES = {axis: code for axis, code in ALL_CODES.items() if axis != "other_types"}

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(autouse=True)
def narrow(page):
    page.set_viewport_size({"width": 390, "height": 800})


def fill(page, values):
    for name, value in values.items():
        page.locator(f"#f-{name}").fill(value)


def checked(page, tmp_path):
    """Make the text and download it; return what the check finds in the file."""
    page.locator("#suggest-form [type=submit]").press("Enter")
    until(lambda: page.locator("#suggest-result").is_visible(), 10)
    with page.expect_download() as started:
        page.locator("#suggest-download").press("Enter")
    started.value.save_as(tmp_path / started.value.suggested_filename)
    (path,) = tmp_path.iterdir()
    assert path.read_text("utf-8") == page.locator("#suggest-text").input_value()
    return check_file(path.name, path.read_bytes())


@pytest.mark.parametrize("folder", ["", "cy/"])
def test_what_the_form_makes_passes_the_check(page, report, tmp_path, folder):
    page.goto(f"{report.as_uri()}/{folder}suggest.html")
    page.locator("#f-locality").select_option("W06000002")
    fill(page, PRACTICE)
    page.locator("#f-confidence").select_option("high")
    for number, (name, sector) in enumerate([("Friends; of: all", "informal_group"), ("Gwynedd", "council")], start=1):
        page.locator(f"#partner-{number}").fill(name)
        page.locator(f"#sector-{number}").select_option(sector)
    page.locator("#suggest-form summary").press("Enter")
    for axis, code in CODES.items():
        page.locator(f"#f-{axis}").select_option(code)
    page.locator("#f-other_types-1").select_option("I2")
    page.locator("#f-other_types-2").select_option("C1")
    found = checked(page, tmp_path)
    assert [problem.to_text() for problem in found.problems] == []
    (practice,) = found.contributions
    assert practice.locality.code == "W06000002"
    assert practice.values == PRACTICE | {"confidence": "high"}
    assert practice.partners == (("Friends; of: all", "informal_group"), ("Gwynedd", "council"))
    assert practice.codes == CODES | {"other_types": "I2;C1", "confidence": "high"}
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_practice_without_codes_is_enough(page, report, tmp_path):
    page.goto(f"{report.as_uri()}/suggest.html")
    page.locator("#f-locality").select_option("W06000002")
    fill(page, PRACTICE)
    page.locator("#f-confidence").select_option("low")
    found = checked(page, tmp_path)
    assert found.is_valid
    assert found.contributions[0].codes is None


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda page: page.locator("#f-title").fill(""), "#f-title"),
        (lambda page: page.locator("#f-source_url").fill("news.example.org"), "#f-source_url"),
        (lambda page: page.locator("#f-source_date").fill("31/01/2024"), "#f-source_date"),
        (lambda page: page.locator("#partner-1").fill("A charity"), "#sector-1"),
        (lambda page: page.locator("#f-side").select_option("joint"), "#f-mechanism"),
        (lambda page: page.locator("#f-other_types-2").select_option("A1"), "#f-primary_type"),
    ],
)
def test_what_is_missing_or_wrong_is_named_at_its_field(page, report, change, wrong):
    page.goto(f"{report.as_uri()}/suggest.html")
    page.locator("#f-locality").select_option("W06000002")
    fill(page, PRACTICE)
    page.locator("#f-confidence").select_option("low")
    page.locator("#suggest-form summary").press("Enter")
    change(page)
    page.locator("#suggest-form [type=submit]").press("Enter")
    assert page.locator(wrong).evaluate("one => one.validationMessage")
    assert not page.locator("#suggest-result").is_visible()


def test_a_record_to_correct_is_filled_in_and_its_correction_passes_the_check(page, report, tmp_path):
    page.goto(f"{report.as_uri()}/suggest.html?practice=E06000001-w01")
    until(lambda: page.locator("#f-corrects").input_value() == "E06000001-w01", 10)
    assert "E06000001-w01" in page.locator("#suggest-record").inner_text()
    page.locator("#f-status_date").fill("2024")
    found = checked(page, tmp_path)
    assert [problem.to_text() for problem in found.problems] == []
    assert found.contributions[0].corrects == "E06000001-w01"
    assert found.contributions[0].values["status_date"] == "2024"


@pytest.mark.parametrize("name", ["E06000001-w99", "__proto__", "<b>x</b>"])
def test_an_unknown_record_is_said_to_be_unknown(page, report, name):
    page.goto(f"{report.as_uri()}/suggest.html?practice={name}")
    until(lambda: name in page.locator("#suggest-record").inner_text(), 10)
    assert page.locator("#f-corrects").input_value() == ""


def test_the_form_asks_for_every_column_and_offers_every_code(page, report):
    page.goto(f"{report.as_uri()}/suggest.html")
    asked = set(practice_fields()) - {"partners"} | set(read_axes()) - {"other_types"} | {"other_types-1"}
    assert [name for name in sorted(asked) if page.locator(f"#f-{name}").count() != 1] == []
    for name, axis in codebook().items():
        chosen = {"sector": "sector-1", "other_types": "f-other_types-1"}.get(name, f"f-{name}")
        offered = page.locator(f"#{chosen} option").evaluate_all("all => all.map((one) => one.value)")
        assert offered == ["", *axis.permitted], name


@pytest.fixture(scope="module")
def rendered(default_home):
    """Return the page of another setting, as it is written into a report."""

    def render():
        with connect(default_home.current.resolve()) as database:
            facts, words = EditionData(database), text("en")
            page = next(page for page in site.PAGES if page.key == "suggest")
            return site._rendered(site._environment(), facts.names, words, page, suggest.build(facts, words))

    return render


def test_the_page_names_the_contacts_and_opens_the_text_in_the_email_program(
    browser, report, rendered, tmp_path, monkeypatch
):
    assert "mailto:" not in (report / "suggest.html").read_text("utf-8")
    assert text("en")("suggest.to_no_one") in (report / "suggest.html").read_text("utf-8")
    monkeypatch.setenv("CPOWER_CONTACT", "practices@example.org,https://example.org/issues")
    shutil.copytree(report / "static", tmp_path / "static")
    (tmp_path / "suggest.html").write_text(rendered(), "utf-8")
    opened = browser.new_page()
    opened.goto((tmp_path / "suggest.html").as_uri())
    opened.locator("#f-locality").select_option("W06000002")
    fill(opened, PRACTICE)
    opened.locator("#f-confidence").select_option("low")
    opened.locator("#suggest-form [type=submit]").press("Enter")
    until(lambda: opened.locator("#suggest-result").is_visible(), 10)
    link = urlsplit(opened.locator("#suggest-mail").get_attribute("href"))
    assert (link.scheme, link.path) == ("mailto", "practices@example.org")
    assert parse_qs(link.query)["body"][0].replace("\r\n", "\n") == opened.locator("#suggest-text").input_value()
    assert opened.locator('#suggest-result a[href="https://example.org/issues"]').count() == 1
    fill(opened, {"evidence_note": "x" * 300, "summary": "y" * 400, "quantities": "£" * 200})
    opened.locator("#suggest-form [type=submit]").press("Enter")
    until(lambda: "%C2%A3" not in opened.locator("#suggest-mail").get_attribute("href"), 10)
    assert len(opened.locator("#suggest-mail").get_attribute("href")) < 1_800
    opened.close()


def test_the_records_to_correct_are_those_of_the_edition(default_home, report):
    plain = (report / "static" / "records.js").read_text("utf-8")
    records = json.loads(re.fullmatch(r"window\.RECORDS = (.+);\n", plain, re.S)[1])
    with connect(default_home.current.resolve()) as database:
        ids = [row[0] for row in database.execute("select practice_id from core.fct_practice order by 1").fetchall()]
    assert list(records) == ids
    assert records["gwynedd-volunteer-bank"]["led_by"] == "Mantell Gwynedd"

"""The parts of the report that answer: the map, the comparison and the charts, by keyboard, from the disk."""

import csv
import re

import pytest

from tests.support.servers import until

ABERDEENSHIRE, NORTH_AYRSHIRE, FIFE, GWYNEDD, MONMOUTHSHIRE = (
    "S12000034",
    "S12000021",
    "S12000047",
    "W06000002",
    "W06000021",
)
WELSH_DEPRIVATION = "dep_prop10_areas/Wales | WIMD2025"

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture(scope="module")
def report(default_home):
    """The address of the report."""
    return (default_home.current.resolve() / "report").as_uri()


def until_none(page, selector):
    """Wait until a page has no such element; asked from outside, since its policy forbids to evaluate a text."""
    until(lambda: page.locator(selector).count() == 0, 30)


def all_drawn(page):
    until_none(page, ".chart:not([data-drawn])")


def compared(page, report, *codes, language=""):
    page.goto(f"{report}/{language}compare.html#{','.join(codes)}")
    page.locator("#compare-result section").first.wait_for()
    all_drawn(page)


def open_all(page):
    for summary in page.locator("details.more > summary").all():
        summary.press("Enter")
    until_none(page, "details.more:not(:has(.chart))")
    all_drawn(page)


def said(page):
    return page.locator("#compare-says").inner_text()


@pytest.mark.parametrize("name", ["equity.html", "sustaining.html", "cy/equity.html", "cy/sustaining.html"])
def test_every_figure_is_drawn_named_and_has_its_table(page, report, name):
    page.goto(f"{report}/{name}")
    all_drawn(page)
    charts = page.locator(".chart")
    assert charts.count() > 0
    assert page.locator("figure:has(.chart) table").count() == charts.count()
    names = page.eval_on_selector_all(
        ".chart svg.marks", "all => all.map((one) => one.ariaLabel || one.getAttribute('aria-labelledby'))"
    )
    assert len(names) == charts.count()
    assert all(names)


def test_no_curve_has_two_nations(page, report):
    page.goto(f"{report}/equity.html")
    all_drawn(page)
    titles = page.locator("figure figcaption strong").all_inner_texts()
    assert titles
    for title in titles:
        assert sum(nation in title for nation in ("England", "Wales", "Scotland", "Northern Ireland")) == 1


def test_the_pages_forbid_eval_and_inline_scripts_and_draw_all_the_same(browser, report):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{report}/equity.html")
    all_drawn(page)
    page.evaluate("() => { try { window.setTimeout('window.evaluated = 1', 0) } catch { window.refused = 1 } }")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.text = "window.inline = 1";
            document.body.append(script);
        }"""
    )
    page.wait_for_timeout(50)
    assert page.evaluate("[window.evaluated, window.inline]") == [None, None]
    assert "unsafe" not in page.locator("meta[http-equiv='Content-Security-Policy']").get_attribute("content")
    context.close()


def test_nothing_moves(page, report):
    compared(page, report, ABERDEENSHIRE, FIFE)
    assert page.evaluate("document.getAnimations().length") == 0


def test_the_map_opens_with_examples_and_tells_what_was_not_searched_without_colour(page, report):
    page.goto(f"{report}/index.html")

    def fills():
        return page.eval_on_selector_all(
            "#map-hexagons a use:first-child", "all => all.map((one) => one.getAttribute('fill'))"
        )

    assert len(fills()) == 361
    assert sum(fill.startswith("var(") for fill in fills()) > 300
    page.select_option("#map-measure", "searched")
    assert fills().count("url(#state-not_searched)") > 300
    assert page.locator("#map-legend").inner_text().count("\n") >= 1


def test_another_measure_changes_map_legend_summary_and_table_together(page, report, broken):
    page.goto(f"{report}/index.html")
    page.select_option("#map-measure", WELSH_DEPRIVATION)
    assert "Wales" in page.locator("#map-summary").inner_text()
    outside = page.locator("#map-hexagons use[stroke='var(--outside-line)']")
    assert outside.count() == 361 - 22
    page.locator("#map-table > summary").click()
    assert page.locator("#map-rows tr").count() == 22
    assert page.locator("#map-caption").inner_text() == page.locator("#map-summary").inner_text()
    page.locator("#map-table [data-sort=value] button").click()
    values = [float(words.rstrip("%")) for words in page.locator("#map-rows td:nth-child(3)").all_inner_texts()]
    assert values == sorted(values)
    page.locator("#map-table [data-sort=value] button").press("Enter")
    values = [float(words.rstrip("%")) for words in page.locator("#map-rows td:nth-child(3)").all_inner_texts()]
    assert values == sorted(values, reverse=True)
    assert page.locator("#map-table [data-sort=value]").get_attribute("aria-sort") == "descending"
    assert broken("main") == []


@pytest.mark.parametrize("language", ["", "cy/"])
def test_the_signs_in_the_hexagons_of_every_choice_are_legible(page, report, language):
    page.goto(f"{report}/{language}index.html")
    signed = 0
    for choice in page.eval_on_selector_all("#map-measure option", "all => all.map((one) => one.value)"):
        page.select_option("#map-measure", choice)
        signs = page.eval_on_selector_all(
            "#map-hexagons a text, #map-legend text",
            """all => all.map((one) => {
                const { stroke, fill, fontSize } = getComputedStyle(one);
                return [stroke, fill, getComputedStyle(one.previousElementSibling).fill, fontSize];
            })""",
        )
        signed += bool(signs)
        for stroke, fill, ground, size in signs:
            assert (stroke, size) == ("none", "1px"), choice
            assert contrast(fill, ground) >= 4.5, (choice, fill, ground)
    assert signed >= 5


def contrast(*colours):
    """Return the contrast ratio of two colours as WCAG 2 defines it."""

    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted(map(luminance, colours))
    return (high + 0.05) / (low + 0.05)


def test_what_has_no_value_stands_last_however_the_table_is_sorted(page, report):
    page.goto(f"{report}/index.html")
    page.select_option("#map-measure", "searched")
    page.locator("#map-table > summary").click()
    button = page.locator("#map-table [data-sort=value] button")
    for _ in range(2):
        button.click()
        states = page.locator("#map-rows td:nth-child(3)").all_inner_texts()
        first_unknown = next(place for place, words in enumerate(states) if not words.startswith("records"))
        assert first_unknown > 0
        assert not any(words.startswith("records") for words in states[first_unknown:])


def test_the_map_is_read_by_keyboard_and_has_one_stop(page, report):
    page.goto(f"{report}/index.html")
    page.select_option("#map-measure", WELSH_DEPRIVATION)
    assert page.locator("#map-hexagons a[tabindex='0']").count() == 1
    page.locator(f"#map-hexagons a[href$='{GWYNEDD}.html']").focus()
    says = page.locator("#map-says")
    assert re.match(r"Gwynedd \(Wales\): [\d.]+%; no interval: .+; ", says.inner_text())
    page.keyboard.press("ArrowDown")
    assert "Gwynedd" not in says.inner_text()
    assert page.evaluate("document.activeElement.closest('#map-hexagons') !== null")
    assert page.locator("#map-hexagons a[tabindex='0']").count() == 1
    assert page.locator("#map-ring").get_attribute("visibility") == "visible"
    page.locator(f"#map-hexagons a[href$='{GWYNEDD}.html']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/l/{GWYNEDD}.html")


def test_two_places_are_compared_without_a_mouse_and_named_in_the_address(page, report, broken):
    page.goto(f"{report}/compare.html")
    picker = page.locator("#compare-place")
    picker.focus()
    for name in ("aberdeens", "fife"):
        page.keyboard.type(name)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
    all_drawn(page)
    assert page.url.endswith(f"#{ABERDEENSHIRE},{FIFE}")
    assert page.evaluate("document.activeElement.id") == "compare-place"
    assert page.locator("#compare-result section").count() > 3
    assert broken("main") == []
    page.locator("#compare-places button").first.press("Enter")
    assert page.url.endswith(f"#{FIFE}")
    assert page.locator("#compare-result section").count() == 0
    assert page.evaluate("document.activeElement.id") == "compare-place"


def test_the_list_of_localities_is_told_to_a_screen_reader(page, report, broken):
    page.goto(f"{report}/compare.html")
    picker = page.get_by_role("combobox", name="Locality")
    assert picker.get_attribute("aria-expanded") == "false"
    picker.press_sequentially("north")
    assert picker.get_attribute("aria-expanded") == "true"
    options = page.get_by_role("option")
    assert re.fullmatch(rf"Localities that match: {options.count()}\.", said(page))
    assert broken("main") == []
    for _ in range(2):
        picker.press("ArrowDown")
    assert picker.get_attribute("aria-activedescendant") == options.nth(1).get_attribute("id")
    assert options.nth(1).get_attribute("aria-selected") == "true"
    picker.press("ArrowUp")
    assert options.nth(0).get_attribute("aria-selected") == "true"
    picker.press("Escape")
    assert picker.get_attribute("aria-expanded") == "false"
    assert not page.locator("#compare-options").is_visible()
    assert page.locator("#compare-places li").count() == 0


@pytest.mark.parametrize(
    ("language", "typed", "name"),
    [
        ("", "ynys mon", "Isle of Anglesey"),
        ("cy/", "anglesey", "Ynys Môn"),
        ("", "E08000019", "Sheffield"),
        ("", "shepway", "Folkestone and Hythe"),
        ("", "gwyned", "Gwynedd"),
        ("", "gwinedd", "Gwynedd"),
    ],
)
def test_a_locality_is_chosen_by_any_of_its_names_in_either_language(page, report, language, typed, name):
    page.goto(f"{report}/{language}compare.html")
    page.locator("#compare-place").press_sequentially(typed)
    page.locator("#compare-options [role=option]").first.click()
    assert page.locator("#compare-places li a").all_inner_texts() == [name]


def test_localities_that_can_join_the_comparison_are_listed_first(page, report):
    page.goto(f"{report}/compare.html#{GWYNEDD}")
    page.locator("#compare-place").press_sequentially("n")
    groups = page.locator("#compare-options .note").all_inner_texts()
    joining = [group.strip().startswith("Wales") for group in groups]
    assert joining == sorted(joining, reverse=True)
    assert joining[0]
    assert not joining[-1]


def test_a_name_that_may_be_several_is_not_guessed(page, report):
    page.goto(f"{report}/compare.html")
    page.locator("#compare-place").fill("north")
    page.locator("#compare-choice button").press("Enter")
    assert said(page) == "Choose a locality from the list first."
    page.locator("#compare-place").fill("North Ayrshire")
    page.locator("#compare-choice button").press("Enter")
    assert page.locator("#compare-places li").count() == 1


def test_a_small_difference_looks_small(page, report):
    compared(page, report, ABERDEENSHIRE, FIFE)
    card = page.locator(".compare-measure", has=page.get_by_role("heading", name="Feel that they belong"))
    one, other = card.evaluate(
        """card => [...card.querySelectorAll(".mark-symbol.role-mark path")]
            .map((one) => one.getBoundingClientRect().x)"""
    )
    assert abs(one - other) < 0.1 * card.locator(".chart").bounding_box()["width"]
    assert re.search(r"The axis spans the 32 localities of the group .+ median, \d", card.inner_text())
    assert card.locator(".chart path[stroke-dasharray], .chart line[stroke-dasharray]").count() >= 1


def test_places_of_different_groups_are_refused_in_a_sentence(page, report):
    page.goto(f"{report}/compare.html#{ABERDEENSHIRE},{GWYNEDD}")
    assert re.search(
        r"Aberdeenshire is one of .+ and Gwynedd is one of .+ not in the same comparable group", said(page)
    )
    assert page.locator("#compare-result section").count() == 0
    page.goto(f"{report}/compare.html#{ABERDEENSHIRE}")
    page.locator("#compare-place").press_sequentially("gwynedd")
    page.locator("#compare-choice button").press("Enter")
    assert "not in the same comparable group" in said(page)
    assert page.locator("#compare-places li").count() == 1


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        (["S12000099"], "No locality has the code S12000099."),
        ([FIFE, FIFE], "Fife has been chosen already."),
        ([f"W0600000{number}" for number in range(1, 7)], "At most 5 localities"),
    ],
)
def test_an_address_that_cannot_be_compared_says_why(page, report, codes, sentence):
    page.goto(f"{report}/compare.html#{','.join(codes)}")
    assert sentence in said(page)
    assert page.locator("#compare-result section").count() == 0


def test_the_link_past_the_navigation_keeps_the_comparison(page, report):
    compared(page, report, ABERDEENSHIRE, FIFE)
    page.evaluate("location.hash = '#main'")
    page.wait_for_timeout(50)
    assert page.locator("#compare-places li").count() == 2


def test_the_other_language_compares_the_same_places(page, report):
    compared(page, report, GWYNEDD, MONMOUTHSHIRE)
    page.locator("a.language").click()
    page.locator("#compare-result section").first.wait_for()
    assert page.url.endswith(f"/cy/compare.html#{GWYNEDD},{MONMOUTHSHIRE}")
    assert "Sir Fynwy" in page.locator("#compare-places").inner_text()


def test_no_value_and_no_rank_is_without_its_interval_or_the_reason(page, report):
    compared(page, report, ABERDEENSHIRE, NORTH_AYRSHIRE, FIFE)
    open_all(page)
    cells = page.eval_on_selector_all(
        ".compare-measure table:has(.state) tbody tr",
        """all => all.map((row) => {
            const parts = ["b", ".interval", ".state"].map((part) => row.querySelector(part));
            return [row, ...parts, row.cells[3]].map((one) => one?.textContent ?? "");
        })""",
    )
    assert len(cells) > 10
    for row, number, interval, state, rank in cells:
        assert state.strip(), row
        assert (number == "–") == (interval == ""), row
        assert re.fullmatch(r"between \d+ and \d+ of \d+|–|", rank), row


def test_a_chart_has_a_point_only_where_its_table_has_a_value(page, report):
    compared(page, report, ABERDEENSHIRE, NORTH_AYRSHIRE, FIFE)
    open_all(page)
    counts = page.eval_on_selector_all(
        ".compare-measure:not(.whole)",
        """sections => sections.map((section) => [
            section.querySelector("h3").textContent,
            section.querySelectorAll(".mark-symbol.role-mark path").length,
            [...section.querySelectorAll("tbody td:nth-child(2) b")].filter((cell) => cell.textContent !== "–").length,
        ])""",
    )
    assert len(counts) > 10
    assert [name for name, points, values in counts if points != values] == []


def test_a_small_screen_holds_a_comparison_in_welsh(page, report, broken):
    page.set_viewport_size({"width": 320, "height": 640})
    compared(page, report, GWYNEDD, MONMOUTHSHIRE, language="cy/")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert broken("main") == []


def test_a_phone_shows_every_column_of_a_comparison(page, report):
    page.set_viewport_size({"width": 390, "height": 844})
    compared(page, report, ABERDEENSHIRE, FIFE)
    open_all(page)
    cut = page.eval_on_selector_all(
        ".compare-measure .scroll:has(.state)",
        """all => all.filter((one) => one.scrollWidth > one.clientWidth + 1)
            .map((one) => one.getAttribute("aria-label"))""",
    )
    assert cut == []


def shown(page):
    """Return the codes of the records that the library shows, in order of its filters."""
    return page.eval_on_selector_all(
        "#library-records > article",
        "all => all.filter((one) => one.offsetParent).map((one) => one.dataset.codes.split(' '))",
    )


def number_of(page):
    return int(re.search(r"\d[\d,]*", page.locator("#library-says").inner_text())[0].replace(",", ""))


def test_the_library_is_filtered_by_keyboard_and_its_address_opens_the_same_choice(page, report, broken):
    page.goto(f"{report}/library.html")
    whole = number_of(page)
    assert 0 < len(shown(page)) < whole
    for name, typed in (("mechanism", "Partn"), ("region", "North W")):
        page.locator(f"#f-{name}").focus()
        page.keyboard.type(typed)
    chosen = shown(page)
    assert 0 < len(chosen) <= number_of(page) < whole
    assert {(codes[1], codes[5]) for codes in chosen} == {("partnership", "north-west")}
    assert broken("main") == []
    address, said = page.url, page.locator("#library-says").inner_text()
    assert address.endswith("#mechanism=partnership&region=north-west")
    page.goto("about:blank")
    page.goto(address)
    assert (shown(page), page.locator("#library-says").inner_text()) == (chosen, said)
    assert page.locator("#f-region").input_value() == "north-west"
    page.locator("a.language").click()
    page.wait_for_url("**/cy/library.html#mechanism=partnership&region=north-west")
    assert shown(page) == chosen
    page.get_by_role("button", name="Clirio").press("Enter")
    assert number_of(page) == whole
    assert "#" not in page.url


def test_more_records_of_the_library_are_shown_by_keyboard_and_words_are_found_without_accents(page, report):
    page.goto(f"{report}/library.html#nation=wales")
    first = len(shown(page))
    page.locator("#library-more").press("Enter")
    assert len(shown(page)) > first
    focused = page.evaluate("document.activeElement.closest('article').id")
    ids = page.eval_on_selector_all("#library-records > article:not([hidden])", "all => all.map((one) => one.id)")
    assert ids.index(focused) == first
    page.goto("about:blank")
    page.goto(f"{report}/cy/library.html")
    page.locator("#f-text").fill("ynys MON")
    assert {codes[6] for codes in shown(page)} == {"W06000001"}


def test_a_link_to_a_practice_shows_it_and_a_choice_that_is_not_there_is_named(page, report):
    page.goto(f"{report}/library.html")
    name = page.locator("#library-records > article").last.get_attribute("id")
    page.goto("about:blank")
    page.goto(f"{report}/library.html#{name}")
    assert page.locator(f"#{name}").is_visible()
    assert number_of(page) == 1
    page.goto("about:blank")
    page.goto(f"{report}/library.html#mechanism=magic")
    assert "mechanism=magic" in page.locator("#library-says").inner_text()
    page.locator("#f-text").fill("zzzz")
    assert shown(page) == []
    assert page.locator("#library-says").inner_text() == "No record matches this choice."


def test_the_page_of_a_locality_leads_to_its_practices_in_the_library(page, report):
    page.goto(f"{report}/l/{GWYNEDD}.html")
    own = page.locator("article.practice").count()
    page.locator(f"a[href$='library.html#locality={GWYNEDD}']").click()
    page.wait_for_url("**/library.html#*")
    assert {codes[6] for codes in shown(page)} == {GWYNEDD}
    assert number_of(page) == own


def test_the_chosen_practices_are_downloaded_as_csv(page, report, tmp_path):
    page.goto(f"{report}/library.html#mechanism=food&nation=scotland")
    with page.expect_download() as download:
        page.locator("#library-download").press("Enter")
    download.value.save_as(tmp_path / "practices.csv")
    with (tmp_path / "practices.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == number_of(page) > 0
    assert {row["What it is"] for row in rows} == {"Food"}
    assert all(row["url"].startswith("http") and row["Practice"] and "Scotland" in row["Where"] for row in rows)


def test_a_phone_and_paper_hold_the_library(page, report):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{report}/cy/library.html#nation=wales")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    on_screen = len(shown(page))
    page.emulate_media(media="print")
    assert len(shown(page)) == number_of(page) > on_screen
    assert not page.locator("#library-filters").is_visible()


def test_without_scripts_every_practice_of_the_library_is_there(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{report}/library.html")
    assert len(shown(page)) == page.locator("#library-records > article").count() > 1000
    assert not page.locator("#library-filters").is_visible()
    context.close()


def test_without_scripts_the_map_its_table_and_the_curves_tables_stand(browser, report):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{report}/index.html")
    assert page.locator("#map-hexagons a").count() == 361
    assert page.locator("#map-rows tr").count() == 361
    page.goto(f"{report}/equity.html")
    assert page.locator("figure table").count() > 0
    assert page.locator("figcaption").first.inner_text().strip()
    page.goto(f"{report}/compare.html")
    assert "JavaScript" in page.locator("noscript").inner_text()
    context.close()

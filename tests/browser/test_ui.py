"""The asset graph as a person meets it in a browser: complete, without errors, and with no request to anybody else."""

import os
import re
from urllib.parse import urlsplit

import pytest

from tests.support.servers import PASSWORD, REPOSITORY, until
from warehouse.storage.home import PROJECT

PICTURE = PROJECT / "docs" / "images" / "asset-graph.png"

pytestmark = [pytest.mark.browser, pytest.mark.long]


@pytest.fixture
def page(browser, server):
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": 1400, "height": 800},
        http_credentials={"username": "anyone", "password": PASSWORD},
    )
    yield context.new_page()
    context.close()


def test_the_asset_graph_shows_groups_and_tables_and_calls_nobody(page, server):
    addresses, errors, frames = [], [], []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("console", lambda message: message.type == "error" and errors.append(message.text))
    page.on("pageerror", lambda error: errors.append(str(error)))

    def watch(socket):
        addresses.append(socket.url)
        socket.on("framereceived", lambda frame: frames.append(frame))

    page.on("websocket", watch)
    page.goto("/asset-groups")
    page.get_by_text("Global asset lineage").wait_for()
    graph = page.locator("svg")
    for group in ("reference", "landing", "staging", "core", "metrics", "marts", "published"):
        graph.get_by_text(group, exact=True).wait_for()
    graph.get_by_text("marts", exact=True).click()
    graph.get_by_text("locality_profile", exact=True).wait_for()

    until(lambda: page.wait_for_timeout(100) or frames, 20)  # live updates arrive
    hosts = {urlsplit(address).netloc for address in addresses if not address.startswith(("data:", "blob:"))}
    assert hosts == {urlsplit(server.url).netloc}
    assert errors == []


def metadata(page, key):
    """The row of a key in the table of metadata of an asset's page."""
    return page.locator("tr", has=page.get_by_text(key, exact=True)).last


def test_a_table_s_page_explains_it_and_shows_its_picture(page):
    page.goto("/assets/marts/locality_profile")
    page.get_by_text("One row per locality.").wait_for()
    page.get_by_text("An empty value has a state that says why; it is never zero.").wait_for()
    page.get_by_text("Population. Unit: people (persons).").first.wait_for()
    page.get_by_text("tier: public").first.wait_for()
    page.get_by_text("Isle of Anglesey").or_(page.get_by_text("Hartlepool")).first.wait_for()
    for key, shown in (("query", "core.dim_locality"), ("sources", "English Indices of Deprivation 2025")):
        metadata(page, key).get_by_text("[Show Markdown]").click()
        page.get_by_role("dialog").get_by_text(shown).first.wait_for()
        page.keyboard.press("Escape")
    metadata(page, "picture").get_by_text("[Show Markdown]").click()
    image = page.get_by_role("dialog").locator("img")
    image.wait_for()
    assert "hexagon maps" in image.get_attribute("alt")
    assert image.evaluate("picture => picture.complete && picture.naturalWidth > 400")


def test_the_asset_list_is_plain_text(page):
    page.goto('/assets?asset-selection=key:"core/dim_metric"')
    page.get_by_text("One row per metric.").first.wait_for()
    assert "**" not in page.locator("body").inner_text()


def test_the_events_of_a_table_start_with_its_rows_and_its_picture(page):
    page.goto("/assets/marts/locality_profile?view=events")
    page.get_by_text("[Show Markdown]").wait_for()
    keys = page.locator("tr > td:first-child", has_text=re.compile("row_count|first rows|picture|query|sources"))
    shown = [key.split(" (")[0] for key in keys.all_inner_texts()]
    assert shown == ["dagster/row_count", "first rows", "picture"]


def test_the_launchpad_of_what_if_shows_weights_and_choices(page):
    page.goto("/locations/community_power/jobs/what_if/playground")
    page.get_by_text("resource: 1.0").wait_for()
    page.get_by_text("two_thirds").first.click()
    page.get_by_text("Literal['none', 'pro_rata']").wait_for()


def test_a_check_says_what_its_rule_is(page):
    page.goto("/assets/metrics/metric_value?view=checks&checkDetail=h5_no_locality_is_left_out")
    page.get_by_text("Every metric of localities has a row for every locality").first.wait_for()
    page.get_by_text("Honesty rule H5: ").wait_for()


def test_a_source_s_page_leads_to_its_publisher(page):
    page.goto("/assets/landing/iod2025")
    link = page.get_by_role("link", name="https://www.gov.uk/government/statistics/english-indices-of-deprivation-2025")
    link.wait_for()
    page.get_by_text("licence: OGL-UK-3.0").wait_for()
    page.get_by_text("kind: statistics").wait_for()


def test_the_fields_of_a_run_have_help_texts(server):
    query = """query($selector: PipelineSelector!) { runConfigSchemaOrError(selector: $selector) {
      ... on RunConfigSchema { allConfigTypes { ... on CompositeConfigType { fields { name description } } } } } }"""
    told = {}
    for job in ("build", "pull"):
        selector = REPOSITORY | {"pipelineName": job}
        schema = server.graphql(query, selector=selector)["runConfigSchemaOrError"]
        fields = [field for kind in schema["allConfigTypes"] for field in kind.get("fields", [])]
        told |= {field["name"]: field["description"] for field in fields if field["description"]}
    assert "As-of date" in told["as_of"]
    assert "nothing has changed" in told["force"]
    assert "only these sources" in told["sources"]
    assert "differs much from the last one" in told["accept"]


def test_a_run_that_failed_says_what_to_do(page, server):
    wrong = {"resources": {"warehouse": {"config": {"as_of": "2999-01-01"}}}}
    run_id = server.launch("build", wrong)
    assert server.finished(run_id) == "FAILURE"
    page.goto(f"/runs/{run_id}")
    page.get_by_text("as_of 2999-01-01 is in the future; use today or an earlier date.").first.wait_for()
    page.get_by_text("What to do: Correct the setting that is named below").wait_for(timeout=60_000)
    page.goto("/runs")
    page.get_by_text("what_to_do: ").first.wait_for()


@pytest.mark.skipif(
    "CPOWER_SCREENSHOT" not in os.environ, reason="draws the README's picture, with CPOWER_SCREENSHOT=1"
)
def test_the_picture_of_the_graph_is_drawn_from_the_ui(page, server):
    page.goto("/asset-groups?expanded=global%40global%3Amarts")
    page.locator("svg").get_by_text("locality_profile", exact=True).wait_for()
    page.wait_for_timeout(3000)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURE)

"""The asset graph as a person meets it in a browser: complete, without errors, and with no request to anybody else."""

import os
import shutil
from urllib.parse import urlsplit

import pytest

from tests.servers import PASSWORD, until
from warehouse.home import PROJECT

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["background-networking", "component-update", "sync", "gpu", "quic"]
PICTURE = PROJECT / "docs" / "images" / "asset-graph.png"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed"),
]


@pytest.fixture
def page(server):
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright, which is not installed")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = browser.new_context(
            base_url=server.url,
            viewport={"width": 1400, "height": 800},
            http_credentials={"username": "anyone", "password": PASSWORD},
        )
        yield context.new_page()
        browser.close()


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


@pytest.mark.skipif(
    "CPOWER_SCREENSHOT" not in os.environ, reason="draws the README's picture, with CPOWER_SCREENSHOT=1"
)
@pytest.mark.timeout(600)
def test_the_picture_of_the_graph_is_drawn_from_the_ui(page, server):
    until(server.home.current.exists, 400)
    page.goto("/asset-groups?expanded=global%40global%3Amarts")
    page.locator("svg").get_by_text("locality_profile", exact=True).wait_for()
    page.wait_for_timeout(3000)
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURE)

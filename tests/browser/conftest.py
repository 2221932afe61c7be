"""A browser, a page that must stay within the report, and what axe finds on it."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["background-networking", "component-update", "sync", "gpu", "quic"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        pytest.skip("needs Chromium, which is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright, which is not installed")
    arguments = ["--no-sandbox", "--no-first-run", *(f"--disable-{what}" for what in QUIET)]
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()


@pytest.fixture(scope="module")
def report(default_home):
    """The folder of the report."""
    return default_home.current.resolve() / "report"


@pytest.fixture
def page(browser, default_home):
    """A page that notes what it asks for and what goes wrong on it; nothing may be outside the report."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    opened = context.new_page()
    asked, wrong = [], []
    opened.on("request", lambda request: asked.append(request.url))
    opened.on("console", lambda message: message.type in ("error", "warning") and wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    yield opened
    context.close()
    within = ((default_home.current.resolve() / "report").as_uri(), "data:", "blob:", "about:")
    assert [url for url in asked if not url.startswith(within)] == []
    assert wrong == []


@pytest.fixture
def broken(page):
    """Return the rules of accessibility that the page, or a part of it, breaks as it stands now, each with where.

    The checker reads the style sheets again, which the policy of the page rightly forbids, so it is told not to.
    """
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe, which is not installed")

    def check(part=None):
        options = {"runOnly": {"type": "tag", "values": RULES}, "preload": False}
        found = axe.Axe().run(page, context=part, options=options).response["violations"]
        return [(item["id"], [node["html"][:150] for node in item["nodes"][:3]]) for item in found]

    return check

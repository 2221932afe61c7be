"""Defines the pages of the site and their order, and renders them.

A page is an entry of `PAGES`: its template, its key in the messages (`<key>.title`, `<key>.nav`), and a function that
returns the variables of the template from the edition. Every page has the same name in both languages; English is at
the root of the report and Welsh in `cy/`.
"""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.exports.shared import Shared
from warehouse.i18n import LANGUAGES, Text, key_part, text
from warehouse.report import charts, compare, equity, hexmap, home, library, lineage, locality, method, sustaining
from warehouse.report.data import EditionData, Names
from warehouse.report.strip_plots import Strips

if TYPE_CHECKING:
    import jinja2

HERE = Path(__file__).parent
FOLDERS = {"en": "", "cy": "cy/"}
UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}

# HTML allows omitting these end tags, and quotes; without them a site of hundreds of pages is an eighth smaller. Each
# expression starts with literal letters, which makes it fast, and runs on the result of the previous ones.
SHORTER = (
    (
        re.compile(
            r">\n(?=</?(?:p|h\d|ul|ol|li|dl|dt|dd|div|table|tr|th|td|thead|tbody|section|article|svg|details|option)\b)"
        ),
        ">",
    ),
    (re.compile(r"\n\s+"), "\n"),
    (re.compile(r"</p>(?=\s*<(?:p|h\d|ul|ol|dl|div|table|section|details|/article|/div|/section|/main))"), ""),
    (re.compile(r"</(?:li|td|th|tr|dt|dd|option|tbody|thead)>"), ""),
)
QUOTED = re.compile(r"""="(?<=[a-z]=")([^\s"'=<>`]*[^\s"'=<>`/])"(?=[\s>])(?=[^<>]*>)""")

EDITION = "edition.js"

Variables = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of the site in every language.

    `build(facts, text)` returns the variables of the template. Variables named `data` become JSON in the page, one
    script element per key. `scripts` are files of `static/`, run in that order.
    """

    path: str
    template: str
    key: str
    build: Callable[[EditionData, Text], Variables]
    scripts: tuple[str, ...] = ()
    is_in_navigation: bool = True


DRAWN = (*charts.CHART_SCRIPTS, *lineage.SCRIPTS)
PAGES = (
    Page("index.html", "home.html", "home", home.build, (*home.SCRIPTS, *hexmap.SCRIPTS, *lineage.SCRIPTS)),
    Page("places.html", "places.html", "places", home.places, (*home.SCRIPTS, *lineage.SCRIPTS)),
    Page("library.html", "library.html", "library", library.build, (*library.SCRIPTS, *lineage.SCRIPTS)),
    Page("compare.html", "compare.html", "compare", compare.build, compare.SCRIPTS),
    Page(
        "sustaining.html", "sustaining.html", "sustaining", sustaining.build, (*charts.CHART_SCRIPTS, *lineage.SCRIPTS)
    ),
    Page("equity.html", "equity.html", "equity", equity.build, (*charts.CHART_SCRIPTS, *lineage.SCRIPTS)),
    Page("method.html", "method.html", "method", method.build),
    Page("downloads.html", "downloads.html", "downloads", method.downloads),
)


def render(facts: EditionData, folder: Path, shared: Shared | None = None) -> None:
    """Write the whole site into a folder that does not exist yet.

    A page whose variables are equal to those of the previous edition is linked from it (`shared`).
    """
    shared = shared or Shared()
    strips = Strips(facts)
    folder.mkdir()
    shutil.copytree(HERE / "static", folder / "static")
    if not all([shared.link(folder.parent, f"{folder.name}/static/{name}") for name in charts.MADE]):
        charts.write_static(folder / "static")
    _write_edition(facts, folder / "static")
    compare.write_static(facts, folder / "static")
    home.write_index(facts, folder / "static")
    lineage.write_static(facts, folder / "static")
    strips.write(folder / "static", set(locality.SHOWN))
    environment = _environment()
    known = sha256(repr(facts.names).encode()).hexdigest()
    for language in LANGUAGES:
        words = text(language)
        for page in _pages(facts, strips):
            variables = page.build(facts, words)
            name = FOLDERS[language] + page.path
            if not shared.link(folder.parent, f"{folder.name}/{name}", known, variables):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_rendered(environment, facts.names, words, page, variables), "utf-8")


def _write_edition(facts: EditionData, folder: Path) -> None:
    """Write the id of the edition as a script for the footer of every page, so that pages can be shared by editions."""
    said = {
        lang: text(lang)("site.edition", edition=facts.edition_id, as_of=text(lang).date(facts.as_of))
        for lang in LANGUAGES
    }
    plain = json.dumps(said, ensure_ascii=False)
    (folder / EDITION).write_text(
        f"document.getElementById('edition').textContent = {plain}[document.documentElement.lang];\n", "utf-8"
    )


def _pages(facts: EditionData, strips: Strips) -> Iterator[Page]:
    """Return all pages of a language: those of the navigation, one per measure and one per locality."""
    yield from PAGES
    for metric_id in locality.SHOWN:
        build = partial(_measure, strips=strips, metric_id=metric_id)
        scripts = ("ranges.js", *lineage.SCRIPTS)
        yield Page(f"m/{metric_id}.html", "measure.html", "measure", build, scripts, is_in_navigation=False)
    for code in facts.localities:
        build = partial(locality.build, strips=strips, code=code)
        yield Page(f"l/{code}.html", "locality.html", "locality", build, lineage.SCRIPTS, is_in_navigation=False)


def _measure(facts: EditionData, text: Text, strips: Strips, metric_id: str) -> Variables:
    return home.measure(facts, strips, metric_id)


def _rendered(environment: "jinja2.Environment", names: Names, words: Text, page: Page, variables: Variables) -> str:
    folder = FOLDERS[words.lang] + page.path
    root = "../" * folder.count("/")
    other = next(language for language in LANGUAGES if language != words.lang)
    rendered = environment.get_template(page.template).render(
        {
            "t": words,
            "lang": words.lang,
            "other": other,
            "root": root,
            "home": root + FOLDERS[words.lang],
            "counterpart": root + FOLDERS[other] + page.path,
            "page": page,
            "navigation": [item for item in PAGES if item.is_in_navigation],
            "facts": names,
            "scripts": (EDITION, *page.scripts),
            "data": {},
            "group": partial(locality.group_words, names, words),
            "english": partial(_english, words),
            **variables,
        }
    )
    return _shortened(rendered)


def _shortened(page: str) -> str:
    """Return a page without the end tags, line ends and quotes that HTML allows omitting."""
    for expression, instead in SHORTER:
        page = expression.sub(instead, page)
    return QUOTED.sub(lambda value: f"={value[1]}", page)


def _environment() -> "jinja2.Environment":
    import jinja2
    from jinja2.runtime import Context, Macro

    class Direct(Context):
        """Calls functions directly: Jinja asks each callable whether it needs the context, and none does."""

        def call(self, called: Any, *args: Any, _loop_vars: Any = None, _block_vars: Any = None, **named: Any) -> Any:
            return super().call(called, *args, **named) if isinstance(called, Macro) else called(*args, **named)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.context_class = Direct
    environment.filters |= {"json": _json, "exact": _exact, "key": key_part}
    return environment


def _english(text: Text, words: str | None, welsh: str | None = None) -> Any:
    """Return a text in the language of the page: Welsh if available, else English, marked as English."""
    from markupsafe import Markup, escape

    if text.lang == "en" or not words:
        return words or ""
    return welsh or Markup(f'<span lang="en">{escape(words)}</span>')


def _exact(number: float) -> str:
    """Return a number with twelve significant digits, for machines."""
    return f"{number:.12g}"


def _json(payload: Any) -> Any:
    """Return JSON that is safe inside an HTML script element."""
    from markupsafe import Markup

    plain = json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=str)
    return Markup(re.sub("[<>&]", lambda match: UNSAFE[match[0]], plain))

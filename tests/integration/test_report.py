"""The report of a real edition: every figure is the warehouse's, every name is harmless, every link leads somewhere."""

import contextlib
import html
import json
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import duckdb
import pytest

from tests.support.edition_reasons import said_otherwise
from warehouse import query
from warehouse.exports.shared import Shared
from warehouse.i18n import text
from warehouse.report import site
from warehouse.report.data import EditionData
from warehouse.report.locality import IN_2008, SHOWN, TOTAL_METRIC

SHEFFIELD, ANGLESEY, GWYNEDD, ABERDEENSHIRE = "E08000039", "W06000001", "W06000002", "S12000034"
# With place funds alone, and with the summary of spring 2020 alone.
HARTLEPOOL, BELFAST = "E06000001", "N09000003"
DORSET = "E06000059"
# A quarter of it is the text of a thousand practices, once in the library and shorter on the page of the locality, in
# two languages.
LARGEST_SITE = 32_000_000
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# What ends a paragraph whose end tag is left out.
BLOCKS = {"p", "h3", "h4", "ul", "ol", "dl", "div", "table", "section", "details", "article"}
FIGURE = re.compile(r"[-−]?£?(?P<number>[\d,]+(?:\.(?P<decimals>\d+))?)(?P<percent>%?)")


@dataclass
class Figure:
    """A number of a page: its machine form, what people read, and the data attributes that it stands under."""

    value: float
    about: dict[str, str]
    shown: str = ""


@dataclass
class Reader(HTMLParser):
    """Reads the figures, links and anchors of a page."""

    figures: list[Figure] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    open: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    amounts: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__()

    def handle_starttag(self, tag, attrs):
        found = {name: value or "" for name, value in attrs}
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.anchors |= {found["id"]} if "id" in found else set()
        # A link to the library may name a choice in place of an anchor.
        self.anchors |= {found["value"]} if tag == "option" else set()
        if tag in BLOCKS and any(name == "p" for name, _ in self.open):
            self.handle_endtag("p")
        if tag == "tr" and any(name == "tr" for name, _ in self.open):
            self.handle_endtag("tr")
        if tag not in VOID:
            self.open.append((tag, found))
        if tag == "data":
            about = {name: value for _, one in self.open for name, value in one.items() if name.startswith("data-")}
            self.figures.append(Figure(float(found["value"]), about))
        if "amount" in found.get("class", "").split():
            self.amounts.append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if any(tag == "data" for tag, _ in self.open):
            self.figures[-1].shown += data
        elif any("amount" in found.get("class", "").split() for tag, found in self.open if tag == "p"):
            self.amounts[-1] += data


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text("utf-8"))
    return reader


def rounded_alike(figure: Figure, unit: str) -> bool:
    """Whether what people read is the machine's number, rounded to the decimals shown."""
    match = FIGURE.fullmatch(figure.shown.strip())
    assert match, figure.shown
    number = float(match["number"].replace(",", ""))
    scale = 100 if unit == "share" and match["percent"] else 1
    places = len(match["decimals"] or "")
    return abs(abs(figure.value) * scale - number) <= 0.5 * 10**-places + 1e-9


class Edition:
    """The warehouse side of a figure."""

    def __init__(self, database):
        self.database = database

    def rows(self, sql, *parameters):
        return self.database.execute(sql, list(parameters)).fetchall()

    def one(self, sql, *parameters):
        found = self.rows(sql, *parameters)
        assert len(found) == 1, (sql, parameters, found)
        return found[0]

    def expected(self, about: dict[str, str]) -> tuple[float, str]:
        """Return the value of the warehouse for a figure, and its unit."""
        area, part = about["data-area"], about.get("data-field", "value")
        if "data-cell" in about:
            kind, side = about["data-cell"].split()
            sql = (
                "select records_n, 'records' from marts.practice_matrix where locality_code = ? and practice_type = ?"
                " and side = ?"
            )
            return self.one(sql, area, kind, side)
        if about.get("data-basis") == "summary":
            sql = "select total_gbp, awards_n from core.fct_award_summary where locality_code = ?"
            amount, awards = self.one(sql, area)
            return (amount, "gbp") if part == "amount_gbp" else (awards, "awards")
        if about.get("data-basis") == "total":
            sql = "select value, unit from metrics.headline_value where metric_id = ? and locality_code = ?"
            return self.one(sql, TOTAL_METRIC, area)
        if "data-basis" in about:
            sql = (
                "select sum(a.amount_gbp * b.weight), count(distinct a.award_key) from core.fct_award as a "
                "join core.bridge_award_locality as b using (award_key) where b.locality_code = ? and b.basis = ? "
                "and a.award_key in (select award_key from metrics.award_counted where window_id = 'on_record')"
            )
            amount, awards = self.one(sql, area, about["data-basis"])
            return (amount, "gbp") if part == "amount_gbp" else (awards, "awards")
        if "data-award" in about:
            sql = (
                "select a.amount_gbp * b.weight, 'gbp' from core.fct_award as a join core.bridge_award_locality as b "
                "using (award_key) where a.award_key = ? and b.locality_code = ? and b.basis = 'best'"
            )
            return self.one(sql, about["data-award"], area)
        metric, period = about["data-metric"], about["data-period"]
        if part.startswith("rank_"):
            sql = (
                f"select {part}, 'rank' from metrics.value_statistic where metric_id = ? and locality_code = ? "
                "and period_start || '/' || period_end = ?"
            )
            return self.one(sql, metric, area, period)
        sql = (
            f"select {part}, unit from metrics.metric_value where metric_id = ? and locality_code = ? and period = ? "
            "and breakdown = 'all'"
        )
        return self.one(sql, metric, area, period)


@pytest.fixture(scope="module")
def edition(default_home):
    return default_home.current.resolve()


@pytest.fixture(scope="module")
def report(edition):
    return edition / "report"


def pages_in(report, language):
    """Return the folder of the pages in a language."""
    return report if language == "en" else report / language


@pytest.fixture
def warehouse_side(edition):
    with contextlib.closing(query.connect(edition)) as database:
        yield Edition(database)


@pytest.mark.parametrize("language", ["", "cy/"])
@pytest.mark.parametrize("code", [SHEFFIELD, HARTLEPOOL, ANGLESEY, GWYNEDD, ABERDEENSHIRE, BELFAST])
def test_every_figure_of_a_locality_page_is_the_warehouses(report, warehouse_side, code, language):
    page = read(report / f"{language}l/{code}.html")
    assert len(page.figures) >= 2
    for figure in page.figures:
        value, unit = warehouse_side.expected(figure.about)
        assert figure.value == pytest.approx(value, rel=1e-11), figure
        assert rounded_alike(figure, unit), figure


def section(page, name):
    """Return the part of a locality page under a heading, as text without tags, and its figures."""
    found = page[page.index(f"<h2 id={name}>") :]
    found = found[: found.index("<h2", 5)]
    reader = Reader()
    reader.feed(found)
    return html.unescape(re.sub(r"<[^>]+>", " ", found)), reader.figures


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_locality_page_opens_with_what_is_known_compared_and_missing(report, warehouse_side, language):
    known = Counter()
    for code, metric, value in warehouse_side.rows(
        "select locality_code, metric_id, value from metrics.headline_value"
    ):
        known[code] += metric in SHOWN and value is not None
    for path in sorted((pages_in(report, language) / "l").glob("*.html")):
        page = path.read_text("utf-8")
        (opening,) = re.findall(r"<div class=opening>(.*?)</div>", page, re.DOTALL)
        said = opening.split("<p>")[1:]
        assert len(said) == 3, path
        assert {len(SHOWN), known[path.stem]} <= set(map(int, re.findall(r"\b\d+\b", said[0]))), path
        missing = len(SHOWN) - known[path.stem]
        assert said[2].count("“") - ("“Not" in said[2]) - ("“Ddim" in said[2]) == min(missing, 3), path


@pytest.mark.parametrize("language", ["en", "cy"])
def test_no_page_of_a_locality_denies_the_money_that_its_metrics_show(report, warehouse_side, language):
    ask, words = warehouse_side.rows, text(language)
    money = dict(
        ask(
            "select locality_code, value from metrics.headline_value where metric_id = 'fun_total_gbp_all' "
            "and locality_code in (select locality_code from core.dim_locality)"
        )
    )
    summary = dict(ask("select locality_code, total_gbp from core.fct_award_summary"))
    rows = {
        code
        for (code,) in ask(
            "select locality_code from core.bridge_award_locality join metrics.award_counted using (award_key) "
            "where window_id = 'on_record'"
        )
    }
    assert len(money) == 361
    assert len(summary.keys() - rows) == 50, "localities of which the summary is all that is on record"
    for code, total in money.items():
        page = (pages_in(report, language) / f"l/{code}.html").read_text("utf-8")
        told, figures = section(page, "money")
        amounts = [figure.value for figure in figures if figure.about.get("data-field") == "amount_gbp"]
        assert (words("locality.no_money") in told) == (total is None), code
        assert total is None or total in [pytest.approx(amount, abs=0.01) for amount in amounts], code
        assert (words("locality.money_summary") in told) == (code in summary), code
        assert (words("money.none") in told) <= (code not in summary), code
        if code in summary:
            assert words("money.summary") in told, code
            assert summary[code] in [pytest.approx(amount, abs=0.01) for amount in amounts], code
            assert total >= summary[code] - 0.01, code


@pytest.mark.parametrize("language", ["en", "cy"])
def test_no_page_says_that_a_measure_is_not_on_record_while_a_period_within_has_its_value(
    report, warehouse_side, language
):
    """What is on record holds the other windows of awards, so a gap there is never that of a published award."""
    words = text(language)
    ask = warehouse_side.rows
    elsewhere = set(
        ask(
            "select metric_id, locality_code from metrics.metric_value join core.dim_metric using (metric_id) "
            "where headline_rule = 'on_record' and value is not null"
        )
    )
    summarised = {code for (code,) in ask("select locality_code from core.fct_award_summary")}
    denials = [words.reason([code]) for code in ("awards_voluntary", "no_side", "no_funder", "no_recipient")]
    named = {words_of: metric for metric, words_of in _names(ask, language).items()}
    checked = 0
    for path in sorted((pages_in(report, language) / "l").glob("*.html")):
        page = html.unescape(path.read_text("utf-8"))
        told = {
            metric: re.sub(r"<[^>]+>", "", card)
            for metric, card in re.findall(r"<article data-metric=(\w+) (.*?)</article>", page, re.DOTALL)
            if "<data" not in card
        }
        for names, why in re.findall(
            r"<tr><th scope=row>([^<]*)(?:</th>)?(<td><span class=state>.*?)(?=<tr>|</table>)", page
        ):
            told |= {named[name]: re.sub(r"<[^>]+>", "", why) for name in names.split("; ") if name in named}
        for metric, said in told.items():
            if metric.startswith(("fun_", "bal_money")):
                checked += 1
                if any(denial in said for denial in denials):
                    assert (metric, path.stem) not in elsewhere, (path, metric)
                    assert path.stem not in summarised, (path, metric)
    assert checked > 361


def _names(ask, language):
    column = "metric_name_cy" if language == "cy" else "metric_name"
    return dict(ask(f"select metric_id, {column} from core.dim_metric where list_contains(?, metric_id)", list(SHOWN)))


@pytest.mark.parametrize("language", ["", "cy/"])
def test_no_page_of_a_measure_denies_a_value_of_a_place(report, warehouse_side, language):
    known = {}
    for metric, code in warehouse_side.rows(
        "select metric_id, locality_code from metrics.headline_value join core.dim_locality using (locality_code) "
        "where value is not null"
    ):
        known.setdefault(metric, set()).add(code)
    pages = sorted((report / language / "m").glob("*.html"))
    assert len(pages) > 10
    for path in pages:
        page = path.read_text("utf-8")
        shown = set(re.findall(r"\.\./l/(\w+)\.html", page))
        assert shown == known.get(path.stem, set()), path
        assert (text("cy" if language else "en")("measure.none") in page) == (not shown), path


@pytest.mark.parametrize(("language", "year_said"), [("en", "In 2008"), ("cy", "Yn 2008")])
def test_figures_of_2008_are_in_a_part_of_their_own_that_says_the_year(report, language, year_said):
    """On pages of localities with a figure of then; a merged locality has none, and says of what it is made."""
    pages = pages_in(report, language) / "l"
    page = (pages / f"{SHEFFIELD}.html").read_text("utf-8")
    before, part = page.split("<h3 id=in-2008>")
    assert "2008_pct" not in before
    part = part[: part.index("<h3 id=notes>")]
    assert part.startswith(year_said)
    assert re.findall(r"data-metric=(\w+)", part) == list(IN_2008)
    assert re.findall(r"data-period=([\d/-]+)", part) == ["2008-09-01/2008-12-31"]
    assert part.count("href=#notes") == part.count("class=flag") == 1
    assert "<svg" not in part, "a figure of 2008 is shown among those of other localities"
    for code in (DORSET, ANGLESEY):
        assert "id=in-2008" not in (pages / f"{code}.html").read_text("utf-8")
    assert "Weymouth and Portland" in (pages / f"{DORSET}.html").read_text("utf-8")


def test_no_large_figure_stands_outside_what_is_traced(report):
    for path in (report / "l").glob("W*.html"):
        loose = [text for text in read(path).amounts if re.search(r"\d", text.replace("10,000", "").replace("16", ""))]
        assert [text for text in loose if text.strip() not in ("of 3", "o 3")] == [], path


def test_the_tenths_of_deprivation_are_those_of_the_profile(report, warehouse_side):
    counts = warehouse_side.one(
        f"select {', '.join(f'decile_{n}_areas' for n in range(1, 11))} from core.fct_deprivation_profile "
        "where locality_code = ?",
        GWYNEDD,
    )
    table = re.search(r"<table data-index=.*?</table>", (report / f"l/{GWYNEDD}.html").read_text("utf-8"), re.DOTALL)
    assert tuple(int(cell) for cell in re.findall(r"<td>(\d+)", table[0])) == counts


def test_the_largest_awards_are_named_by_fund_and_lead_to_where_they_were_announced(report, warehouse_side):
    page = (report / f"l/{HARTLEPOOL}.html").read_text("utf-8")
    listed = re.search(r"<ol class=awards>.*?</ol>", page, re.DOTALL)[0]
    keys = re.findall(r"data-award=(\S+?)>", listed)
    assert keys
    for key in keys:
        fund, url = warehouse_side.one(
            "select fund, source_url from core.fct_award "
            "join core.fct_citation using (source_id, file_sha256, source_row) where award_key = ?",
            key,
        )
        assert html.escape(fund) in listed
        assert html.escape(url) in listed


def test_every_value_says_where_it_comes_from(report):
    """The sources and the fingerprint of a value stand under it; the rest of the chain is shared by all pages."""
    origins = json.loads((report / "static/origins.js").read_text("utf-8").removeprefix("window.ORIGINS = ")[:-2])
    for language in ("", "cy/"):
        page = (report / f"{language}l/{GWYNEDD}.html").read_text("utf-8")
        cards = re.findall(r"<article data-metric=(\w+) .*?</article>", page, re.DOTALL)
        valued = re.findall(
            r"<article data-metric=\w+ (?:(?!</article>).)*<data (?:(?!</article>).)*</article>", page, re.DOTALL
        )
        assert len(valued) > 5
        assert all(re.search(r"<p class=from>.*#from>\w+ \d.*<code>[0-9a-f]{8}<", card) for card in valued)
        assert set(cards) <= origins["metrics"].keys()
        named = re.findall(r"#source-(\w+)", page[page.index("id=from") :])
        assert named
        assert all(origins["sources"][source]["files"] for source in named)
        for part in ("practice", "money", "deprivation"):
            section = page[page.index(f"<h2 id={part}>") :]
            assert "<details class=origin>" in section[: section.index("<h2", 5)], part


def test_the_files_of_the_chain_are_those_that_were_read(report, warehouse_side):
    origins = json.loads((report / "static/origins.js").read_text("utf-8").removeprefix("window.ORIGINS = ")[:-2])
    told = {tuple(file) for source in origins["sources"].values() for file in source["files"]}
    read_files = warehouse_side.rows(
        "select file_name, file_sha256, final_address from meta.landed_file where is_current"
    )
    assert told == set(read_files)


def test_every_reason_has_its_text_in_both_languages(warehouse_side):
    assert said_otherwise(lambda sql: warehouse_side.rows(sql)) == []


@pytest.mark.long
def test_no_welsh_page_has_a_reason_in_english(report, warehouse_side):
    found = warehouse_side.rows("select distinct unnest(reason_codes) from metrics.metric_value")
    english = {text("en").reason([code]) for (code,) in found}
    assert len(english) > 50
    pages = sorted((report / "cy").rglob("*.html"))
    assert len(pages) > 361
    said = [
        (path.name, reason)
        for path in pages
        for reason in english
        if reason in html.unescape(re.sub(r"<(\w+) lang=en>.*?</\1>", "", path.read_text("utf-8"), flags=re.DOTALL))
    ]
    assert said == []


def test_an_unknown_measure_is_told_by_its_state_and_never_as_nought(report, warehouse_side):
    silent = warehouse_side.rows(
        "select metric_id from metrics.metric_value where locality_code = ? and metric_id = 'bal_voice' "
        "group by 1 having count(value) = 0",
        HARTLEPOOL,
    )
    assert silent == [("bal_voice",)]
    page = (report / f"l/{HARTLEPOOL}.html").read_text("utf-8")
    card = re.search(r"<article data-metric=bal_voice .*?</article>", page, re.DOTALL)[0]
    assert "not on record" in card
    assert "<data" not in card


def test_the_matrix_tells_a_place_without_a_search_from_a_cell_without_a_record(report):
    without = (report / f"l/{HARTLEPOOL}.html").read_text("utf-8")
    assert '<table class="matrix' not in without
    assert "No one has searched" not in without
    assert "<strong>Scanned.</strong> The national scan of November 2026 read excerpts of public pages" in without
    assert "the scan is not a search" in without
    assert "class=recorded" not in without
    searched = (report / f"l/{GWYNEDD}.html").read_text("utf-8")
    assert "none on record, not searched" in searched
    assert "class=recorded" in searched


@pytest.mark.parametrize("language", ["", "cy/"])
def test_the_sentence_of_every_map_gives_the_true_range(report, warehouse_side, language):
    page = (report / f"{language}index.html").read_text("utf-8")
    data = json.loads(re.search(r"<script type=application/json id=map-data>(.*?)</script>", page)[1])
    words = text(language.rstrip("/") or "en")
    ranged = {key: item for key, item in data["measures"].items() if "/" in key and not key.startswith("reading/")}
    assert len(ranged) > 15
    # A measure without a comparable group has the scope of its map in the key.
    for key, item in ranged.items():
        metric, group = key.split("/", 1)
        low, high, unit = warehouse_side.one(
            "select min(value), max(value), any_value(unit) from ("
            "select *, count(*) over (partition by period) as n from metrics.metric_value "
            "where metric_id = ? and coalesce(comparable_group, ?) = ? and value is not null "
            "and locality_code in (select locality_code from core.dim_locality)"
            ") where (n, period_end) = (select (n, period_end) from ("
            "select period_end, count(*) as n from metrics.metric_value "
            "where metric_id = ? and coalesce(comparable_group, ?) = ? and value is not null "
            "and locality_code in (select locality_code from core.dim_locality) group by period, period_end"
            ") order by n desc, period_end desc limit 1)",
            *[metric, group, group] * 2,
        )
        joined = {"en": "from {low} to {high}", "cy": "o {low} i {high}"}[words.lang]
        assert joined.format(low=words.quantity(low, unit), high=words.quantity(high, unit)) in item["summary"], key


def test_what_is_not_known_is_in_one_table_of_a_page(report):
    for path in report.rglob("*.html"):
        tables = re.findall(r"<table class=\"?unknown", path.read_text("utf-8"))
        assert len(tables) <= 1, path
    for name in ("index.html", "equity.html", "sustaining.html", f"l/{HARTLEPOOL}.html", "m/bal_voice.html"):
        assert "<table class=" in (report / name).read_text("utf-8")
        assert re.search(r"<table class=\"?unknown", (report / name).read_text("utf-8")), name


LOCALITY_PAGE = re.compile(r"<a href=(\w\d{8})\.html>")
EXAMPLE = re.compile(r"<a href=(\w\d{8})\.html#([\w-]+)>")


def similar_part(page):
    """Return the markup of the section on similar localities."""
    found = page[page.index("<h2 id=similar>") :]
    return found[: found.index("<h2", 5)]


@pytest.mark.parametrize("language", ["en", "cy"])
def test_similar_localities_are_in_the_order_of_the_warehouse_with_what_they_are_alike_in(
    report, warehouse_side, language
):
    words, ask = text(language), warehouse_side.rows
    folder = pages_in(report, language) / "l"
    found = similar_part((folder / f"{GWYNEDD}.html").read_text("utf-8"))
    pairs = ask(
        "select similar_code, inputs_missing from marts.similar_locality where locality_code = ? "
        "order by similarity_order",
        GWYNEDD,
    )
    rows = re.findall(r"<tr><th scope=row>(.*?)(?=<tr>|</table>)", found, re.DOTALL)
    codes = [code for row in rows for code in LOCALITY_PAGE.findall(row)]
    assert codes == [code for code, _ in pairs]
    assert len(codes) == 10
    shown = dict(zip([GWYNEDD, *codes], rows, strict=True))
    values = ask(
        "select input.locality_code, input.value, metric.unit from metrics.similarity_input as input "
        "join core.dim_metric as metric using (metric_id) where list_contains(?, input.locality_code)",
        [GWYNEDD, *codes],
    )
    assert len(values) == 3 * len(rows)
    assert all(f">{words.quantity(value, unit)}<" in f"{shown[code]}<" for code, value, unit in values)
    left_out = ask(
        f"select metric_name{'_cy' if language == 'cy' else ''} from core.dim_metric "
        "join core.dim_similarity_input using (metric_id) where list_contains(?, metric_id) order by input_position",
        pairs[0][1],
    )
    assert len(left_out) == 3
    assert f": {'; '.join(name for (name,) in left_out)}. " in html.unescape(found.rpartition("</table>")[2])


def test_practices_of_similar_localities_are_counted_ones_of_those_localities(report, warehouse_side):
    examples = EXAMPLE.findall(similar_part((report / f"l/{GWYNEDD}.html").read_text("utf-8")))
    assert len(examples) == 8
    for code, practice in examples:
        assert warehouse_side.one(
            "select practice.is_counted, practice.locality_code from marts.practice_library as practice "
            "join marts.similar_locality as near on practice.locality_code = near.similar_code "
            "where near.locality_code = ? and practice.practice_id = ?",
            GWYNEDD,
            practice,
        ) == (True, code)


def test_similar_localities_of_the_same_group_lead_to_their_comparison(report, warehouse_side):
    groups = dict(warehouse_side.rows("select locality_code, comparable_group from core.dim_locality"))
    linked = 0
    for path in (report / "l").glob("*.html"):
        for named in re.findall(r"compare\.html#([\w,]+)", similar_part(path.read_text("utf-8"))):
            codes = named.split(",")
            assert codes[0] == path.stem
            assert 2 <= len(codes) <= 5
            assert len({groups[code] for code in codes}) == 1
            linked += 1
    assert linked > 200


def test_a_locality_with_too_little_on_record_has_the_reason_in_place_of_similar_ones(report):
    found = similar_part((report / f"l/{BELFAST}.html").read_text("utf-8"))
    assert "one alone does not make localities similar" in found
    assert "<a" not in found


def test_the_list_of_awards_says_how_many_of_all_it_has(report, warehouse_side):
    for code in (GWYNEDD, SHEFFIELD, ABERDEENSHIRE, HARTLEPOOL):
        page = (report / f"l/{code}.html").read_text("utf-8")
        (counted,) = warehouse_side.one(
            "select count(*) from metrics.award_counted inner join core.bridge_award_locality using (award_key) "
            "where window_id = 'on_record' and basis = 'best' and locality_code = ?",
            code,
        )
        listed = len(re.findall("data-award=", page))
        words = text("en")
        whole = words("locality.awards", n=words.number(counted))
        part = words("locality.awards_of", n=listed, of=words.number(counted))
        assert (whole if listed == counted else part) in page, code


@pytest.mark.parametrize("language", ["en", "cy"])
def test_every_practice_is_in_the_library_and_on_the_page_of_its_locality_once(report, warehouse_side, language):
    words, folder = text(language), pages_in(report, language)
    rows = warehouse_side.rows(
        "select practice_id, locality_code, locality_name is not null, is_counted, practice_name, source_url, "
        "evidence_grade from marts.practice_library"
    )
    assert {counted for _, _, _, counted, *_ in rows} == {True, False}
    library = articles((folder / "library.html").read_text("utf-8"))
    places = {
        code: articles((folder / f"l/{code}.html").read_text("utf-8")) for _, code, has_page, *_ in rows if has_page
    }
    assert sorted(library) == sorted(name for name, *_ in rows)
    assert sorted(name for found in places.values() for name in found) == sorted(row[0] for row in rows if row[2])
    for name, code, has_page, is_counted, title, url, grade in rows:
        shown = [library[name], *([places[code][name]] if has_page else [])]
        for article in shown:
            assert title in html.unescape(article), name
            assert (words("library.doubtful_words") in html.unescape(article)) == (not is_counted), name
            assert url is None or url in html.unescape(article), name
        assert f"{grade} {words(f'evidence.{grade}')}" in html.unescape(library[name]), name


def articles(page):
    """Return the practices of a page by id; none may be there twice."""
    found = re.findall(r'<article class="?practice(?: doubtful)?"? id=(\S+?)[ >](.*?)</article>', page, re.DOTALL)
    assert len(found) == len(dict(found))
    return dict(found)


def test_the_library_says_what_a_count_of_records_is_not_and_ranks_no_locality(report, warehouse_side):
    page = html.unescape((report / "library.html").read_text("utf-8"))
    assert page.index(text("en")("library.about_count")) < page.index("<form")
    names = [name for (name,) in warehouse_side.rows("select locality_name from core.dim_locality")]
    options = re.findall(r"<option value=\"?[A-Z]\d{8}\"?>([^<]*)", page)
    assert set(options) & set(names)
    assert [option for option in options if re.search(r"\d", option)] == []


def test_finished_works_are_not_told_as_the_end_of_a_practice(report):
    record = "sheffield-fargate-high-street"
    for name, end in (("sustaining.html", "</li>"), (f"l/{SHEFFIELD}.html", "</article>")):
        page = (report / name).read_text("utf-8")
        told = page[page.index(f"id={record}") :].split("<li id=" if end == "</li>" else end)[0]
        assert "works completed" in told, name
        assert ">ended" not in told, name


def test_questions_are_answered_by_reliable_results_alone(report, warehouse_side):
    rows = warehouse_side.rows(
        "select state, lci, uci from metrics.headline_value where value is not null and metric_id in "
        "('eq_ci_voice', 'eq_ci_volunteering', 'eq_ci_funding', 'eq_ci_funding_all', 'eq_recording_gradient')"
    )
    reliable = [(lci, uci) for state, lci, uci in rows if state == "ok"]
    more, less = sum(uci < 0 for _, uci in reliable), sum(lci > 0 for lci, _ in reliable)
    page = (report / "index.html").read_text("utf-8")
    assert f"asked {len(rows)} times" in page
    assert f"{len(rows) - len(reliable)} of the results are unreliable" in page
    assert f"{more} show more in the more deprived localities, {less} show more in the less deprived localities" in page


def test_a_postcode_may_be_in_several_localities_and_each_is_offered(report, warehouse_side):
    script = (report / "static/postcodes.js").read_text("utf-8")
    outward = json.loads(script.removeprefix("window.OUTWARD=")[:-2])
    assert len(outward) > 2900
    places = json.loads((report / "static/places.js").read_text("utf-8").removeprefix("window.PLACES=")[:-2])
    listed = warehouse_side.rows(
        "select locality_code from core.bridge_outward_postcode where outward_code = 'CH7' order by postcodes_n desc"
    )
    assert [places[number][0] for number, _ in outward["CH7"]] == [code for (code,) in listed]
    assert len(listed) > 1
    source = (report / "index.html").read_text("utf-8")
    assert "data-source=onspd_package" in source
    assert "Royal Mail" in (report / "method.html").read_text("utf-8").split("id=source-onspd_package")[1][:1500]


def test_every_page_has_a_counterpart_and_every_link_leads_somewhere(report):
    pages = {path.relative_to(report).as_posix(): read(path) for path in report.rglob("*.html")}
    english = {name for name in pages if not name.startswith("cy/")}
    assert {name.removeprefix("cy/") for name in pages if name.startswith("cy/")} == english
    assert len([name for name in english if name.startswith("l/")]) == 361
    # Written after the report, so that they can count it.
    later = {"edition.json", "README.txt", "SHA256SUMS"}
    broken = set()
    for name, page in pages.items():
        folder = (report / name).parent
        for link in set(page.links):
            address = urlsplit(link)
            if address.scheme in ("http", "https"):
                continue
            target = (folder / unquote(address.path)).resolve() if address.path else (report / name)
            if target.suffix == ".html" and target.is_relative_to(report):
                there = pages.get(target.relative_to(report).as_posix())
                named = {address.fragment, *(code for _, code in parse_qsl(address.fragment))}
                if target.name == "compare.html" and "," in address.fragment:
                    assert all(f"l/{code}.html" in pages for code in address.fragment.split(",")), link
                elif there is None or (address.fragment and not {unquote(name) for name in named} & there.anchors):
                    broken.add((name, link))
            elif not target.is_file() and target.name not in later:
                broken.add((name, link))
    assert sorted(broken)[:10] == []


def test_every_page_says_once_what_a_locality_is_and_loads_nothing_from_elsewhere(edition, report):
    loaded = re.compile(r"""(?:src|<link[^>]*href)=["']?(?:https?:)?//""")
    for path in report.rglob("*.html"):
        page, words = path.read_text("utf-8"), text("cy" if path.is_relative_to(report / "cy") else "en")
        assert page.count(html.escape(words("site.locality"), quote=False)) == 1, path
        assert "style=" not in page, path
        assert not re.search(r"<script(?! src=| type=application/json)", page), path
        assert not re.search(r"\son\w+=", page), path
        assert not loaded.search(page), path
        assert "static/edition.js" in page, path
        assert (edition.name in page) == (path.name == "downloads.html"), path
        assert "cpower explain" not in page, path
    assert edition.name in (report / "static" / "edition.js").read_text("utf-8")
    styles = "".join(path.read_text("utf-8") for path in report.rglob("*.css"))
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", styles)


def test_the_site_is_small_enough_to_carry(report):
    assert sum(path.stat().st_size for path in report.rglob("*") if path.is_file()) < LARGEST_SITE


def test_the_welsh_pages_name_places_in_welsh_and_mark_english_names(report):
    page = (report / f"cy/l/{ANGLESEY}.html").read_text("utf-8")
    assert "<html lang=cy>" in page
    assert "<h1>Ynys Môn</h1>" in page
    assert "<dd lang=en>Isle of Anglesey" in page
    gwynedd = (report / f"cy/l/{GWYNEDD}.html").read_text("utf-8")
    assert "<h4><span lang=en>Rapid sign-up to a volunteer bank</span></h4>" in gwynedd
    assert "<h1><span lang=en>Sheffield</span></h1>" in (report / f"cy/l/{SHEFFIELD}.html").read_text("utf-8")
    for path in (report / "cy").rglob("*.html"):
        assert "Heb ei adolygu" in path.read_text("utf-8"), path


@contextlib.contextmanager
def copied(edition, folder):
    """Yield a copy of the edition's database that holds two localities, to change."""
    copy = folder / "copy.duckdb"
    shutil.copyfile(edition / "community_power.duckdb", copy)
    copy.chmod(0o644)
    with duckdb.connect(str(copy)) as database:
        database.execute("delete from core.dim_locality where locality_code not in (?, ?)", [GWYNEDD, SHEFFIELD])
        yield database


def test_a_hostile_name_is_only_text(edition, tmp_path):
    hostile = """<script>alert("x")</script>'&{{ 7 * 7 }}</script>"""
    with copied(edition, tmp_path) as database:
        for table, column in (
            ("core.dim_locality", "locality_name"),
            ("marts.practice_library", "practice_name"),
            ("core.fct_award", "recipient_name"),
        ):
            database.execute(f"update {table} set {column} = ?", [hostile])
        database.execute("update core.dim_locality set locality_name_cy = ? where nation = 'Wales'", [hostile])
        site.render(EditionData(database), tmp_path / "report")
    pages = [*(tmp_path / "report").rglob("*.html"), *(tmp_path / "report" / "static").glob("*-data.js")]
    named = [path for path in pages if "alert(" in path.read_text("utf-8")]
    assert len(named) >= 6
    for path in named:
        page = path.read_text("utf-8")
        assert "<script>alert" not in page, path
        assert "49" not in re.findall(r"&amp;(.{0,12})", page), path


@pytest.mark.long
def test_a_page_of_the_same_variables_is_taken_over_and_any_other_is_made_anew(edition, tmp_path):
    first = Shared(code="same")
    one, two, alone = (tmp_path / name for name in ("one", "two", "alone"))
    for folder in (one, two, alone):
        folder.mkdir()
    with copied(edition, tmp_path) as database:
        site.render(EditionData(database), one / "report", first)
        record = first.seal(one)
        database.execute("update marts.practice_library set summary = 'Other' where locality_code = ?", [SHEFFIELD])
        site.render(EditionData(database), two / "report", Shared(one, record, "same"))
        site.render(EditionData(database), alone / "report")
    names = sorted(path.relative_to(alone).as_posix() for path in alone.rglob("*") if path.is_file())
    assert [name for name in names if (two / name).read_bytes() != (alone / name).read_bytes()] == []
    taken_over = {name for name in names if (two / name).samefile(one / name)}
    assert {f"report/l/{GWYNEDD}.html", f"report/cy/l/{GWYNEDD}.html", "report/method.html"} <= taken_over
    assert f"report/l/{SHEFFIELD}.html" not in taken_over


@pytest.mark.long
def test_the_site_is_the_same_whenever_it_is_made(edition, report, tmp_path):
    with contextlib.closing(query.connect(edition)) as database:
        published = tuple(
            (path.relative_to(edition).as_posix(), path.stat().st_size)
            for path in sorted(edition.rglob("*"))
            if path.is_file()
            and not path.is_relative_to(report)
            and path.name not in ("edition.json", "README.txt", "SHA256SUMS")
        )
        site.render(EditionData(database, published), tmp_path / "report")
    made = {path.relative_to(tmp_path / "report"): path for path in (tmp_path / "report").rglob("*") if path.is_file()}
    kept = {path.relative_to(report): path for path in report.rglob("*") if path.is_file()}
    assert made.keys() == kept.keys()
    assert [name for name, path in made.items() if path.read_bytes() != kept[name].read_bytes()] == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_page_of_method_names_the_parts_of_every_metric_that_has_some(report, warehouse_side, language):
    column = "breakdown_name_cy" if language == "cy" else "breakdown_name"
    page = html.unescape((pages_in(report, language) / "method.html").read_text("utf-8"))
    sections = dict(re.findall(r'<div class="?metric"? id="?(\w+)"?>(.*?)</details>', page, re.DOTALL))
    found = warehouse_side.rows(
        f"select metric_id, breakdown, {column} from core.bridge_metric_breakdown "
        "join core.dim_breakdown using (breakdown) where breakdown <> 'all'"
    )
    assert len(found) > 80
    for metric, code, name in found:
        assert f"{name} <code>{code}</code>" in sections[metric], (metric, code)

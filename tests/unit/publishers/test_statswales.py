"""StatsWales is asked as its server understands, and what it answers lands only whole, and only where it is new.

Figures and titles are synthetic, except where a test takes the real table HLTH1250 of ../shared/data.
"""

import json
from datetime import date

import pytest
from werkzeug import Response

from assets.sources.statswales.labels import parse_statswales_labels
from assets.sources.statswales.observations import statswales_parser
from tests.support.fake_services import HTML, MISSING
from tests.support.statswales_openapi import DOCUMENTS, REQUESTS_EXCEPT, of_request
from tests.support.statswales_service import StatsWales, Table, said, timed_out
from tests.support.table_store_harness import build, stage
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile
from warehouse.publishers.statswales import incomplete
from warehouse.publishers.welsh_authorities import welsh_authorities
from warehouse.storage.table_store import Tables

COHESION, OTHER, THIRD = (f"{number * 8}-0000-4000-8000-{'0' * 12}" for number in "123")
TITLE = "Percentage of people who agree that there is good community cohesion in their local area, by local authority"
GSS = {sorted(codes)[1]: (name, f"{name} (cy)", "W92000004") for name, codes in welsh_authorities().items()}
LEGACY = {sorted(codes)[0]: (name, f"{name} (cy)", "596") for name, codes in welsh_authorities().items()}
WALES = {"W92000004": ("Wales", "Cymru", None)}
YEARS = {"2018-19": ("2018-19", "2018-19", None)}
ALL = {"All": ("All", "Pawb", None)}


def table(dataset_id=COHESION, title=TITLE, areas=None, values=None, years=None, **others):
    """Return a synthetic data set: one percentage for each area and year."""
    areas, years = WALES | GSS if areas is None else areas, years or YEARS
    pairs = [(area, year) for area in areas for year in years]
    printed = values or [str(40 + number) for number in range(len(pairs))]
    return Table(
        dataset_id,
        title,
        f"{title} (cy)",
        {"AreaCode": (("Area", "Ardal"), areas), "YearCode": (("Year", "Blwyddyn"), years)},
        {"1": ("Percentage", "Canran")},
        [("1", pair, value, "") for pair, value in zip(pairs, printed, strict=True)],
        **others,
    )


@pytest.fixture
def service(httpserver):
    """Return a maker of the service with these data sets. All that it is asked is compared with its documents."""

    def serve(*tables, **options):
        return StatsWales(httpserver, *tables, **options)

    yield serve
    if DOCUMENTS.is_dir():
        differences = {item for request, _ in httpserver.log for item in of_request(request)}
        assert differences <= REQUESTS_EXCEPT


RISING = [str(60 + number) for number in range(23)]
BY_ID = {"datasets": [{"name": "cohesion", "id": COHESION}]}


@pytest.fixture
def pulled(puller, httpserver, service):
    """Return what pulls a source, first from a service with the data sets given, and its outcome; `service` is that."""

    def pull(*tables, source_id="statswales_cohesion", **options):
        if tables:
            pull.service = service(*tables)
        puller.at(source_id, httpserver.url_for(""), **options)
        return puller.pull(source_id)

    return pull


@pytest.fixture
def cohesion(puller, httpserver, service):
    """The service with one data set on cohesion, and the source pulled from it."""
    found = service(table(), table(OTHER, "Rough sleepers by local authority"))
    puller.at("statswales_cohesion", httpserver.url_for(""))
    return found


# What the service publishes reaches the observations.


def test_a_table_without_years_is_of_the_year_that_the_catalogue_states(puller, httpserver, service):
    found = service(table(title="Welsh Index of Multiple Deprivation 2025 local authority deprivation profiles"))
    profile = found.tables[COHESION]
    del profile.dimensions["YearCode"]
    profile.dimensions["Domain"] = (("Domain", "Parth"), {"1": ("Income", "Incwm", None)})
    profile.facts = [("1", (area, "1"), "5", "") for area in WALES | GSS]
    puller.at(
        "statswales_deprivation",
        httpserver.url_for(""),
        datasets=[{"name": "deprivation-profile", "id": COHESION, "title": ["deprivation", "local authority"]}],
    )
    assert puller.pull("statswales_deprivation", accept=True).state == "ok"
    content = puller.current("statswales_deprivation")["deprivation-profile.csv"]
    kept = statswales_parser("statswales_deprivation")(content).kept
    assert kept.height == 23
    assert set(kept.select("period_start", "period_end").rows()) == {(date(2025, 1, 1), date(2025, 12, 31))}
    with pytest.raises(RefusedFile, match="years"):
        statswales_parser("statswales_cohesion")(content)


def test_ranks_of_small_areas_need_no_authorities(pulled):
    """The ranks come without a question for filters; here of three areas, which are judged too few only once there."""
    domains = ("WIMD", "Income", "Employment", "Health", "Education", "Access to services", "Housing")
    domains += ("Community safety", "Physical environment")
    codes = [f"W0100000{number}" for number in (1, 2, 3)]
    ranks = Table(
        COHESION,
        "Welsh Index of Multiple Deprivation 2025: index and domain ranks",
        "Mynegai",
        {
            "Area": (("Area code", "Cod ardal"), {code: (code, code, None) for code in codes}),
            "Name": (("Area name", "Enw ardal"), {code: ("Place", "Lle", None) for code in codes}),
            "Domain": (("Domain", "Parth"), {name: (name, name, None) for name in domains}),
        },
        {"1": ("Rank", "Safle")},
        [("1", (code, code, name), str(rank), "") for rank, code in enumerate(codes, start=1) for name in domains],
    )
    wanted = sources()["statswales_wimd2025"].options["datasets"][0] | {"id": COHESION}
    outcome = pulled(ranks, source_id="statswales_wimd2025", datasets=[wanted])
    assert "3 of 1,917 areas" in outcome.reason
    assert not any("filters" in request for request in pulled.service.requests)


# What has not changed is not fetched.


def test_an_unchanged_data_set_costs_one_request_and_lands_nothing(puller, cohesion):
    first = puller.pull("statswales_cohesion")
    assert (first.state, len(first.new_files)) == ("ok", 1)
    cohesion.requests.clear()
    again = puller.pull("statswales_cohesion")
    assert (again.state, again.new_files, again.requests) == ("unchanged", (), 1)
    assert cohesion.requests == [f"GET /v2/{COHESION}"]


def test_a_new_revision_is_a_new_file_beside_the_old_one(puller, cohesion):
    puller.pull("statswales_cohesion")
    old = cohesion.tables[COHESION]
    cohesion.tables[COHESION] = table(values=[str(41 + number) for number in range(23)], revision="2")
    outcome = puller.pull("statswales_cohesion")
    assert (outcome.state, len(outcome.new_files)) == ("ok", 1)
    assert len(puller.landing.history("statswales_cohesion")) == 2
    assert old.facts[0][2].encode() not in puller.current("statswales_cohesion")["cohesion.csv"].splitlines()[1].split(
        b","
    )


@pytest.mark.usefixtures("cohesion")
def test_a_data_set_whose_file_was_lost_is_fetched_again(puller):
    puller.pull("statswales_cohesion")
    for record in (puller.landing.root / "statswales_cohesion").glob("[0-9a-f]*.json"):
        record.unlink()
    assert puller.pull("statswales_cohesion").state == "ok"


def test_one_data_set_of_several_is_fetched_where_one_changed(puller, httpserver, service):
    found = service(table(), table(OTHER, values=RISING))
    wanted = [{"name": "one", "id": COHESION}, {"name": "two", "id": OTHER}]
    puller.at("statswales_local_authority", httpserver.url_for(""), datasets=wanted)
    assert len(puller.pull("statswales_local_authority").new_files) == 2
    assert puller.pull("statswales_local_authority").requests == 2
    found.tables[OTHER].revision = "2"
    found.tables[OTHER].facts[0] = ("1", found.tables[OTHER].facts[0][1], "39", "")
    outcome = puller.pull("statswales_local_authority")
    assert [file.file_name for file in outcome.new_files] == ["two.csv"]


# Archived and replaced data sets.


def test_a_replaced_data_set_is_followed_and_said(puller, cohesion):
    puller.pull("statswales_cohesion")
    before = cohesion.tables[COHESION]
    before.archived_at, before.replaced_by = "2026-10-01T09:30:00.000Z", THIRD
    cohesion.tables[THIRD] = table(THIRD, values=RISING)
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "ok"
    assert outcome.notes == (f"data set {COHESION} was archived on 2026-10-01; {THIRD} replaces it",)
    assert b"60" in puller.current("statswales_cohesion")["cohesion.csv"]
    cohesion.requests.clear()
    assert puller.pull("statswales_cohesion").requests == 1
    assert cohesion.requests == [f"GET /v2/{THIRD}"]


def test_a_data_set_that_was_archived_and_not_replaced_is_taken_and_said(pulled):
    outcome = pulled(table(archived_at="2026-02-03T00:00:00Z"), **BY_ID)
    assert outcome.state == "ok"
    assert outcome.notes == (f"data set {COHESION} was archived on 2026-02-03, and nothing replaces it",)


@pytest.fixture
def gone(cohesion):
    """Return what takes the data set that was found out of the service, or withdraws it."""

    def take_out(fate, version):
        cohesion.served["v2"] = 200 if version == "v2" else 404
        if fate == "unknown":
            del cohesion.tables[COHESION]
        else:
            cohesion.tables[COHESION].is_published = False
        return cohesion

    return take_out


FATES = {"unknown": "is not known to the service", "withdrawn": "was withdrawn: no revision of it is published"}


@pytest.mark.parametrize("version", ["v2", "v1"])
@pytest.mark.parametrize("fate", FATES)
def test_a_data_set_that_is_gone_is_searched_for_again(puller, gone, fate, version):
    puller.pull("statswales_cohesion")
    gone(fate, version).tables[THIRD] = table(THIRD, values=RISING)
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "ok", outcome.reason
    assert outcome.notes[-1].startswith(f"data set {COHESION} {FATES[fate]}")
    assert b"60" in puller.current("statswales_cohesion")["cohesion.csv"]


@pytest.mark.parametrize("fate", FATES)
def test_where_nothing_takes_the_place_of_a_data_set_that_is_gone_both_are_said(puller, gone, fate):
    puller.pull("statswales_cohesion")
    gone(fate, "v2")
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "failed"
    assert f"data set {COHESION} {FATES[fate]}" in outcome.reason
    assert "none of 0 titles found by" in outcome.reason


def test_of_a_configured_data_set_it_is_said_that_it_was_withdrawn(service, pulled):
    found = service(table(is_published=False), table(OTHER))
    outcome = pulled(**BY_ID)
    assert outcome.state == "failed"
    assert outcome.reason.startswith(f"data set {COHESION}: it was withdrawn: no revision of it is published. ")
    assert "in the catalogue" in outcome.reason
    assert found.requests == [f"GET /v2/{COHESION}"]


@pytest.mark.parametrize("options", [{}, {"datasets": [{"name": "cohesion", "id": COHESION}]}], ids=["search", "id"])
def test_a_replaced_data_set_whose_successor_is_withdrawn_is_kept_and_said(puller, cohesion, httpserver, options):
    puller.at("statswales_cohesion", httpserver.url_for(""), **options)
    before = cohesion.tables[COHESION]
    before.archived_at, before.replaced_by = "2026-10-01T09:30:00.000Z", THIRD
    cohesion.tables[THIRD] = table(THIRD, values=RISING, is_published=False)
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "ok", outcome.reason
    assert outcome.notes == (
        f"data set {COHESION} was archived on 2026-10-01; {THIRD} replaces it, but was withdrawn: no revision of it is "
        f"published, so {COHESION} is kept",
    )
    again = puller.pull("statswales_cohesion")
    assert (again.state, again.requests) == ("unchanged", 2)
    cohesion.tables[THIRD].is_published = True
    assert puller.pull("statswales_cohesion").state == "ok"
    assert THIRD in puller.landing.history("statswales_cohesion")[-1].address
    cohesion.tables[THIRD].is_published = False
    back = puller.pull("statswales_cohesion")
    assert back.state != "failed", back.reason
    assert f"so {COHESION} is kept" in back.notes[-1]


def test_a_data_set_that_leads_to_another_is_hidden_from_a_search(puller, pulled):
    """The service no longer lists an archived data set whose page leads to its successor, and still serves it."""
    outcome = pulled(
        table(archived_at="2026-10-01T09:30:00.000Z", replaced_by=OTHER, is_redirected=True),
        table(OTHER, TITLE + " and year"),
    )
    assert (outcome.state, outcome.notes) == ("ok", ())
    assert OTHER in puller.landing.history("statswales_cohesion")[0].address


def test_rows_of_another_revision_than_the_recorded_one_are_not_landed(puller, httpserver, service):
    """A revision that is published between the metadata and the rows would be recorded under the older one."""
    found = service(table())

    def publish_meanwhile(request):
        found.tables[COHESION] = table(revision="2")
        del found.instead["/data"]
        return found.answer(request)

    puller.at("statswales_cohesion", httpserver.url_for(""), **BY_ID)
    found.instead["/data"] = publish_meanwhile
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "failed"
    assert (
        "the rows are of revision 11111111-0000-4000-8000-000000000002, but the published revision is "
        in outcome.reason
    )
    assert puller.current("statswales_cohesion") == {}
    assert puller.pull("statswales_cohesion").state == "ok"


# Search, and what is accepted.


def without_rows(area):
    """Return a data set whose filters list an authority of which it has no row."""
    found = table()
    found.facts = [fact for fact in found.facts if fact[1][0] != area]
    return found


UNFIT = {
    "no title with the words": (table(title="Rough sleepers by local authority"), "none of 0 titles found"),
    "words in the wrong place": (
        table(title="Good community cohesion local area: response rates of the survey's regions", areas=WALES),
        "no data set found has rows for each local authority",
    ),
    "an authority short": (table(areas=dict(list(GSS.items())[1:])), "Isle of Anglesey"),
    "an authority without a row": (without_rows("W06000024"), "has no rows for Merthyr Tydfil"),
    "areas of England": (table(areas={f"E0600000{n}": (f"Place {n}", "", None) for n in range(9)}), "any authority"),
}


@pytest.mark.parametrize(("unfit", "reason"), UNFIT.values(), ids=UNFIT.keys())
def test_what_does_not_fit_is_not_taken_and_the_reason_is_said(puller, unfit, reason, pulled):
    outcome = pulled(unfit)
    assert outcome.state == "failed"
    assert "source not available" in outcome.reason
    assert reason in outcome.reason
    assert "cpower land" in outcome.reason
    assert puller.current("statswales_cohesion") == {}


def others(number):
    """Return data sets that a search for community cohesion finds, and that don't fit."""
    return [table(f"{n:08}-0000-4000-8000-{'4' * 12}", f"Community cohesion {n}") for n in range(number)]


TITLED = {"datasets": [{"name": "cohesion", "id": COHESION, "title": ["community cohesion"]}]}
FAILURES = {
    "several fit": ([table(), table(OTHER, TITLE + " and year")], {}, f"several data sets fit: {COHESION}"),
    "a circle": ([table(replaced_by=THIRD), table(THIRD, replaced_by=COHESION)], BY_ID, "its replacements do not end"),
    "pages that leave one out": (
        [table(), table(OTHER, TITLE + " and year"), *others(2)],
        {"page_size": 2},
        "its pages have only 3 of 4 data sets",
    ),
    "another title": ([table(title="Rough sleepers")], TITLED, "its title is 'Rough sleepers'"),
    "too large a page": ([table()], {"page_size": 10_001}, "option page_size"),
    "an unknown mode": ([table()], {"search_mode": "exact"}, "option search_mode"),
    "no name": ([table()], {"datasets": [{"title": ["x"]}]}, "datasets.0.name"),
    "an unknown option": ([table()], {"datasets": [], "colour": "red"}, "option colour"),
}


@pytest.mark.parametrize(("tables", "options", "reason"), FAILURES.values(), ids=FAILURES.keys())
def test_a_pull_that_cannot_choose_or_ask_says_why(pulled, tables, options, reason):
    outcome = pulled(*tables, **options)
    assert outcome.state == "failed"
    assert reason in outcome.reason
    assert reason.startswith("option") <= (pulled.service.requests == [])


@pytest.mark.parametrize("areas", [GSS, LEGACY, WALES | GSS], ids=["GSS codes", "StatsWales numbers", "below Wales"])
def test_the_authorities_are_known_by_either_code_at_any_depth(areas, pulled):
    assert pulled(table(areas=areas)).state == "ok"


def test_an_archived_data_set_gives_way_to_a_live_one(puller, pulled):
    assert pulled(table(archived_at="2026-01-01T00:00:00Z"), table(OTHER, TITLE + " and year")).state == "ok"
    assert OTHER in puller.landing.history("statswales_cohesion")[0].address


def test_all_that_a_search_finds_comes_on_one_page(service, pulled):
    """A search has no order, so two pages of it may both leave out a data set, such as the second that fits."""
    found = service(table(), *others(99), table(OTHER, TITLE + " and year"), *others(150)[99:])
    wanted = [{"name": "cohesion", "keywords": ["community cohesion"], "title": ["community cohesion", "local area"]}]
    outcome = pulled(datasets=wanted)
    assert "several data sets fit" in outcome.reason
    assert found.requests.count("GET /v2/search") == 1


def test_a_list_that_is_cut_into_smaller_pages_than_asked_for_is_read_to_its_end(service, pulled):
    """A service may keep its pages smaller than it is asked to, and says how many data sets there are."""
    found = service(table())
    listed = [{"id": item.dataset_id, "title": item.title, "archived_at": None} for item in (*others(4), table())]

    def page(request):
        start = 2 * int(request.args["page_number"]) - 2
        return said({"data": listed[start : start + 2], "count": len(listed)})

    found.instead["search"] = page
    assert pulled().state == "ok"


def test_of_a_search_the_words_may_be_in_the_summary(pulled):
    """The service looks through titles and summaries; what is taken is known by its title."""
    assert pulled(table(), table(OTHER, "Rough sleepers", summary="Not of community cohesion.")).state == "ok"


def test_a_newly_configured_id_goes_before_what_was_taken(puller, cohesion, pulled):
    puller.pull("statswales_cohesion")
    cohesion.tables[THIRD] = table(THIRD, values=RISING)
    assert pulled(datasets=[{"name": "cohesion", "id": THIRD}]).state == "ok"
    assert b"60" in puller.current("statswales_cohesion")["cohesion.csv"]


# A part of a data set.

PEOPLE = {"AgeCode": (("Age", "Oed"), {"AllAges": ("All ages", "Pob oed", None), "1": ("1", "1", "AllAges")})}


@pytest.fixture
def population(puller, httpserver, service):
    found = service(table(title="Population estimates by local authority, year, sex and age"))
    counted = found.tables[COHESION]
    counted.dimensions = {
        "AreaCode": counted.dimensions["AreaCode"],
        "YearCode": counted.dimensions["YearCode"],
        **PEOPLE,
    }
    counted.facts = [
        ("1", (area, "2018-19", age), str(1000 + number), "")
        for number, area in enumerate(WALES | GSS)
        for age in ("AllAges", "1")
    ]

    def choose(*selections):
        wanted = [{"name": "population", "id": COHESION, "title": ["population"], "select": list(selections)}]
        puller.at("statswales_population", httpserver.url_for(""), datasets=wanted)
        return found

    return choose


def test_a_part_is_asked_for_by_the_references_of_its_words(puller, population):
    population({"columns": ["Age group", "Age"], "values": ["all ages", "Total"]})
    assert puller.pull("statswales_population").state == "ok"
    content = puller.current("statswales_population")["population.csv"]
    kept = statswales_parser("statswales_population")(content).kept
    assert (kept.height, set(kept["other_dimensions"])) == (23, {'{"Age":"All ages"}'})


MISNAMED = {
    "a column": ({"columns": ["Sex"], "values": ["Persons"]}, "it has no column Sex, but 'Area', 'Year', 'Age'"),
    "a value": ({"columns": ["Age"], "values": ["Everybody"]}, "'Age' has none of Everybody; it has 'All ages', '1'"),
}


@pytest.mark.parametrize(("selection", "reason"), MISNAMED.values(), ids=MISNAMED.keys())
def test_a_part_that_is_not_there_is_said_with_what_is(puller, population, selection, reason):
    population(selection)
    outcome = puller.pull("statswales_population")
    assert outcome.state == "failed"
    assert reason in outcome.reason


def test_a_part_in_which_an_authority_has_no_row_is_not_taken(puller, population):
    """The counts of the filters are of all rows, so an authority may have rows and none in the part."""
    counted = population({"columns": ["Age"], "values": ["All ages"]}).tables[COHESION]
    counted.facts = [fact for fact in counted.facts if fact[1] != ("W06000023", "2018-19", "AllAges")]
    outcome = puller.pull("statswales_population")
    assert outcome.state == "failed"
    assert "no column of the table has each local authority: Powys absent" in outcome.reason


def test_a_value_without_rows_is_not_asked_for(puller, population):
    counted = population({"columns": ["Age"], "values": ["All ages"]}).tables[COHESION]
    counted.facts = [fact for fact in counted.facts if fact[1][2] == "1"]
    assert "'Age' has none of All ages; it has '1'" in puller.pull("statswales_population").reason


def test_the_older_version_cannot_be_asked_for_a_part(puller, population):
    population({"columns": ["Age"], "values": ["All ages"]}).served["v2"] = 404
    assert "API v1 cannot select a part" in puller.pull("statswales_population").reason


# The older version, limits and faults.


@pytest.mark.parametrize("status", [404, 500, 503])
@pytest.mark.parametrize("source_id", ["statswales_cohesion", "statswales_label"])
def test_the_older_version_is_asked_where_the_newer_answers_nothing(puller, httpserver, service, source_id, status):
    found = service(table())
    found.served["v2"] = status
    found.tables[COHESION].title += " and year"
    puller.at(
        source_id,
        httpserver.url_for(""),
        datasets=[{"name": "cohesion", "keywords": ["community cohesion"], "title": ["community cohesion"]}],
    )
    outcome = puller.pull(source_id)
    assert outcome.state == "ok", outcome.reason
    assert outcome.notes[0].startswith("API v2 serves none of the data sets: ")
    assert f"(HTTP {status})" in outcome.notes[0]
    assert len(puller.current(source_id)) == 1


def test_where_no_version_answers_the_reason_is_of_the_newer(puller, cohesion):
    cohesion.served = {"v2": 404, "v1": 404}
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "failed"
    assert "/v2/search: not found (HTTP 404)" in outcome.reason


def test_the_older_version_gives_the_same_rows_and_labels(puller, httpserver, service):
    """Its filters know a language by its long name only."""
    found = service(table())
    contents = []
    for version in (200, 404):
        found.served["v2"] = version
        for source_id in ("statswales_cohesion", "statswales_label"):
            wanted = [{"name": f"from-{version}", "id": COHESION, "title": []}]
            puller.at(source_id, httpserver.url_for(""), datasets=wanted)
            assert puller.pull(source_id, accept=True).state in ("ok", "unchanged")
        labels = parse_statswales_labels(puller.current("statswales_label")[f"from-{version}.json"]).kept
        assert labels["label_cy"].null_count() == 0
        contents.append((puller.landing.current("statswales_cohesion")[0].sha256, labels.rows()))
    assert contents[0] == contents[1]


def test_a_lone_unknown_id_is_asked_of_one_version(service, pulled):
    found = service(table())
    outcome = pulled(datasets=[{"name": "cohesion", "id": MISSING}])
    assert outcome.state == "failed"
    assert f"data set {MISSING}: it is not known to the service (HTTP 404)" in outcome.reason
    assert found.requests == [f"GET /v2/{MISSING}"]


UNANSWERED = {
    "a gateway that knows no newer version": (f"/v2/{COHESION}", said({"message": "Resource not found"}, 404), 404),
    "an answer that takes too long": (f"{COHESION}/filters", timed_out(), 504),
}


@pytest.mark.parametrize(("path", "answer", "status"), UNANSWERED.values(), ids=UNANSWERED)
def test_the_older_version_is_asked_where_the_service_itself_does_not_answer(service, pulled, path, answer, status):
    found = service(table())
    found.instead[path] = answer
    outcome = pulled(**BY_ID)
    assert outcome.state == "ok", outcome.reason
    assert f"(HTTP {status})" in outcome.notes[0]
    assert f"GET /v1/{COHESION}" in found.requests


def test_the_older_version_is_left_alone_where_one_data_set_of_two_is_gone(puller, service, pulled):
    found = service(table())
    wanted = [{"name": "one", "id": COHESION}, {"name": "two", "id": MISSING}]
    outcome = pulled(source_id="statswales_local_authority", datasets=wanted)
    assert outcome.state == "ok"
    assert outcome.reason.startswith("some parts were not downloaded: two: ")
    assert "(HTTP 404)" in outcome.reason
    assert not any("/v1/" in request for request in found.requests)
    assert list(puller.current("statswales_local_authority")) == ["one.csv"]


def test_the_service_is_waited_for_where_it_asks_for_that(puller, service, pulled):
    """100 requests a minute are allowed; above that, the answer says how long to wait."""
    found = service(table(), limit=3, clock=lambda: sum(puller.waits))
    outcome = pulled(**BY_ID)
    assert outcome.state == "ok", outcome.reason
    assert 60 in puller.waits
    assert (outcome.requests, len(found.requests)) == (6, 5)


def test_the_limit_of_the_service_is_kept():
    limits = [source.max_requests_per_minute for source in sources().values() if source.protocol == "statswales"]
    assert limits
    assert max(limits) <= 90


CSV = "text/csv"
FAULTS = {
    "HTML for the metadata": (COHESION, HTML, "text/html", "expected json, got an HTML page"),
    "metadata of another shape": (COHESION, '{"id": "x"}', "application/json", "no published revision"),
    "HTML for the table": ("csv", HTML, "text/html", "expected csv, got an HTML page"),
    "an error with status 200": ("csv", '{"error": "x"}', "application/json", "expected csv, got "),
    "an empty table": ("csv", "\n", CSV, "an empty file"),
    "headings alone": ("csv", "Data values,Data description\n", CSV, "the table has no rows"),
    "a row cut short": (
        "csv",
        "Data values,Data description,Area\n1,Percentage,Wales\n2,Perc",
        CSV,
        "cut short: row 2",
    ),
    "a quote cut short": ("csv", 'Data values,Data description\n1,"Percentage, of', CSV, "not valid CSV"),
    "rows cut off": ("csv", "Data values,Data description\n1,Percentage\n", CSV, "received only 1 of 23 rows"),
    "no id of the filter": ("data", "{}", "application/json", "the answer has no filterId"),
    "filters of another shape": ("filters", "{}", "application/json", "the answer has no list of filters"),
}


@pytest.mark.parametrize(("where", "body", "kind", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_of_the_service_is_named_and_nothing_lands(puller, httpserver, service, where, body, kind, reason):
    found = service(table())
    puller.at("statswales_cohesion", httpserver.url_for(""), **BY_ID)
    if where == "csv":
        answered = found.csv
        found.csv = lambda *given: Response(body, content_type=kind) if answered else None
    else:
        found.instead[where] = Response(body, content_type=kind)
    outcome = puller.pull("statswales_cohesion")
    assert outcome.state == "failed"
    assert reason in outcome.reason
    assert puller.current("statswales_cohesion") == {}


def test_a_failed_data_set_keeps_its_last_file_and_is_asked_for_again(puller, cohesion):
    puller.pull("statswales_cohesion")
    before = puller.current("statswales_cohesion")
    cohesion.tables[COHESION] = table(values=[str(41 + number) for number in range(23)], revision="2")
    cohesion.instead["/data"] = Response("{}", content_type="application/json")
    assert puller.pull("statswales_cohesion").state == "failed"
    assert puller.current("statswales_cohesion") == before
    cohesion.instead.clear()
    assert puller.pull("statswales_cohesion").state == "ok"
    assert puller.current("statswales_cohesion") != before


def test_a_whole_table_has_no_problem():
    assert incomplete(b"\xef\xbb\xbfa,b\r\n1,2\r\n\r\n", 1) == ""
    assert incomplete(b"a\n\xff\n", 0).startswith("the answer is not valid CSV")


# The words in both languages.

LABELS = {
    "metadata": {
        "id": COHESION,
        "published_revision": {"id": "r", "metadata": [{"language": "en-GB", "title": "Title"}]},
    },
    "filters": {
        "en": [{"factTableColumn": "A", "columnName": "Area", "values": [{"reference": "1", "description": "One"}]}],
        "cy": [{"factTableColumn": "A", "columnName": "Ardal", "values": [{"reference": "2", "description": "Dau"}]}],
    },
}


def test_a_value_without_a_word_in_one_language_is_told_apart():
    intake = parse_statswales_labels(json.dumps(LABELS).encode())
    assert intake.kept.select("label", "label_cy", "dataset_title_cy").rows() == [("One", None, None)]
    assert intake.quarantined["rule"].to_list() == ["there is no such value in English"]
    assert intake.rows_in == 2


def test_two_files_of_one_data_set_name_each_value_once(tmp_path):
    store = Tables(tmp_path)
    kept = parse_statswales_labels(json.dumps(LABELS).encode()).kept
    files = [(kept, "statswales_label", "a"), (kept, "statswales_label", "b")]
    stage(store, "staging.statswales__label", *files)
    build(store, "core.dim_statswales_label")
    found = store.read("core.dim_statswales_label")
    assert found.select("label", "file_sha256").rows() == [("One", "b" * 64)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"metadata": {}}',
        HTML.encode(),
        json.dumps(LABELS)[:-5].encode(),
        json.dumps(LABELS | {"filters": {"cy": []}}).encode(),
        json.dumps(LABELS | {"filters": []}).encode(),
    ],
    ids=["empty", "a list", "no revision", "HTML", "cut", "no English", "no filters"],
)
def test_what_is_no_list_of_words_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_statswales_labels(content)


def test_a_failure_keeps_what_came_for_a_person_to_look_at(puller, httpserver, service):
    found = service(table())
    found.instead[COHESION] = Response(HTML, content_type="text/html")
    puller.at("statswales_cohesion", httpserver.url_for(""), **BY_ID)
    puller.pull("statswales_cohesion")
    (refusal,) = puller.landing.refusals("statswales_cohesion")
    assert refusal.path.read_bytes() == HTML.encode()

"""Award files are read in batches: the result does not depend on how many awards are read at a time."""

import gc
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.ingest.validation import admit
from assets.sources.threesixtygiving.awards import AWARD, AWARD_LOCATION, BATCH_ROWS, _read, parse_awards
from assets.sources.threesixtygiving.values import COMPARABLE, clean
from tests.support.award_files import GRANT, HEADINGS, awards_of, grants, places_of, table, workbook
from warehouse.errors import RefusedFile

RECIPIENT = GRANT["recipientOrganization"][0]
CARDIFF, LEEDS = {"name": "Cardiff", "geoCode": "W06000015"}, {"name": "Leeds", "geoCode": "E08000035"}
TWO_PLACES = {"name": "x", "location": [CARDIFF, LEEDS]}
PERSON = {"recipientIndividual": {"name": "Synthetic Person"}}

changes = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["a", "A ", "b", "", 7]),
        "amountAwarded": st.sampled_from([5, 5.0, "£5", "n/a", None, [1]]),
        "awardDate": st.sampled_from(["2020-03-17", "17/03/2020", "2020"]),
        "beneficiaryLocation": st.lists(st.sampled_from([CARDIFF, LEEDS, {"latitude": 51.5}]), max_size=2),
        "recipientOrganization": st.lists(
            st.sampled_from(
                [RECIPIENT, {"id": "GB-CHC-3", "postalCode": "LS1 1UR"}, {"name": "x", "location": CARDIFF}]
            ),
            max_size=2,
        ),
    },
    optional={
        "recipientIndividual": st.sampled_from([{"name": "Synthetic Person"}, {"name": "Another"}, {"name": " "}]),
        "title": st.sampled_from(["half \ud83d", True, "Tŷ  Môn\r\n"]),
    },
)


def is_same(one, other):
    for table_name, intake in one.items():
        assert intake.kept.equals(other[table_name].kept)
        assert intake.quarantined.equals(other[table_name].quarantined)
        counts = [(read.rows_in, read.rows_merged, read.notes) for read in (intake, other[table_name])]
        assert counts[0] == counts[1]


@settings(max_examples=15, deadline=None)
@given(st.lists(changes | st.sampled_from([None, "x"]), max_size=7), st.integers(1, 3))
def test_a_document_is_read_the_same_in_batches_of_any_size(items, size):
    document = {"grants": [GRANT, *(GRANT | item if isinstance(item, dict) else item for item in items)]}
    content = json.dumps(document).encode()
    is_same(parse_awards(content), parse_awards(content, batch_rows=size))


@pytest.mark.parametrize("size", [1, 2])
def test_a_table_and_a_workbook_of_several_sheets_are_read_the_same_in_batches(size):
    rows = [
        HEADINGS | change
        for change in (
            {},
            {"Beneficiary Location:Name": "Leeds"},
            {"Identifier": "# a remark"},
            {"Identifier": "b", "Amount Awarded": "n/a"},
            {"Identifier": "c", "Award Date": "17/03/2020"},
        )
    ]
    more = [["Identifier", "Beneficiary Location:Name"], ["b", "Leeds"], ["c", "Leeds"], ["unknown", "Leeds"]]
    book = workbook(grants=[list(HEADINGS), *(list(row.values()) for row in rows)], more=more)
    for content in (table(*rows), book):
        read = parse_awards(content)
        assert read["staging.threesixtygiving__award"].rows_merged == 1
        is_same(read, parse_awards(content, batch_rows=size))


def test_rows_of_one_award_are_merged_and_people_are_distinguished_across_batches():
    filler = [{"id": f"other-{number}"} for number in range(3)]
    content = grants({}, PERSON, *filler, {"beneficiaryLocation": [LEEDS]}, PERSON, PERSON | {"title": "Another"})
    read = parse_awards(content, batch_rows=2)["staging.threesixtygiving__award"]
    assert (read.rows_in, read.rows_merged) == (8, 1)
    to_people = read.kept.filter("is_to_individual")
    assert to_people["row_sha256"].is_duplicated().to_list() == [True, True, False]


def test_a_date_with_the_month_first_in_another_batch_is_evidence():
    content = grants({"awardDate": "04/05/2025"}, {}, {"awardDate": "04/13/2025"})
    with pytest.raises(RefusedFile, match="month first in rows 3"):
        parse_awards(content, batch_rows=1)


# What `json` reads and a stricter reader refuses.


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'"id": "360G-made-up-1"', b'"id": "first", "id": "360G-made-up-1"'),
        (b'"id"', rb'"\u0069d"'),
        (b'"Made-up award"', rb'"Made-up\u0020award"'),
        (b"1000,", b"1E3,"),
        (b"1000,", b"1000.000,"),
        (b"{", b' \r\n\t{"unread": [1e999, -0, {"deep": "\\ud83d"}], '),
    ],
)
def test_json_printed_in_another_way_is_the_same_award(before, after):
    content = grants({})
    changed = content.replace(before, after, 1)
    assert changed != content
    assert awards_of(changed).kept.equals(awards_of(content).kept)
    assert places_of(changed).kept.equals(places_of(content).kept)


@pytest.mark.parametrize("printed", ["1e3x", "10.00.", "-0.5.1"])
def test_what_is_no_number_is_quarantined_as_it_was_printed(printed):
    content = grants({"amountAwarded": printed}, {"id": "b"})
    (quarantined,) = awards_of(content).quarantined["content"]
    assert json.loads(quarantined)["amount"] == printed


def test_a_number_keeps_the_digits_that_were_published():
    content = grants({"id": "a", "currency": "pounds"}).replace(b"pounds", b"Pounds")
    unread = content.replace(b'"2020-03-17"', b"10.00")
    (quarantined,) = awards_of(unread).quarantined["content"]
    assert json.loads(quarantined)["award_date"] == "10.00"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b'{"grants": [{"id": NaN}]}', "the token NaN"),
        (b'{"grants": [{"unread": -Infinity}]}', "the token -Infinity"),
        (b'{"grants": [{"unread": "a\nb"}]}', "line 1, column 26: Invalid control character at"),
        (b'{"grants": [{"unread": 01}]}', "line 1, column 25: Expecting ',' delimiter"),
        (b'{"grants": [{"unread": ' + b"[" * 100_000, "nested too deeply"),
        (b'[{"id": "a"}]', "JSON without a list of grants"),
        (b'{"grants": []}', "no grant"),
        (b'{"grants": [1, null]}', "2 grants, none with 'id'"),
    ],
)
def test_what_is_not_an_award_file_in_json_is_refused(text, reason):
    with pytest.raises(RefusedFile) as refused:
        awards_of(text)
    assert reason in str(refused.value)


def test_a_quote_that_never_closes_is_the_reason_also_where_a_heading_is_missing():
    with pytest.raises(RefusedFile, match=r"unexpected end of data after record 1"):
        awards_of(b'Title,Currency\nx,"y')


def test_text_in_parts_is_read_as_if_it_were_whole():
    # "e" and an accent of its own, and a byte of Windows-1252, around where a part of the text ends.
    for shift in range(4):
        title = "x" * (65_536 - 40 + shift) + "e\u0301" * 30
        content = grants({"title": "TITLE"}).replace(b"TITLE", title.encode() + b"\xe9")
        intake = awards_of(content)
        assert intake.kept["title"].to_list() == ["x" * (65_536 - 40 + shift) + "é" * 31]
        assert intake.notes[0].startswith("The file is in UTF-8 except for 1 byte")


def test_the_search_for_cycles_goes_on_after_reading():
    assert gc.isenabled()
    with pytest.raises(RefusedFile):
        awards_of(b"{}")
    assert gc.isenabled()
    assert isinstance(awards_of(grants({})).kept, pl.DataFrame)


odd_texts = st.text(st.sampled_from("aÉ \u00a0\u2003\x1c\x85\t\r\n\ufeff\u200b'£é\u0301\ud83d"), max_size=8)


@settings(max_examples=60, deadline=None)
@given(odd_texts)
def test_texts_compare_whatever_white_space_is_in_them(text):
    cleaned = clean(text)
    assert cleaned is None or COMPARABLE["text"](cleaned) == " ".join(cleaned.split())


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(odd_texts, odd_texts), min_size=1, max_size=4))
def test_what_is_read_is_trimmed(texts):
    named = [
        {"title": one, "beneficiaryLocation": [{"name": two}], "recipientOrganization": [{"name": one}]}
        for one, two in texts
    ]
    read = _read(grants(*named), BATCH_ROWS)
    for frame, name in ((read.awards, AWARD), (read.places, AWARD_LOCATION)):
        kept, again = (admit(frame, name, rows_in=0, is_trimmed=done).kept for done in (True, False))
        assert kept.equals(again)

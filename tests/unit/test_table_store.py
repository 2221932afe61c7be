"""The table store keeps contracts: what breaks one leaves the old table as it was."""

import duckdb
import polars as pl
import pytest

from warehouse.catalogue import Column, Table
from warehouse.errors import CommunityPowerError, ContractBroken
from warehouse.storage.table_store import Tables, tables_in_memory

PLACES = Table(
    name="core.place",
    tier="public",
    grain="made-up place",
    description="Made up for these tests.",
    key=("place_code",),
    columns=(
        Column(name="place_code", type="VARCHAR", description="Code."),
        Column(name="persons", type="BIGINT", description="Persons.", nullable=True),
        Column(name="share", type="DOUBLE", description="Share.", nullable=True),
    ),
)
GOOD = pl.DataFrame({"share": [0.5, None], "place_code": ["B", "A"], "persons": [3, 4]})


@pytest.fixture
def tables(tmp_path):
    return Tables(tmp_path)


def test_a_frame_is_stored_in_the_order_of_contract_and_key(tables):
    assert tables.replace(PLACES, GOOD).rows == 2
    stored = tables.read("core.place")
    assert stored.columns == ["place_code", "persons", "share"]
    assert stored["place_code"].to_list() == ["A", "B"]


def test_the_same_rows_give_the_same_bytes(tables):
    tables.replace(PLACES, GOOD)
    first = tables.path("core.place").read_bytes()
    tables.replace(PLACES, GOOD.reverse())
    assert tables.path("core.place").read_bytes() == first


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("select 'A' as place_code, cast(1 as bigint) as persons", "missing: share"),
        ("select 'A' as place_code, 1 as persons, 0.5 as share, 1 as more", "unexpected: more"),
        ("select 'A' as place_code, 1.5 as persons, 0.5 as share", "expected BIGINT, got DECIMAL"),
        ("select 1 as place_code, 1 as persons, 0.5 as share", "expected VARCHAR, got INTEGER"),
        ("select cast(null as varchar) as place_code, 1 as persons, 0.5 as share", "null in 1 of 1 rows"),
        ("select 'A' as place_code, p as persons, 0.5 as share from range(2) as r(p)", "duplicate key"),
        ("select 'A' as place_code, cast('x' as bigint) as persons, 0.5 as share", "the query fails"),
    ],
    ids=[
        "missing column",
        "extra column",
        "lossy type",
        "wrong type",
        "null in a required column",
        "repeated key",
        "failed cast",
    ],
)
def test_a_broken_contract_leaves_the_old_table(tables, query, reason):
    tables.replace(PLACES, GOOD)
    before = tables.path("core.place").read_bytes()
    with pytest.raises(ContractBroken, match=reason):
        tables.build(PLACES, query)
    assert tables.path("core.place").read_bytes() == before
    assert sorted(path.suffix for path in tables.path("core.place").parent.iterdir()) == [".json", ".parquet"]


@pytest.mark.parametrize("first_of_group", [122_880, 200_001])
def test_a_key_is_found_where_its_rows_are_in_two_groups_of_a_file(tables, first_of_group):
    """A file has groups of 122,880 rows, and several threads read it."""
    table = PLACES.model_copy(update={"key": ("place_code", "persons")})
    persons = f"case when p = {first_of_group} then p - 1 else p end"
    query = f"select p // 100000 || '' as place_code, {persons} as persons, 0.5 as share from range(300000) as r(p)"
    key = {"place_code": str(first_of_group // 100_000), "persons": first_of_group - 1}
    with pytest.raises(ContractBroken, match=rf"duplicate key {key} \(2 rows\)"):
        tables.build(table, query)
    assert tables.build(table, query.replace(persons, "p")).rows == 300_000


def test_integers_and_decimals_widen_without_loss(tables):
    query = "select 'A' as place_code, sum(x) as persons, cast(1 as decimal(4, 2)) as share from range(3) as r(x)"
    assert tables.build(PLACES, query).rows == 1
    assert tables.read("core.place").row(0) == ("A", 3, 1.0)


def test_a_query_reads_other_tables_through_views(tables):
    tables.replace(PLACES, GOOD)
    copy = PLACES.model_copy(update={"name": "core.copy"})
    assert tables.build(copy, "select place_code, persons, share from core.place where persons > 3").rows == 1


def test_a_query_over_a_table_that_was_never_built_says_so(tables):
    with pytest.raises(CommunityPowerError, match=r"core\.place has not been built"):
        tables.build(PLACES, "select place_code, persons, share from core.place")


def test_a_query_cannot_write_to_the_tables_that_it_reads(tables):
    tables.replace(PLACES, GOOD)
    with tables.connect(["core.place"]) as database, pytest.raises(duckdb.Error):
        database.execute("insert into core.place values ('C', 1, 1.0)")


def test_parts_written_by_others_make_one_table(tables):
    tables.replace_part(PLACES, "first", GOOD.head(1))
    tables.replace_part(PLACES, "second", GOOD.tail(1))
    union = tables.union(PLACES, ["first", "second", "never written"])
    assert sorted(union["place_code"].to_list()) == ["A", "B"]


def test_a_column_that_a_table_does_not_give_is_null_and_has_its_type(tables):
    narrow = PLACES.model_copy(update={"not_given": ("share",)})
    assert tables.build(narrow, "select 'A' as place_code, 3 as persons").rows == 1
    stored = tables.read("core.place")
    assert stored.schema["share"] == pl.Float64
    assert stored.row(0) == ("A", 3, None)


def test_a_query_that_gives_a_column_declared_as_not_given_is_refused(tables):
    narrow = PLACES.model_copy(update={"not_given": ("share",)})
    with pytest.raises(ContractBroken, match="unexpected: share"):
        tables.build(narrow, "select 'A' as place_code, 3 as persons, 0.5 as share")
    with pytest.raises(ContractBroken, match="missing: persons"):
        tables.build(narrow, "select 'A' as place_code")


def test_a_table_of_the_same_content_keeps_its_file(tables):
    frame = pl.DataFrame({"place_code": ["A"], "persons": [4], "share": [0.5]})
    first = tables.replace(PLACES, frame, fingerprint="one")
    written = tables.path(PLACES.name).stat()
    second = tables.replace(PLACES, frame, fingerprint="two")
    now = tables.path(PLACES.name).stat()
    assert (now.st_ino, now.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert (second.content, second.fingerprint) == (first.content, "two")
    assert tables.stamp(PLACES.name) == second


def test_a_file_that_was_edited_has_no_stamp(tables):
    tables.replace(PLACES, pl.DataFrame({"place_code": ["A"], "persons": [4], "share": [0.5]}), fingerprint="one")
    path = tables.path(PLACES.name)
    pl.read_parquet(path).with_columns(persons=9).write_parquet(path)
    assert tables.stamp(PLACES.name) is None


def test_what_names_the_build_changes_the_content_alone(tables):
    places = PLACES.model_copy(update={"volatile": ("share",)})
    rows = {"place_code": ["A"], "persons": [4]}
    first, second, third = (
        tables.replace(places, pl.DataFrame(rows | changed))
        for changed in ({"share": [0.1]}, {"share": [0.2]}, {"share": [0.2], "persons": [5]})
    )
    assert first.stable == second.stable != third.stable
    assert first.content != second.content


def test_tables_in_memory_keep_their_contracts(tables):
    tables.replace(PLACES, GOOD)
    with tables_in_memory(0) as held:
        held.link("core.elsewhere", tables.path("core.place"))
        held.add(PLACES, GOOD)
        assert ("core.place" in held, "core.other" in held) == (True, False)
        assert held.read("core.place").equals(tables.read("core.place"))
        assert held.query("select count(*) from core.place natural join core.elsewhere").item() == 1
    for frame, reason in (
        (GOOD.drop("share"), "missing: share"),
        (pl.concat([GOOD, GOOD]), "duplicate key"),
        (GOOD.with_columns(place_code=pl.lit(None, pl.String)), "null in 2 of 2 rows"),
    ):
        with tables_in_memory(0) as held, pytest.raises(ContractBroken, match=reason):
            held.add(PLACES, frame)

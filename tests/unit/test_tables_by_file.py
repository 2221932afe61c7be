"""A table whose rows are each of one file: rows of files that did not change are taken over, and nothing differs.

Every award here is synthetic.
"""

import tempfile
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.factories.sql_tables import BY_FILE, model, queries
from tests.support.sql_harness import default
from warehouse import catalogue
from warehouse.lineage import reads
from warehouse.storage.home import Home
from warehouse.storage.stamp import file_name
from warehouse.storage.table_store import empty, literal
from warehouse.storage.workspace import Warehouse

PLACES = "core.fct_award_place"
# The tables of places, each after those that it reads.
MADE = ("core.award_location_place", PLACES)
AWARDS, LOCATIONS = "staging.threesixtygiving__award", "staging.threesixtygiving__award_location"
CODES = "core.bridge_locality_code"
READ = frozenset(read for name in MADE for read in reads(queries()[name].read_text("utf-8"))) - set(MADE)
SOURCES = ("threesixtygiving", "threesixtygiving_api")
PRINTED = st.sampled_from(
    [
        {"geo_code": "E06999901"},
        {"geo_code": "E06999902", "location_name": "Elsewhere"},
        {"location_name": "Elsewhere"},
        {"postcode": "ZZ1 1ZZ"},
        {"country_code": "FR"},
    ]
)
AWARD = st.fixed_dictionaries(
    {"recipient_postcode": st.sampled_from([None, "ZZ1 1ZZ"]), "location_scope": st.sampled_from([None, "GLS030"])}
)
FILE = st.lists(st.tuples(AWARD, st.lists(PRINTED, max_size=2)), min_size=1, max_size=3)
CHANGE = st.one_of(
    st.tuples(st.just("file"), st.sampled_from(SOURCES), st.integers(0, 2), FILE),
    st.tuples(st.just("gone"), st.sampled_from(SOURCES), st.integers(0, 2), st.none()),
    st.tuples(st.just("look-up"), st.none(), st.integers(1, 2), st.none()),
)


def named(source_id, number):
    """Return the name of a synthetic file."""
    return file_name(source_id, sha256(str(number).encode()).hexdigest())


class Record:
    """The files of awards of two sources, and a look-up in which a code means one locality or another."""

    def __init__(self, files):
        self.files = {named(SOURCES[0], 0): files}
        self.meant = 1

    def change(self, what, source, number, rows):
        name = named(source, number)
        if what == "look-up":
            self.meant = number
        elif what == "gone":
            self.files.pop(name, None)
        else:
            self.files[name] = rows

    def written(self, warehouse, *, digests=None):
        """Write what the queries of places read, with the digest of each file, and return the warehouse."""
        staged = {name: [] for made in MADE for name in BY_FILE[made] if name not in MADE}
        for file, awards in self.files.items():
            source_id, checksum = file.split()
            for number, (award, places) in enumerate(awards, 2):
                row = {"source_id": source_id, "file_sha256": checksum, "source_row": number}
                staged[AWARDS].append(row | award)
                for location, place in enumerate(places, 1):
                    staged[LOCATIONS].append(row | {"location_number": location, "role": "beneficiary"} | place)
        known = digests or {file: sha256(repr(awards).encode()).hexdigest() for file, awards in self.files.items()}
        for name, rows in staged.items():
            store(warehouse, name, rows, known if name in (AWARDS, LOCATIONS) else {})
        for name in READ:
            if name not in staged and (name == CODES or not warehouse.tables.path(name).exists()):
                rows = [{"area_code": "E06999901", "locality_code": f"E0699990{self.meant}"}] if name == CODES else []
                store(warehouse, name, rows, {})
        return warehouse


def store(warehouse, name, rows, files):
    table = catalogue.tables()[name]
    empty_row = {column.name: None if column.nullable else default(column) for column in table.columns}
    frame = pl.DataFrame([empty_row | row for row in rows], schema=empty(table).schema)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        frame.write_parquet(path)
        warehouse.tables.replace_from(table, f"from read_parquet({literal(path)})", files=files)


def places(warehouse):
    """Bring the tables of places up to date and return the file of the last."""
    for name in MADE:
        model(name, queries()[name]).bring_up_to_date(warehouse)
    return warehouse.tables.path(PLACES).read_bytes()


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=FILE, changes=st.lists(CHANGE, min_size=1, max_size=3))
def test_after_any_changes_the_places_are_those_of_a_build_from_nothing(tmp_path, first, changes):
    record = Record(first)
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        warehouse = Warehouse(Home(Path(folder) / "home").prepare())
        places(record.written(warehouse))
        for change in changes:
            record.change(*change)
            taken_over = places(record.written(warehouse))
        fresh = Warehouse(Home(Path(folder) / "fresh").prepare())
        assert places(record.written(fresh)) == taken_over


@pytest.mark.parametrize(
    ("other", "made_again"),
    [({}, {1}), ({0: "b"}, {0, 1}), ({2: "c"}, {1, 2})],
    ids=["one file that changed", "another digest", "another of the other source"],
)
def test_the_query_runs_over_the_files_that_changed_alone(tmp_path, other, made_again):
    """Where the rows of each file change behind the same digest, those of the other files show what was taken over."""
    names = [named(SOURCES[number // 2], number) for number in range(3)]
    digests = dict.fromkeys(names, "a")
    record, warehouse = Record([]), Warehouse(Home(tmp_path).prepare())
    record.files = {name: [({}, [{"geo_code": "E06999901"}])] for name in names}
    places(record.written(warehouse, digests=digests))
    record.files = {name: [({}, [{"geo_code": "E06999902"}])] for name in names}
    changed = digests | {names[1]: "b"} | {names[number]: digest for number, digest in other.items()}
    places(record.written(warehouse, digests=changed))
    rows = warehouse.tables.read(PLACES).filter(pl.col("place") == "E06999902")
    assert {file_name(*row) for row in rows.select("source_id", "file_sha256").rows()} == {
        names[number] for number in made_again
    }


def test_of_a_table_without_digests_of_its_files_every_row_is_made_again(tmp_path):
    record, warehouse = Record([({}, [{"geo_code": "E06999901"}])]), Warehouse(Home(tmp_path).prepare())
    places(record.written(warehouse))
    assert warehouse.tables.stamp(PLACES).files
    record.change("file", SOURCES[1], 1, [({}, [{"geo_code": "E06999902"}])])
    record.written(warehouse)
    table = catalogue.tables()[AWARDS]
    warehouse.tables.replace(table, warehouse.tables.read(AWARDS))
    places(warehouse)
    assert warehouse.tables.read(PLACES)["place"].to_list() == ["E06999901", "E06999902"]
    assert not warehouse.tables.stamp(PLACES).files

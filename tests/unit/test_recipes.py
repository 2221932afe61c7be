"""What is made again: just the tables of which something changed, and they are as if all were made from nothing."""

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.factories.python_tables import computed
from assets.factories.recipes import called_macros, digests, in_order
from assets.factories.sql_tables import model
from assets.sources.reference import records
from warehouse import catalogue
from warehouse.catalogue import Column, Table
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

LENGTH = 5
NAMES = [f"core.synthetic_{number}" for number in range(LENGTH)]


def described(name, volatile=()):
    """A synthetic table of a number for each of some places."""
    names = ("place", "amount", *volatile)
    columns = tuple(Column(name=column, type="BIGINT", description="Synthetic.") for column in names)
    return Table(
        name=name,
        tier="internal",
        grain="place",
        description="Synthetic.",
        key=("place",),
        columns=columns,
        volatile=volatile,
    )


@pytest.fixture(scope="module")
def synthetic():
    """A catalogue of synthetic tables; `build` of the first says which build made a row."""
    with pytest.MonkeyPatch.context() as patch:
        tables = {name: described(name, volatile=("build",) if name == NAMES[0] else ()) for name in NAMES}
        patch.setattr(catalogue, "tables", lambda: tables)
        patch.setattr("assets.factories.sql_tables.tables", lambda: tables)
        patch.setattr("assets.factories.python_tables.tables", lambda: tables)
        yield tables


class Project:
    """Some tables: the first of a source's rows, each other by a query over tables before it."""

    def __init__(self, root, reads):
        self.root, self.reads = root, reads
        self.rows, self.build = 4, 1
        self.factors = [1] * LENGTH
        self.limits = [100] * LENGTH

    def source(self, _):
        rows = range(self.rows)
        return pl.DataFrame({"place": rows, "amount": rows, "build": [self.build] * self.rows})

    def recipes(self):
        yield computed(NAMES[0], self.source, always=True)
        for number in range(1, LENGTH):
            read = sorted({NAMES[earlier % number] for earlier in self.reads[number]})
            rows = " union all ".join(f"select place, amount from {name}" for name in read)
            path = self.root / f"{NAMES[number]}.sql"
            path.write_text(
                f"select place, least(sum(amount) * {self.factors[number]}, {self.limits[number]})::bigint as amount "
                f"from ({rows}) group by place"
            )
            yield model(NAMES[number], path)

    def bring_up_to_date(self, warehouse):
        """Return the tables that were made."""
        before = {name: stamp for name in NAMES if (stamp := warehouse.tables.stamp(name))}
        for recipe in in_order(self.recipes()):
            recipe.bring_up_to_date(warehouse)
        return {name for name in NAMES if warehouse.tables.stamp(name) != before.get(name)}


def contents(warehouse):
    return {name: warehouse.tables.path(name).read_bytes() for name in NAMES}


change = st.one_of(
    st.tuples(st.just("rows"), st.just(0), st.integers(1, 6)),
    st.tuples(st.just("build"), st.just(0), st.integers(1, 3)),
    st.tuples(st.just("factor"), st.integers(1, LENGTH - 1), st.integers(0, 3)),
    st.tuples(st.just("limit"), st.integers(1, LENGTH - 1), st.integers(0, 30)),
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    reads=st.lists(st.lists(st.integers(0, 20), min_size=1, max_size=3), min_size=LENGTH, max_size=LENGTH),
    changes=st.lists(change, min_size=1, max_size=4),
)
def test_after_any_changes_the_tables_are_those_of_a_build_from_nothing(synthetic, reads, changes):
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        project, warehouse = Project(root, reads), Warehouse(Home(root / "home").prepare())
        project.bring_up_to_date(warehouse)
        assert project.bring_up_to_date(warehouse) == set()
        for what, number, value in changes:
            match what:
                case "factor":
                    project.factors[number] = value
                case "limit":
                    project.limits[number] = value
                case _:
                    setattr(project, what, value)
            made = project.bring_up_to_date(warehouse)
            assert what != "build" or made <= {NAMES[0]}
            assert all(NAMES.index(name) >= number for name in made)
        fresh = Warehouse(Home(root / "fresh").prepare())
        project.bring_up_to_date(fresh)
        assert contents(warehouse) == contents(fresh)


def test_what_comes_out_the_same_has_nothing_after_it_made_again(synthetic, tmp_path):
    project = Project(tmp_path, [[0], [0], [1], [2], [3]])
    warehouse = Warehouse(Home(tmp_path / "home").prepare())
    project.bring_up_to_date(warehouse)
    project.limits[1] = 99
    assert project.bring_up_to_date(warehouse) == {NAMES[1]}


def test_a_query_that_names_a_volatile_column_depends_on_it(synthetic, tmp_path):
    project = Project(tmp_path, [[0]] * LENGTH)
    warehouse = Warehouse(Home(tmp_path / "home").prepare())
    project.bring_up_to_date(warehouse)

    def read(query):
        return digests(warehouse, NAMES[:1], query)

    others = f"with a as (select * from core.dim_nation union all select * from {NAMES[1]}) select amount from a"
    whole = f"select * from {NAMES[1]} union all select * from {NAMES[0]}"
    part = f"with a as (select amount from {NAMES[0]}) select * from a"
    queries = ("select amount", others, part, whole, "select build")
    before = {query: read(query) for query in queries}
    project.build = 2
    project.bring_up_to_date(warehouse)
    changed = {query for query, digest in before.items() if read(query) != digest}
    assert changed == {whole, "select build"}
    assert digests(warehouse, ["core.dim_nation", *NAMES[:1]]) is None


def test_a_damaged_table_is_made_again(synthetic, tmp_path):
    project, warehouse = Project(tmp_path, [[0]] * LENGTH), Warehouse(Home(tmp_path / "home").prepare())
    project.bring_up_to_date(warehouse)
    good = contents(warehouse)
    warehouse.tables.path(NAMES[3]).write_bytes(b"cut off")
    assert project.bring_up_to_date(warehouse) == {NAMES[3]}
    assert contents(warehouse) == good


def test_a_query_depends_on_the_macros_that_it_calls_and_on_those_that_they_call():
    (alone,) = called_macros("select stable_sum(x)")
    assert "create macro stable_sum" in alone
    assert alone in called_macros("select concentration_index(x, y)")


def test_a_description_makes_nothing_again_and_a_column_does(synthetic):
    table = synthetic[NAMES[0]]
    assert table.model_copy(update={"description": "Other."}).contract == table.contract
    first, *rest = table.columns
    assert table.model_copy(update={"columns": tuple(rest)}).contract != table.contract
    wider = replace_type(first)
    assert table.model_copy(update={"columns": (wider, *rest)}).contract != table.contract


def replace_type(column):
    return column.model_copy(update={"type": "DOUBLE"})


@pytest.mark.parametrize("account", ["quarantine", "intake"])
def test_a_staging_table_without_its_account_of_rows_is_made_again(account, tmp_path):
    warehouse = Warehouse(Home(tmp_path / "home").prepare())
    (recipe,) = (recipe for recipe in records.RECIPES if "staging.reference__survey_figure" in recipe.names)
    recipe.bring_up_to_date(warehouse)
    part = warehouse.home.tables / "meta" / f"{account}.parts" / "reference__survey_figure.parquet"
    written = part.read_bytes()
    part.unlink()
    recipe.bring_up_to_date(warehouse)
    assert part.read_bytes() == written

"""The partner network, read by networkx. Its bodies are made up: none of them is named anywhere."""

from contextlib import closing
from datetime import UTC, date, datetime

import duckdb
import networkx
import pytest

from warehouse.catalogue import Column, Table, tables
from warehouse.exports import Build, Content, InputFile, graphml
from warehouse.release.release import EditionRelease


def column(name, kind, *, nullable=False):
    return Column(name=name, type=kind, description=f"Made-up {name}", nullable=nullable)


NODES = Table(
    name=graphml.NODES,
    tier="public",
    grain="body",
    description="Bodies.",
    key=("party_id",),
    caveats=("Made up.",),
    columns=(
        column("party_id", "VARCHAR"),
        column("party_name", "VARCHAR"),
        column("nation", "VARCHAR", nullable=True),
        column("degree", "BIGINT"),
        column("is_bridging", "BOOLEAN"),
    ),
)
EDGES = Table(
    name=graphml.EDGES,
    tier="public",
    grain="pair",
    description="Pairs.",
    key=("source_party_id", "target_party_id"),
    columns=(
        column("source_party_id", "VARCHAR"),
        column("target_party_id", "VARCHAR"),
        column("weight", "DOUBLE"),
        column("practice_ids", "VARCHAR[]"),
    ),
)
ODD = 'A & B <"x">\x00\x0b Môn'


CONTENT = Content(
    edition_id="20260102T030405Z-1a2b3c4d",
    built_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
    build=Build("1a2b3c4d5e6f7081", date(2026, 1, 2), "a" * 64, "c0de"),
    release=EditionRelease("1.2.3", ("made up",)),
    tables=(NODES, EDGES),
    files=(InputFile("one", "a" * 64, "OGL-UK-3.0"), InputFile("two", "b" * 64, "CC-BY-4.0")),
    versions={},
)


@pytest.fixture
def graph(tmp_path, monkeypatch):
    found = {table.name: table for table in (NODES, EDGES)}
    monkeypatch.setattr(graphml, "tables", lambda: tables() | found)
    with closing(duckdb.connect()) as database:
        database.execute("create schema marts")
        for table in found.values():
            columns = ", ".join(f"{column.name} {column.type}" for column in table.columns)
            database.execute(f"create table {table.name} ({columns})")
        nodes = [["b", ODD, None, 1, True], ["a", "=A", "Wales", 2, False], ["c", "C", "", 0, False]]
        database.executemany(f"insert into {NODES.name} values (?, ?, ?, ?, ?)", nodes)
        database.execute(f"insert into {EDGES.name} values ('a', 'b', 2.5, ['p1', 'p2'])")
        graphml.write(CONTENT, database, tmp_path)
    return networkx.read_graphml(tmp_path / graphml.FILE)


def test_nodes_and_edges_are_those_of_the_marts(graph):
    assert not graph.is_directed()
    assert list(graph.nodes) == ["a", "b", "c"]
    assert [(source, target) for source, target in graph.edges] == [("a", "b")]


def test_attributes_have_their_types_and_a_null_is_none(graph):
    assert graph.nodes["a"] == {
        "party_id": "a",
        "party_name": "=A",
        "nation": "Wales",
        "degree": 2,
        "is_bridging": False,
    }
    assert "nation" not in graph.nodes["b"]
    assert graph.nodes["b"]["is_bridging"] is True
    assert graph.edges["a", "b"]["weight"] == 2.5
    assert graph.edges["a", "b"]["practice_ids"] == "p1; p2"


def test_what_xml_cannot_hold_is_replaced_and_all_else_stays(graph):
    assert graph.nodes["b"]["party_name"] == 'A & B <"x">\ufffd\ufffd Môn'


def test_the_graph_says_what_it_is(graph):
    assert graph.graph["edition"] == "1.2.3"
    assert graph.graph["licences"] == "CC-BY-4.0;OGL-UK-3.0"
    assert "Made up." in graph.graph["description"]

"""Writes `partner-network.graphml`: the partner network as GraphML (http://graphml.graphdrawing.org).

Nodes and edges are the rows of `marts.practice_network_node` and `marts.practice_network_edge`. Every column is an
attribute of its type; a null has no attribute, and a list is joined by "; ". Edges have no direction.
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb

from warehouse.catalogue import Table, pick, tables
from warehouse.exports import Content, in_order
from warehouse.storage.table_store import quoted

FILE = "partner-network.graphml"
DESCRIPTION = (
    "Organisations named together in the practice register: one node per organisation, one edge per pair (GraphML)."
)
NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
NODES, EDGES = "marts.practice_network_node", "marts.practice_network_edge"
NODE_ID, EDGE_ENDS = "party_id", ("source_party_id", "target_party_id")
TYPES = {"BOOLEAN": "boolean", "INTEGER": "int", "BIGINT": "long", "DOUBLE": "double"}
# Characters that XML 1.0 cannot contain, even escaped.
UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `partner-network.graphml`."""
    nodes, edges = pick("table", tables, NODES), pick("table", tables, EDGES)
    root = ElementTree.Element("graphml", xmlns=NAMESPACE)
    licences = sorted({file.licence_id for table in (nodes, edges) for file in content.files_behind(database, table)})
    said = {
        "title": "Community Power: partner network",
        "description": " ".join([edges.summary, *nodes.notes]),
        "edition": content.version,
        "licences": ";".join(licences),
    }
    for name in said:
        _key(root, "graph", name, "string")
    for element, table in (("node", nodes), ("edge", edges)):
        for column in table.columns:
            _key(root, element, column.name, TYPES.get(column.type, "string"))
    graph = ElementTree.SubElement(root, "graph", id="partner_network", edgedefault="undirected")
    _data(graph, "graph", said)
    for row in _rows(database, nodes):
        _data(ElementTree.SubElement(graph, "node", id=_text(row[NODE_ID])), "node", row)
    for row in _rows(database, edges):
        source, target = (_text(row[end]) for end in EDGE_ENDS)
        _data(ElementTree.SubElement(graph, "edge", source=source, target=target), "edge", row)
    ElementTree.indent(root)
    ElementTree.ElementTree(root).write(folder / FILE, encoding="utf-8", xml_declaration=True)


def _key(root: ElementTree.Element, element: str, name: str, kind: str) -> None:
    """Declare an attribute of the graph, its nodes or its edges."""
    ElementTree.SubElement(
        root, "key", {"id": f"{element}_{name}", "for": element, "attr.name": name, "attr.type": kind}
    )


def _rows(database: duckdb.DuckDBPyConnection, table: Table) -> Iterable[dict[str, Any]]:
    names = [column.name for column in table.columns]
    found = database.execute(f"select {', '.join(map(quoted, names))} from {table.name} {in_order(table)}").fetchall()
    return (dict(zip(names, row, strict=True)) for row in found)


def _data(parent: ElementTree.Element, element: str, row: dict[str, Any]) -> None:
    for name, value in row.items():
        if value is not None:
            ElementTree.SubElement(parent, "data", key=f"{element}_{name}").text = _text(value)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = "; ".join(value) if isinstance(value, list) else str(value)
    return UNPRINTABLE.sub("\ufffd", text)

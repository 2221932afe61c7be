"""Every connection to DuckDB has the settings that the project shares."""

import ast
import subprocess
import sys

from assets.consistency.query_rules import tree_of
from warehouse.storage.home import PROJECT


def test_no_progress_bar_is_drawn_where_duckdb_takes_the_process_for_an_interactive_one():
    """A run of the server has no main file, which DuckDB takes for an interactive session."""
    code = """
from warehouse.storage.duckdb_connection import connect
print(connect().sql("select current_setting('enable_progress_bar')").fetchall())
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert found.stdout.strip() == "[(False,)]"


def test_duckdb_is_opened_in_one_place():
    opened = {
        str(path.relative_to(PROJECT))
        for folder in ("assets", "orchestration", "warehouse")
        for path in (PROJECT / folder).rglob("*.py")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "duckdb.connect"
    }
    assert opened == {"warehouse/storage/duckdb_connection.py"}

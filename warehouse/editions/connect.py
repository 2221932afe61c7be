"""Code lines for opening an edition read-only in other programs, with the path of the edition.

If the program allows it, the lines also block access to other files and the network, as `warehouse.query` does.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shlex import quote as shell_quoted
from urllib.parse import quote

from warehouse.query import DATABASE
from warehouse.storage.table_store import literal

FIRST = "select * from en.localities limit 5"
GUARD = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    # By default DuckDB writes temporary files to a folder beside the database, which must stay unchanged.
    "temp_directory": "",
}
LOCK = "set lock_configuration = true"


@dataclass(frozen=True)
class Lines:
    """The lines for one program: its name, how to install it, and the lines."""

    program: str
    needs: str
    lines: str


def lines(edition: Path) -> Mapping[str, Lines]:
    """Return the lines by program (cli, python, r, node, bi) for the edition in a folder.

    Each program needs DuckDB 1.2 or newer.
    """
    path = str(edition / DATABASE)
    text = json.dumps(path, ensure_ascii=False)
    settings = "; ".join(f"set {name} = {literal(value)}" for name, value in reversed(GUARD.items()))
    # The Node client does not accept an empty setting.
    node = {"access_mode": "READ_ONLY"} | {name: value for name, value in GUARD.items() if value}
    return {
        "cli": Lines(
            "DuckDB command line",
            "duckdb.org/install",
            f"duckdb -readonly -cmd {shell_quoted(f'{settings}; {LOCK}')} {shell_quoted(path)}",
        ),
        "python": Lines(
            "Python",
            "pip install duckdb",
            "import duckdb\n"
            f"warehouse = duckdb.connect({text}, read_only=True, config={json.dumps(GUARD)})\n"
            f'warehouse.execute("{LOCK}")\n'
            f'print(warehouse.execute("{FIRST}").fetchall())',
        ),
        "r": Lines(
            "R",
            'install.packages("duckdb")',
            "library(DBI)\n"
            f"warehouse <- dbConnect(duckdb::duckdb(), dbdir = {text}, read_only = TRUE,\n"
            f"  config = list({', '.join(f'{name} = {json.dumps(value)}' for name, value in GUARD.items())}))\n"
            f'dbExecute(warehouse, "{LOCK}")\n'
            f'dbGetQuery(warehouse, "{FIRST}")',
        ),
        "node": Lines(
            "Node",
            "npm install @duckdb/node-api",
            'import { DuckDBInstance } from "@duckdb/node-api";\n'
            f"const file = await DuckDBInstance.create({text}, {json.dumps(node)});\n"
            "const warehouse = await file.connect();\n"
            f'await warehouse.run("{LOCK}");\n'
            f'console.table((await warehouse.runAndReadAll("{FIRST}")).getRowObjects());',
        ),
        "bi": Lines(
            "Business intelligence",
            "the DuckDB driver of the tool",
            "# DBeaver, Tableau and others by JDBC:\n"
            f"jdbc:duckdb:{path};duckdb.read_only=true\n"
            "# Superset and others by SQLAlchemy (duckdb-engine):\n"
            f"duckdb:///{quote(path)}?access_mode=read_only\n"
            "# Tools without a driver read the same tables as Parquet:\n"
            f"{edition / 'parquet'}",
        ),
    }

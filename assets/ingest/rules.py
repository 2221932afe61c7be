"""Finds the rules of tables: `sql/checks/<schema>/<table>/<rule>.sql` selects the rows that break the rule."""

from pathlib import Path

from warehouse.lineage import SQL_ROOT


def rules() -> dict[tuple[str, str], Path]:
    """Return the file of each rule, by table and rule name."""
    return {
        (f"{path.parent.parent.name}.{path.parent.name}", path.stem): path
        for path in sorted((SQL_ROOT / "checks").glob("*/*/*.sql"))
    }

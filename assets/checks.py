"""`sql/checks/<schema>/<table>/<rule>.sql` becomes one blocking asset check each.

A check's query returns the rows that break the rule; none means passed. Nothing downstream of a table is
built while a rule of it is broken, so no edition is published from it.
"""

from pathlib import Path

import dagster as dg
import polars as pl

from warehouse.catalogue import pick, tables
from warehouse.lineage import SQL_ROOT, first_comment, reads
from warehouse.store import Warehouse

SHOWN_ROWS = 20


def rules() -> dict[tuple[str, str], Path]:
    """Return the file of each rule, by table and rule name."""
    return {
        (f"{path.parent.parent.name}.{path.parent.name}", path.stem): path
        for path in sorted((SQL_ROOT / "checks").glob("*/*/*.sql"))
    }


def check(table: str, rule: str, path: Path) -> dg.AssetChecksDefinition:
    """Return the blocking check that `path` makes of a table."""
    contract = pick("table", tables, table)
    query = path.read_text("utf-8")
    read = reads(query)

    @dg.asset_check(
        asset=table.split("."),
        name=rule,
        description=first_comment(query),
        blocking=True,
        additional_deps=[dg.AssetKey(name.split(".")) for name in read if name != table],
    )
    def judge(warehouse: dg.ResourceParam[Warehouse]) -> dg.AssetCheckResult:
        with warehouse.tables.connect(read) as database:
            broken = pl.DataFrame(database.sql(query))
        result = tables()["meta.check_result"]
        warehouse.tables.replace_part(
            result,
            f"{contract.name}.{rule}",
            pl.DataFrame(
                {
                    "table_name": [contract.name],
                    "rule": [rule],
                    "statement": [first_comment(query)],
                    "is_passed": [broken.is_empty()],
                    "broken_rows": [broken.height],
                },
                schema={
                    column.name: column_type
                    for column, column_type in zip(
                        result.columns, [pl.String] * 3 + [pl.Boolean, pl.Int64], strict=True
                    )
                },
            ),
        )
        return dg.AssetCheckResult(
            passed=broken.is_empty(),
            metadata={"broken rows": broken.height, "first of them": dg.MetadataValue.md(_shown(broken))},
        )

    return judge


def _shown(rows: pl.DataFrame) -> str:
    """Return the first rows as a Markdown table, with the characters that would be markup made harmless."""
    head = rows.head(SHOWN_ROWS)
    if head.is_empty():
        return "none"
    lines = [list(map(str, head.columns)), ["---"] * head.width, *[list(map(str, row)) for row in head.rows()]]
    return "\n".join("| " + " | ".join(_harmless(cell) for cell in line) + " |" for line in lines)


def _harmless(cell: str) -> str:
    return "".join(f"\\{letter}" if letter in "|<>![]`" else letter for letter in cell.replace("\n", " "))


def checks() -> list[dg.AssetChecksDefinition]:
    """Return one blocking check for each rule."""
    return [check(table, rule, path) for (table, rule), path in rules().items()]

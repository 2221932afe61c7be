"""`sql/checks/<schema>/<table>/<rule>.sql` becomes one blocking asset check each.

A check's query returns the rows that break the rule; none means passed. Nothing downstream of a table is
built while a rule of it is broken, so no edition is published from it.
"""

from pathlib import Path

import dagster as dg
import polars as pl

from assets.documentation import code
from assets.failures import explained
from assets.shown import first_rows
from warehouse.catalogue import pick, tables
from warehouse.lineage import SQL_ROOT, first_comment, reads
from warehouse.store import Warehouse

SHOWN_ROWS = 10


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
        metadata={"query": code(query)},
        additional_deps=[dg.AssetKey(name.split(".")) for name in read if name != table],
    )
    @explained()
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
            description=_told(contract.name, rule, first_comment(query), broken.height),
            metadata={"broken rows": broken.height, **first_rows(broken.head(SHOWN_ROWS))},
        )

    return judge


def _told(table: str, rule: str, statement: str, broken: int) -> str:
    """Return what a check found in words; where it does not hold, first what a person can do."""
    if not broken:
        return f"Holds: {statement}"
    file = f"sql/checks/{table.replace('.', '/')}/{rule}.sql"
    return (
        f"What to do: look at the rows that break the rule ({broken:,} in number; the first stand below). Mend the "
        f"record, the parser or the query that they come from or, where the rule is wrong, {file}; then run the job "
        "again. Nothing that is built from the table goes on, and no edition is published until then. "
        f"The rule: {statement}"
    )


def checks() -> list[dg.AssetChecksDefinition]:
    """Return one blocking check for each rule."""
    return [check(table, rule, path) for (table, rule), path in rules().items()]

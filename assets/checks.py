"""`sql/checks/<schema>/<table>/<rule>.sql` becomes one blocking asset check each.

A check's query returns the rows that break the rule; none means passed. Nothing downstream of a table is
built while a rule of it is broken, so no edition is published from it.
"""

import re
from pathlib import Path

import dagster as dg
import polars as pl

from assets.documentation import code
from assets.failures import explained
from assets.shown import first_rows
from warehouse.catalogue import honesty_rules, pick, tables
from warehouse.lineage import SQL_ROOT, first_comment, reads
from warehouse.store import Warehouse

SHOWN_ROWS = 10
# The rule that a check is for, before its sentence: H5 is one of honesty, G5 and G6 are gates before a rank.
PREFIX = re.compile(r"(?P<rule>[HG]\d+(?: and G\d+)?): (?P<sentence>.*)")


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
        description=description(first_comment(query)),
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
            description=_told(contract.name, rule, sentence(first_comment(query)), broken.height),
            metadata={"broken rows": broken.height, **first_rows(broken.head(SHOWN_ROWS))},
        )

    return judge


def sentence(comment: str) -> str:
    """Return what a check says, without the id of the rule that it is for."""
    match = PREFIX.fullmatch(comment)
    said = match["sentence"] if match else comment
    return said[:1].upper() + said[1:]


def description(comment: str) -> str:
    """Return the sentence of a check, then the rule of honesty or the gate that it is for and its page."""
    match = PREFIX.fullmatch(comment)
    if not match:
        return sentence(comment)
    if rule := honesty_rules().get(match["rule"]):
        return f"{sentence(comment)}\n\nHonesty rule {rule.id}: {rule.says} See docs/method/honesty-rules.md."
    return f"{sentence(comment)}\n\nGate {match['rule']} of the composite and its ranks: see docs/method/composite.md."


def _told(table: str, rule: str, statement: str, broken: int) -> str:
    """Return what a check found as text; where it does not hold, first what a user can do."""
    if not broken:
        return f"Holds: {statement}"
    file = f"sql/checks/{table.replace('.', '/')}/{rule}.sql"
    return (
        f"What to do: look at the rows that break the rule ({broken:,} in number; the first are below). Fix the "
        f"record, the parser or the query that they come from or, where the rule is wrong, {file}; then run the job "
        "again. Nothing that is built from the table goes on, and no edition is published until then. "
        f"The rule: {statement}"
    )


def checks() -> list[dg.AssetChecksDefinition]:
    """Return one blocking check for each rule."""
    return [check(table, rule, path) for (table, rule), path in rules().items()]

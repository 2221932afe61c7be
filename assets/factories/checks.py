"""`sql/checks/<schema>/<table>/<rule>.sql` becomes one blocking asset check each.

A check's query returns the rows that break the rule; it passes if there are none. Tables downstream of a table with a
broken rule are not built, so no edition is published.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import dagster as dg
import polars as pl

from assets.factories.asset_specs import code
from assets.factories.check_records import CheckRecord, CheckRecords
from assets.factories.python_tables import computed
from assets.factories.recipes import Recipe, called_macros, digest, digests
from assets.factories.run_metadata import first_rows
from assets.ingest.rules import rules
from warehouse.catalogue import honesty_rules, tables
from warehouse.lineage import first_comment, reads
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

CHECK_RESULT = "meta.check_result"
SHOWN_ROWS = 10
# Columns that name the file of a row.
OF_THE_FILE = ["source_id", "file_sha256"]
# The prefix of a check's sentence: H5 is an honesty rule, G5 and G6 are gates of the composite.
PREFIX = re.compile(r"(?P<rule>[HG]\d+(?: and G\d+)?): (?P<sentence>.*)")


@dataclass(frozen=True)
class Check:
    """A rule of a table: the query in `path` returns the rows that break the rule."""

    table: str
    rule: str
    path: Path

    @cached_property
    def query(self) -> str:
        """The query."""
        return self.path.read_text("utf-8")

    @property
    def statement(self) -> str:
        """The sentence of the rule, from the first comment of the query."""
        return first_comment(self.query)

    @property
    def tables(self) -> set[str]:
        """The table and the other tables that the query reads."""
        return {self.table, *reads(self.query)}

    @property
    def key(self) -> dg.AssetCheckKey:
        """The key of the check in the UI."""
        return dg.AssetCheckKey(dg.AssetKey(self.table.split(".")), self.rule)

    def spec(self) -> dg.AssetCheckSpec:
        """Return the blocking check of the table's asset."""
        return dg.AssetCheckSpec(
            self.rule,
            asset=self.table.split("."),
            description=description(self.statement),
            blocking=True,
            metadata={"query": code(self.query)},
            additional_deps=[dg.AssetKey(name.split(".")) for name in sorted(self.tables - {self.table})],
        )

    def result(self, warehouse: Warehouse) -> dg.AssetCheckResult:
        """Return whether the check passed, with the first rows that break the rule, and record the result.

        A check that passed on the same rows is not run again.
        """
        read = digests(warehouse, sorted(self.tables), self.query)
        fingerprint = "" if read is None else digest([self.query, *called_macros(self.query), *read])
        records = CheckRecords(warehouse.tables.root, self.table)
        if records.held(self.rule, fingerprint):
            return self._result(pl.DataFrame())
        with warehouse.tables.connect(reads(self.query)) as database:
            broken = pl.DataFrame(database.sql(self.query))
        if not broken.is_empty() and {*OF_THE_FILE} <= {*broken.columns}:
            broken = with_file_names(broken, warehouse.tables.read("meta.landed_file"))
        records.write(self.rule, CheckRecord(self.statement, broken.is_empty(), broken.height, fingerprint))
        return self._result(broken)

    def _result(self, broken: pl.DataFrame) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            asset_key=self.key.asset_key,
            check_name=self.rule,
            passed=broken.is_empty(),
            description=_told(self.table, self.rule, sentence(self.statement), broken.height),
            metadata={"broken rows": broken.height, **first_rows(broken.head(SHOWN_ROWS))},
        )


def with_file_names(broken: pl.DataFrame, files: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the name of the landed file of each as `file_name`, before the number of the row in it."""
    at = broken.columns.index("source_row" if "source_row" in broken.columns else OF_THE_FILE[0])
    named = broken.join(files.select(*OF_THE_FILE, "file_name"), OF_THE_FILE, "left", maintain_order="left")
    return named.select(*broken.columns[:at], "file_name", *broken.columns[at:])


def check_results(checked: Iterable[str]) -> Recipe:
    """Return the recipe of `meta.check_result`, the result of every check; made after the tables `checked`."""
    table = CHECK_RESULT

    def recorded(warehouse: Warehouse) -> pl.DataFrame:
        found = {name: CheckRecords(warehouse.tables.root, name).read() for name, _ in rules()}
        rows = [
            (name, rule, record.statement, record.is_passed, record.broken_rows)
            for name, rule in rules()
            if (record := found[name].get(rule))
        ]
        return pl.DataFrame(rows, schema=empty(tables()[table]).schema, orient="row")

    return computed(table, recorded, reads=checked, always=True)


def sentence(comment: str) -> str:
    """Return the sentence of a check without the id of its rule."""
    match = PREFIX.fullmatch(comment)
    said = match["sentence"] if match else comment
    return said[:1].upper() + said[1:]


def description(comment: str) -> str:
    """Return the sentence of a check, then its honesty rule or gate and the page that describes it."""
    match = PREFIX.fullmatch(comment)
    if not match:
        return sentence(comment)
    if rule := honesty_rules().get(match["rule"]):
        return f"{sentence(comment)}\n\nHonesty rule {rule.id}: {rule.says} See docs/method/honesty-rules.md."
    return f"{sentence(comment)}\n\nGate {match['rule']} of the composite and its ranks: see docs/method/composite.md."


def _told(table: str, rule: str, statement: str, broken: int) -> str:
    """Return the result of a check as text; if it failed, what to do comes first."""
    if not broken:
        return f"Passed: {statement}"
    return (
        f"What to do: look at the rows that break the rule ({broken:,} in total; the first are below). Fix the record, "
        f"parser or query that they come from or, if the rule is wrong, {rule_file(table, rule)}; then run the job "
        "again. Until then, tables that read this table are not built, and no edition is published. "
        f"The rule: {statement}"
    )


def rule_file(table: str, rule: str) -> str:
    """Return the path of a rule's file, relative to the project."""
    return f"sql/checks/{table.replace('.', '/')}/{rule}.sql"


def checks() -> list[Check]:
    """Return the checks of all rules."""
    return [Check(table, rule, path) for (table, rule), path in rules().items()]

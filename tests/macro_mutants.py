"""Break the statistical macros of `sql/macros` part by part and see whether a case notices: part of `make mutants`.

The macros are what runs, so they themselves are broken: each operator, number, text, condition and function in turn, as
sqlglot reads them. A mutant that keeps every case of `tests.support.macro_cases` survives.
"""

from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

import duckdb
import sqlglot
from sqlglot import exp

from tests.support.macro_cases import CASES, Case, holds
from warehouse.lineage import SQL_ROOT
from warehouse.storage.table_store import macros

SWAPS: dict[type[exp.Expression], type[exp.Expression]] = {
    exp.Add: exp.Sub,
    exp.Sub: exp.Add,
    exp.Mul: exp.Div,
    exp.Div: exp.Mul,
    exp.LT: exp.LTE,
    exp.LTE: exp.LT,
    exp.GT: exp.GTE,
    exp.GTE: exp.GT,
    exp.EQ: exp.NEQ,
    exp.And: exp.Or,
    exp.Or: exp.And,
    exp.Ceil: exp.Floor,
    exp.Floor: exp.Ceil,
}
# A function of which only its first argument is left.
UNWRAPPED = (exp.Nullif, exp.Coalesce, exp.Sqrt, exp.Abs, exp.Ln, exp.Exp, exp.Neg, exp.Pow, exp.Cast)


class Mutant(NamedTuple):
    """A broken macro: which, what became of which part, and the statement that creates it."""

    macro: str
    change: str
    statement: str


def mutants(macro: str) -> Iterator[Mutant]:
    """Yield every mutant of a macro."""
    text = (SQL_ROOT / "macros" / f"{macro}.sql").read_text("utf-8")
    whole = sqlglot.parse_one(text, dialect="duckdb")
    for node in whole.walk():
        node.comments = None
    for number, original in enumerate(whole.expression.walk()):
        for variant in range(len(replacements(original))):
            broken = whole.copy()
            node = next(islice(broken.expression.walk(), number, None))
            new = replacements(node)[variant]
            after = "nothing" if new is None else new.sql("duckdb")
            change = f"`{node.sql('duckdb')}` to `{after}`{_branch(node)}"
            node.pop() if new is None else node.replace(new)
            yield Mutant(macro, change, broken.sql("duckdb"))


def _branch(node: exp.Expression) -> str:
    """Return in which branch of a case a node stands, in words."""
    while node.parent is not None:
        if isinstance(node.parent, exp.Case):
            branches = node.parent.args["ifs"]
            number = next((number for number, branch in enumerate(branches, start=1) if branch is node), None)
            return f" in branch {number}" if number else ""
        node = node.parent
    return ""


def replacements(node: exp.Expression) -> list[exp.Expression | None]:
    """Return what may stand in the place of a node, None for nothing."""
    found: list[exp.Expression | None] = []
    if (swap := SWAPS.get(type(node))) is not None:
        found.append(
            swap(
                **{name: part.copy() if isinstance(part, exp.Expression) else part for name, part in node.args.items()}
            )
        )
    if isinstance(node, UNWRAPPED):
        found.append(node.this.copy())
    if isinstance(node, exp.Literal):
        if node.is_string:
            found.append(exp.Literal.string(f"not {node.this}"))
        elif node.find_ancestor(exp.DataType) is None:
            number = float(node.this)
            found.append(exp.Literal.number(str(number + 1)))
            if not number.is_integer():
                found.append(exp.Literal.number(repr(number * (1 - 1e-6))))
    if isinstance(node, exp.Null):
        found.append(exp.Literal.number("1"))
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case) and len(node.parent.args["ifs"]) > 1:
        found.append(None)
    if isinstance(node.parent, exp.Case) and node.arg_key == "default":
        found.append(exp.null())
    return found


def is_noticed(database: duckdb.DuckDBPyConnection, statement: str, cases: tuple[Case, ...]) -> bool:
    """Return whether a statement creates a macro that breaks a case or cannot be used at all."""
    try:
        database.execute(statement.replace("CREATE MACRO", "CREATE OR REPLACE MACRO", 1))
        for case in cases:
            ((found,),) = database.sql(f"select {case.expression} from {case.rows}").fetchall()
            if not holds(found, case):
                return True
    except (duckdb.Error, TypeError, ValueError):
        return True
    return False


def hunt() -> tuple[int, list[Mutant]]:
    """Return how many mutants there are of all statistical macros, and those that no case notices."""
    tried, survivors = 0, []
    for macro, cases in CASES.items():
        # Threads cost more than these queries.
        with duckdb.connect(":memory:", config={"threads": 1}) as database:
            for statement in macros():
                database.execute(statement)
            for mutant in mutants(macro):
                tried += 1
                if not is_noticed(database, mutant.statement, cases):
                    survivors.append(mutant)
    return tried, survivors


def main() -> None:
    """Print the survivors."""
    tried, survivors = hunt()
    for mutant in survivors:
        print(f"{mutant.macro}: {mutant.change}")
    print(f"{tried} mutants of {len(CASES)} macros, {len(survivors)} survived.")


if __name__ == "__main__":
    main()

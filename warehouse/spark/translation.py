"""Translates the queries of `sql/` from DuckDB to Spark.

sqlglot translates the syntax. This module does what it cannot know: macros are put in place of their calls, tables are
read under the names of their views, and functions that Spark lacks, or that answer differently there, are replaced by
expressions with the result of DuckDB. There is no second copy of a query.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache
from typing import NamedTuple

import sqlglot
from sqlglot import exp

from warehouse.storage.table_store import macros

MACRO = re.compile(r"create macro (\w+)\(([^)]*)\) as\s(.*);", re.DOTALL)
# Functions that sqlglot does not know and that are the same in both.
SAME = {"make_date"}
GROUP = re.compile(r"\([^()]*\)")
STIRLING_FROM = 10
STIRLING = (
    "(x - 0.5) * ln(x) - x + 0.5 * ln(2 * pi()) + 1 / (12 * x) - 1 / (360 * power(x, 3)) + 1 / (1260 * power(x, 5))"
    " - 1 / (1680 * power(x, 7))"
)


class Macro(NamedTuple):
    """A macro of `sql/macros`: parameters with their defaults (None if required), and the expression."""

    parameters: dict[str, exp.Expr | None]
    body: exp.Expr


def translated(query: str) -> str:
    """Return a query of `sql/` for Spark, over views that have the names of `view_of`.

    Raises `sqlglot.errors.SqlglotError` for invalid SQL.
    """
    tree = _inlined(sqlglot.parse_one(query, dialect="duckdb"))
    for table in list(tree.find_all(exp.Table)):
        if table.db:
            table.set("alias", exp.TableAlias(this=exp.to_identifier(table.alias or table.name)))
            table.set("this", exp.to_identifier(view_of(f"{table.db}.{table.name}")))
            table.set("db", None)
    for node in reversed(list(tree.bfs())):
        if (converted := _converted(node)) is not node:
            node.replace(converted)
    return str(tree.sql("spark", pretty=True))


def untranslatable(query: str) -> list[str]:
    """Return what Spark would not know, or would answer differently, in a query with its macros.

    Raises `sqlglot.errors.SqlglotError` for invalid SQL.
    """
    tree = _inlined(sqlglot.parse_one(query, dialect="duckdb"))
    unknown = sorted({node.name.lower() for node in tree.find_all(exp.Anonymous)} - RULES.keys() - SAME)
    return [f"{name}() has no translation to Spark in warehouse/spark/translation.py" for name in unknown] + [
        "regexp_replace replaces the first match in DuckDB and every match in Spark; use 'g' or an anchored pattern"
        for node in tree.find_all(exp.RegexpReplace)
        if node.text("modifiers") != "g" and not _is_anchored(node.expression.name)
    ]


def _is_anchored(pattern: str) -> bool:
    """Return whether each alternative of a pattern matches at the beginning or the end of a text only."""
    while (outside := GROUP.sub("", pattern)) != pattern:
        pattern = outside
    return all(part.startswith("^") or part.endswith("$") for part in pattern.split("|"))


def view_of(name: str) -> str:
    """Return the name of the view of a table `schema.table`."""
    return name.replace(".", "__")


@cache
def _macros() -> dict[str, Macro]:
    """Return the macros by name."""
    found = {}
    for statement in macros():
        [(name, listed, body)] = MACRO.findall(statement)
        parameters: dict[str, exp.Expr | None] = {}
        for parameter in listed.split(","):
            of, _, default = parameter.partition(":=")
            parameters[of.strip()] = sqlglot.parse_one(default, dialect="duckdb") if default else None
        found[name] = Macro(parameters, sqlglot.parse_one(body, dialect="duckdb"))
    return found


def _inlined(tree: exp.Expr) -> exp.Expr:
    """Return a tree with the expression of each macro in place of its calls."""
    return tree.transform(_expanded)


def _expanded(node: exp.Expr) -> exp.Expr:
    macro = _macros().get(node.name.lower()) if isinstance(node, exp.Anonymous) else None
    if not macro:
        return node
    given = dict(zip(macro.parameters, node.expressions, strict=False))
    return exp.paren(_inlined(_filled(macro.body, macro.parameters | given)), copy=False)


def _filled(template: exp.Expr, values: Mapping[str, exp.Expr | None]) -> exp.Expr:
    """Return a copy of an expression with values in place of the columns of their names."""

    def put(node: exp.Expr) -> exp.Expr:
        value = values.get(node.name) if isinstance(node, exp.Column) and not node.table else None
        return exp.paren(value) if value is not None else node

    return template.transform(put)


def _spark(template: str, **values: exp.Expr) -> exp.Expr:
    """Return an expression of Spark with values in place of the columns of their names."""
    return exp.paren(_filled(sqlglot.parse_one(template, dialect="spark"), values), copy=False)


def _converted(node: exp.Expr) -> exp.Expr:
    """Return an expression of DuckDB as one of Spark with the same result."""
    rule = RULES.get(node.name.lower() if isinstance(node, exp.Anonymous) else type(node))
    return rule(node) if rule else node


def _quotient(node: exp.Expr) -> exp.Expr:
    """Return a quotient, or a mean, of doubles: Spark divides decimals to a decimal of few places."""
    node.set("this", exp.cast(exp.paren(node.this), "double"))
    return node


def _list(node: exp.Expr) -> exp.Expr:
    """Return an aggregated list: null without rows, where Spark returns an empty list, and in its order."""
    aggregate = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(aggregate, exp.ArrayAgg) or isinstance(node.parent, exp.Filter):
        return node
    order = aggregate.this
    if not isinstance(order, exp.Order):
        return _spark("nullif(listed, array())", listed=node)
    if isinstance(order.this, exp.Distinct):
        aggregate.set("this", order.this)
        return _spark("nullif(array_sort(listed), array())", listed=node)
    keys = [exp.alias_(key.this, f"key_{number}") for number, key in enumerate(order.expressions)]
    aggregate.set("this", exp.Anonymous(this="struct", expressions=[*keys, exp.alias_(order.this, "item")]))
    return _spark("nullif(transform(array_sort(listed), pair -> pair.item), array())", listed=node)


def _sum_of_list(node: exp.Expr) -> exp.Expr:
    """Return the sum of the items that are not null; null without any."""
    template = "aggregate(nullif(array_compact(listed), array()), cast(0 as double), (total, item) -> total + item)"
    return _spark(template, listed=node.expressions[0])


def _log_gamma(node: exp.Expr) -> exp.Expr:
    """Return the logarithm of Euler's gamma function, exact to 14 digits for arguments from 1.

    Stirling's series (Abramowitz and Stegun 1964, 6.1.41) at the argument plus 10, and back by the recurrence.
    """
    below = " * ".join(f"(given + {step})" for step in range(STIRLING_FROM))
    template = STIRLING.replace("x", f"(given + {STIRLING_FROM})") + f" - ln({below})"
    return _spark(template, given=node.expressions[0])


@cache
def _accents() -> tuple[str, str]:
    """Return letters with accents, then accents alone; and the letters without accents, in the same order."""
    plain = {
        character: "".join(part for part in unicodedata.normalize("NFD", character) if not unicodedata.combining(part))
        for character in map(chr, range(128, sys.maxunicode))
        if unicodedata.normalize("NFD", character) != character or unicodedata.combining(character)
    }
    letters = {character: letter for character, letter in plain.items() if len(letter) == 1 and letter.isascii()}
    marks = [character for character, letter in plain.items() if not letter]
    return "".join([*letters, *marks]), "".join(letters.values())


def _without_accents(node: exp.Expr) -> exp.Expr:
    accented, plain = map(exp.Literal.string, _accents())
    return exp.Anonymous(this="translate", expressions=[node.expressions[0], accented, plain])


def _item(node: exp.Expr) -> exp.Expr:
    """Return an item of a list, null beyond its end, which is an error in Spark; `get` counts from 0."""
    [index] = node.expressions
    counted = index if isinstance(index, exp.Literal) else exp.paren(index) - 1
    return exp.Anonymous(this="get", expressions=[node.this, counted])


def _joined_lists(node: exp.Expr) -> exp.Expr:
    """Return lists as one; a null list is empty."""
    lists = [_spark("coalesce(listed, array())", listed=listed) for listed in (node.this, *node.expressions)]
    return exp.Anonymous(this="concat", expressions=lists)


def _distinct(node: exp.Expr) -> exp.Expr:
    """Return a list without repeats and nulls."""
    return _spark("array_compact(array_distinct(listed))", listed=node.this)


def _replaced(node: exp.Expr) -> exp.Expr:
    """Return a replacement in Java's notation of groups."""
    node.args["replacement"].set("this", re.sub(r"\\(\d)", r"$\1", node.args["replacement"].name))
    return node


RULES: dict[str | type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.Div: _quotient,
    exp.Avg: _quotient,
    exp.ArrayAgg: _list,
    exp.Filter: _list,
    exp.Bracket: _item,
    exp.ArrayConcat: _joined_lists,
    exp.ArrayDistinct: _distinct,
    exp.RegexpReplace: _replaced,
    "list_sum": _sum_of_list,
    "lgamma": _log_gamma,
    "strip_accents": _without_accents,
}

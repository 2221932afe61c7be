"""Rules on queries: each is one portable select of catalogued tables and returns the catalogued columns."""

import ast
import gc
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from assets.consistency import Gap
from warehouse import catalogue
from warehouse.catalogue import SCHEMAS, Reason, Table, indicators, metrics, place_of, reasons, tables
from warehouse.errors import ContractBroken
from warehouse.lineage import SQL_ROOT, first_comment, queries, reads
from warehouse.spark.translation import untranslatable
from warehouse.storage.duckdb_connection import connect
from warehouse.storage.home import PROJECT
from warehouse.storage.landing import REFERENCE
from warehouse.storage.table_store import keep_types, macros, quoted

# The text in a query that is generated from the catalogue.
GENERATED = "`make docs` makes this file"
LAYERS = {"staging": 0, "meta": 0, "core": 1, "metrics": 2, "marts": 3, "exports": 4}
PACKAGES = ("assets", "warehouse", "orchestration")
# Expressions that match parts of a text, which queries must not use on the id of a metric.
PATTERNS = (
    exp.Like,
    exp.ILike,
    exp.SimilarTo,
    exp.RegexpLike,
    exp.RegexpExtract,
    exp.RegexpReplace,
    exp.Replace,
    exp.StartsWith,
    exp.EndsWith,
    exp.Contains,
    exp.SplitPart,
    exp.Split,
    exp.Substring,
    exp.Left,
    exp.Right,
    exp.StrPosition,
    exp.Length,
    exp.Bracket,
)
# The beginning of a metric id that a query composes: 'eq_ci_' || series.
BUILT_ID = re.compile(r"'(\w+_)'\s*\|\|")


def selects() -> list[Path]:
    """Return the files of queries, without macros."""
    return sorted(path for path in SQL_ROOT.rglob("*.sql") if path.parent.name != "macros")


def query_is_portable() -> Iterator[Gap]:
    """Find queries that are not one select in the portable subset of SQL."""
    for path in selects():
        for problem in unportable(path.read_text("utf-8")):
            yield Gap(path, problem, "Write one select in the subset that docs/decisions describes.")


def query_runs_on_spark() -> Iterator[Gap]:
    """Find queries of tables that Spark cannot run, or would answer differently."""
    for path in queries().values():
        for problem in untranslatable(path.read_text("utf-8")):
            yield Gap(path, problem, "Write it with functions that other queries use, or add a translation.")


def unportable(query: str) -> list[str]:
    """Return the constructs of a query that are outside the portable subset."""
    try:
        statements = [tree for tree in sqlglot.parse(query, dialect="duckdb") if tree]
    except sqlglot.errors.ParseError as error:
        return [f"not SQL: {error.errors[0]['description']}, line {error.errors[0]['line']}"]
    if len(statements) != 1 or not isinstance(statements[0], exp.Select | exp.SetOperation):
        return [f"{len(statements)} statements, expected one select"]
    tree = statements[0]
    groups = list(tree.find_all(exp.Group))
    found = {
        f"{name.__name__.lower()} is outside the subset": any(tree.find_all(name))
        for name in (exp.Pivot, exp.Lambda, exp.Qualify)
    }
    found |= {
        "select * hides what a query yields": bool(hiding_stars(tree)),
        "group by all is silently wrong elsewhere": any(group.args.get("all") for group in groups),
        "group by a position": any(isinstance(item, exp.Literal) for group in groups for item in group.expressions),
        "a percentile within a group becomes an approximation elsewhere": any(
            isinstance(within.this, exp.PercentileCont) for within in tree.find_all(exp.WithinGroup)
        ),
        "asof join": any(join.args.get("method") == "ASOF" for join in tree.find_all(exp.Join)),
        "a metric id is matched by a pattern; use a column of core.dim_metric or the breakdown": bool(
            id_patterns(tree)
        ),
    }
    return [problem for problem, is_so in found.items() if is_so]


def hiding_stars(tree: exp.Expression) -> list[exp.Star]:
    """Return the stars of a query that hide what it returns.

    `count(*)` does not. Neither does a star over a common table expression of the query, or over whole tables of a
    union, if every branch of the union has the same columns in the same order.
    """
    parts = {part.alias: part.this for part in tree.find_all(exp.CTE)}
    hiding = []
    for star in tree.find_all(exp.Star):
        if isinstance(star.parent, exp.Count):
            continue
        top: exp.Expression | None = star.find_ancestor(exp.Select)
        while top and isinstance(top.parent, exp.SetOperation):
            top = top.parent
        names = {_columns(branch, parts) for branch in _branches(top)}
        if len(names) != 1 or None in names or (isinstance(top, exp.Select) and _whole_table(top)):
            hiding.append(star)
    return hiding


def _branches(query: exp.Expression | None) -> list[exp.Select]:
    """Return the selects of a union, or the one select."""
    if isinstance(query, exp.SetOperation):
        return [*_branches(query.this), *_branches(query.expression)]
    return [query] if isinstance(query, exp.Select) else []


def _columns(select: exp.Select, parts: dict[str, exp.Expression]) -> tuple[str, ...] | None:
    """Return the names of the columns of a select, or None if it has a star over anything that may have more columns.

    `parts` are the common table expressions of the query, by name.
    """
    if whole := _whole_table(select):
        return whole
    names: list[str] = []
    for item in select.expressions:
        if not item.is_star:
            names.append(item.output_name)
            continue
        of = item.text("table")
        read = [table for table in _sources(select) if of in ("", table.alias_or_name)]
        first = _branches(parts.get(read[0].name)) if len(read) == 1 and not read[0].text("db") else []
        taken = _columns(first[0], parts) if first else None
        if taken is None:
            return None
        names += taken
    return tuple(names)


def _whole_table(select: exp.Select) -> tuple[str, ...] | None:
    """Return the columns of the one catalogued table that a select takes whole, or None for any other select."""
    sources = _sources(select)
    if [type(item) for item in select.expressions] != [exp.Star] or len(sources) != 1:
        return None
    if any(select.args.get(part) for part in ("distinct", "group", "laterals")):
        return None
    table = tables().get(f"{sources[0].text('db')}.{sources[0].name}")
    return tuple(column.name for column in table.columns) if table else None


def _sources(select: exp.Select) -> list[exp.Expression]:
    """Return what a select reads from and joins."""
    first = select.args.get("from_")
    return [read.this for read in ([first] if first else []) + (select.args.get("joins") or [])]


def id_patterns(tree: exp.Expression) -> list[str]:
    """Return the conditions and functions of a query that match parts of a metric id."""
    return [
        node.sql("duckdb")
        for node in tree.find_all(*PATTERNS)
        if any(column.name.endswith("metric_id") for column in node.find_all(exp.Column))
    ]


def query_reads_its_layer() -> Iterator[Gap]:
    """Find queries that read a table that is not in the catalogue, or one of a layer above their own."""
    for path in selects():
        layer, *_ = path.relative_to(SQL_ROOT).parts
        for name in reads(path.read_text("utf-8")):
            if name not in tables():
                yield Gap(path, f"reads {name}, which is not catalogued", f"Describe it in {_entry(name)}.")
            elif LAYERS.get(layer, len(LAYERS)) < LAYERS[name.split(".")[0]]:
                yield Gap(path, f"reads {name} of a layer above {layer}", "Move the query to that layer.")


def query_and_table_are_a_pair() -> Iterator[Gap]:
    """Find queries and rules of tables that are not in the catalogue, and rules without a sentence."""
    for name, path in queries().items():
        if name not in tables():
            yield Gap(path, f"{name} is not catalogued", f"Describe it in {_entry(name)}.")
    for path in sorted((SQL_ROOT / "checks").rglob("*.sql")):
        name = ".".join(path.parent.relative_to(SQL_ROOT / "checks").parts)
        if name not in tables():
            yield Gap(path, f"{name} is not catalogued", "Put the rule in the folder of a table, schema/table.")
        if not first_comment(path.read_text("utf-8")):
            yield Gap(
                path,
                "the rule has no sentence",
                "Begin the file with a comment: -- and one sentence that says the rule.",
            )


def query_gives_the_columns() -> Iterator[Gap]:
    """Find queries that cannot be bound to the tables of the catalogue, or return other columns.

    Exports may also read tables of their own.
    """
    with closing(connect()) as database:
        for schema in SCHEMAS:
            database.execute(f"create schema {schema}")
        for table in tables().values():
            columns = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
            database.execute(f"create table {table.name} ({columns})")
        for statement in macros():
            database.execute(statement)
        made = {path: tables().get(name) for name, path in queries().items()}
        for path in selects():
            if "exports" not in path.parts and (problem := _unbound(database, path, made.get(path))):
                yield Gap(path, *problem)


def _unbound(database: duckdb.DuckDBPyConnection, path: Path, table: Table | None) -> tuple[str, str] | None:
    query = path.read_text("utf-8")
    fix = "Run make docs, which writes it." if GENERATED in query else "Correct the query, or the entry of its table."
    try:
        described = database.execute(f"describe {query}").fetchall()
        if table:
            keep_types(table, {name: kind for name, kind, *_ in described})
    except duckdb.Error as error:
        return "; ".join(str(error).splitlines()[:2]), fix
    except ContractBroken as error:
        return str(error), fix
    return None


def _entry(name: str) -> str:
    return f"warehouse/catalogue/tables/{name}.yaml"


def metric_has_a_query() -> Iterator[Gap]:
    """Find metrics with a source for which no query and no module computes values.

    Values have the id, complete or composed from its beginning, in `sql/metrics` or `assets`; or the id of the metric
    that a wording of the catalogue names; or the kind of a framework record.
    """
    texts = [path.read_text("utf-8") for path in (SQL_ROOT / "metrics").rglob("*.sql")]
    written = set(re.findall(r"'(\w+)'", " ".join(texts)))
    written |= {name for path in modules() for name in re.findall(r'"(\w+)"', path.read_text("utf-8"))}
    written |= framework_ids()
    begun = tuple(begin for text in texts for begin in BUILT_ID.findall(text) if not begin.startswith("_"))
    fed = {wording.metric_id for indicator in catalogue.indicators().values() for wording in indicator.wordings}
    for metric in metrics().values():
        if metric.has_source and metric.id not in written | fed and not metric.id.startswith(begun):
            path, line = place_of(metric)
            fix = "Compute its rows in sql/metrics, name it in a wording of indicators.yaml, or set has_source: false."
            yield Gap(path, f"no query computes values of {metric.id}", fix, line)


def metrics_reach_the_values() -> Iterator[Gap]:
    """Find queries with the columns of `metrics.population` that the tables of all values do not read."""
    shape = {column.name for column in tables()["metrics.population"].columns}
    union = queries()["metrics.locality_value"]
    read = {name for path in queries().values() if "metrics" in path.parts for name in reads(path.read_text("utf-8"))}
    for name, path in queries().items():
        if name in tables() and {column.name for column in tables()[name].columns} == shape and name not in read:
            fix = f"Add a branch for {name} to {union.relative_to(PROJECT)}."
            yield Gap(path, f"{name} has values of metrics, but metrics.metric_value does not read it", fix)


def framework_ids() -> set[str]:
    """Return the ids of the framework records, each of which is a metric."""
    return {line.split(",")[0] for line in (REFERENCE / "frameworks.csv").read_text("utf-8").splitlines()[1:]}


def modules() -> list[Path]:
    """Return the modules of the three packages."""
    return sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))


def reason_is_catalogued() -> Iterator[Gap]:
    """Find reasons that are not in the catalogue, have a wrong number of arguments, or are never used."""
    given = [*given_by_queries(), *given_by_python(), *given_by_wordings()]
    for path, code, count in given:
        known = reasons().get(code)
        if known is None:
            yield Gap(path, f"the reason {code!r} is not in reasons.yaml", "Describe it there, in both languages.")
        elif arguments_n(known) != count:
            told = f"the reason {code!r} has {count} arguments, and {arguments_n(known)} in reasons.yaml"
            yield Gap(path, told, "Use the arguments of the entry, in their order.")
    used = {code for _, code, _ in given} | {metric.missing_reason for metric in metrics().values()}
    for reason in reasons().values():
        if reason.id not in used:
            path, line = place_of(reason)
            yield Gap(path, f"no query or module gives the reason {reason.id!r}", "Use it, or remove it.", line)


def arguments_n(reason: Reason) -> int:
    """Return how many arguments follow the code of a reason."""
    return sum(kind != "reasons" for kind in reason.arguments.values())


def given_by_queries() -> list[tuple[Path, str, int]]:
    """Return (file, code, number of arguments) of each reason in queries."""
    return [
        (path, call.expressions[0].this, len(call.expressions) - 1)
        for path in selects()
        if "reason(" in (text := path.read_text("utf-8"))
        for call in sqlglot.parse_one(text, dialect="duckdb").find_all(exp.Anonymous)
        if call.name == "reason"
    ]


def given_by_wordings() -> list[tuple[Path, str, int]]:
    """Return (file, code, number of arguments) of each reason in the wordings of survey indicators."""
    return [
        (place_of(indicator)[0], wording.caution, 0)
        for indicator in indicators().values()
        for wording in indicator.wordings
        if wording.caution
    ]


def given_by_python() -> list[tuple[Path, str, int]]:
    """Return (file, code, number of arguments) of each reason in modules."""
    return [
        (path, call.args[0].value, len(call.args) - 1)
        for path in modules()
        if "coded(" in path.read_text("utf-8")
        for call in ast.walk(tree_of(path))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == "coded"
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    ]


def tree_of(path: Path) -> ast.Module:
    """Return the syntax tree of a module.

    Garbage collection is paused: in CPython 3.11 a finaliser that runs during parsing may change the parser's recursion
    depth, which raises `SystemError`.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(path.read_text("utf-8"))
    finally:
        if was_enabled:
            gc.enable()


RULES = (
    query_is_portable,
    query_runs_on_spark,
    query_reads_its_layer,
    query_and_table_are_a_pair,
    query_gives_the_columns,
    metric_has_a_query,
    metrics_reach_the_values,
    reason_is_catalogued,
)

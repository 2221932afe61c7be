"""The tables with their columns, the fields and patterns that they share, and the tables of an edition."""

import datetime as dt
import re
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import ValidationInfo, field_validator, model_validator

from warehouse.catalogue import files
from warehouse.catalogue.files import Entry
from warehouse.catalogue.lists import listed_unit, units
from warehouse.catalogue.metric_entries import Metric, profile_metrics
from warehouse.catalogue.practice_codebook import codebook

SCHEMAS = ("staging", "core", "metrics", "marts", "meta")
Tier = Literal["public", "detail", "internal"]
TIERS: tuple[Tier, ...] = get_args(Tier)
ColumnType = Literal["VARCHAR", "BOOLEAN", "INTEGER", "BIGINT", "DOUBLE", "DATE", "TIMESTAMP", "VARCHAR[]"]


Bound = int | float | dt.date | None
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


class Column(Entry):
    """A column of a table: name, DuckDB type, description, unit, and whether it can be null.

    In a file that is staged, a value is one of `values` or matches `pattern` (which comes first; a regular expression
    that begins with `^`, or a name of `patterns`), and is from `min` to `max`, by default those of the unit.
    """

    name: str
    type: ColumnType
    description: str
    unit: str = ""
    values: tuple[str, ...] = ()
    nullable: bool = False
    pattern: str = ""
    min: Bound = None
    max: Bound = None

    @field_validator("unit")
    @classmethod
    def _is_listed(cls, unit: str, given: ValidationInfo) -> str:
        """Raise `ValueError` for a unit that is not in `units.yaml`."""
        return unit if given.context else unit and listed_unit(unit)

    @property
    def said_unit(self) -> str:
        """The unit as a sentence; empty if the column has none."""
        return f"Unit: {units()[self.unit].said}." if self.unit else ""


class Rule(Entry):
    """A rule on the rows of a file that is staged: `holds` is true or null for a row that keeps it, in SQL of Polars.

    `{name}` in it is replaced by a pattern of `patterns`. `says` is the rule as a sentence: a user reads its first one
    who lands a file that breaks the rule.
    """

    name: str
    says: str
    holds: str


class Table(Entry):
    """A table: `grain` completes "one row per"; `key` is unique and never null.

    `joined` lists the tables that it joins, each with the join columns (`joins.yaml`).

    `tier` is the audience: `public` tables are for a first analysis, `detail` tables for tracing or recomputing a
    value, and `internal` tables, such as all staging tables, stay in the table store and are in no edition. A table
    that is `only_with` an option of a build is in an edition only if that option is on. `empty_when` completes "Has no
    rows" for a table of an edition that can be empty.

    `not_given` lists the columns of a shared contract that its query does not give; they are null in every row.
    `volatile` lists the columns that identify the build or the files of a row, or the state of pulls. They change with
    every build. A query depends on them only if it names one (or selects `*`), and a change of these columns alone does
    not make a new edition.

    `rules` are those of the rows of a file that is staged, beside those of its columns. A key is unique in a file.
    """

    name: str
    tier: Tier
    grain: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    caveats: tuple[str, ...] = ()
    only_with: Literal["composite"] | None = None
    empty_when: str = ""
    not_given: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @model_validator(mode="after")
    def _rules_have_names(self) -> "Table":
        """Raise `ValueError` for rules of one name, and for a rule with the name of a column."""
        names = [rule.name for rule in self.rules] + [column.name for column in self.columns]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"columns and rules need different names; more than once: {', '.join(twice)}")
        return self

    @property
    def schema_name(self) -> str:
        """The schema: the part before the dot."""
        return self.name.split(".")[0]

    @property
    def short_name(self) -> str:
        """The name without schema: the part after the dot."""
        return self.name.split(".")[1]

    @property
    def contract(self) -> str:
        """The part of the entry that decides which rows the table has, as text."""
        used = {"name", "type", "nullable"}
        if self.schema_name == "staging":
            used |= {"pattern", "values", "min", "max"}
        columns = [column.model_dump_json(include=used) for column in self.columns]
        rules = [f"{rule.name} {rule.holds}" for rule in self.rules]
        return "\n".join([self.name, *columns, *rules, *self.key, *self.not_given, *self.volatile])

    @property
    def of_a_file(self) -> tuple[Column, ...]:
        """The columns that a file gives, the number of the row first; staging adds the others."""
        given = [column for column in self.columns if column.name not in {"source_id", "file_sha256"}]
        return tuple(sorted(given, key=lambda column: column.name != "source_row"))

    @property
    def is_in_edition(self) -> bool:
        """Whether an edition contains the table, given that the option in `only_with` is on."""
        return self.tier != "internal"

    @property
    def summary(self) -> str:
        """Tier, grain, description, notes and joins as one text."""
        said = f"{self.tier.capitalize()}. One row per {self.grain}. {self.description}"
        return " ".join(filter(None, [said, *self.notes, self.joins]))

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes, and when the table has no rows or is in no edition."""
        option = f"Only in an edition if the {self.only_with} is turned on." if self.only_with else ""
        empty = f"Has no rows {self.empty_when}." if self.empty_when else ""
        return tuple(filter(None, (*self.caveats, option, empty)))

    @property
    def joins(self) -> str:
        """How to join the table with others of the edition; empty for a staging table."""
        if not self.is_in_edition:
            return ""
        joined = "; ".join(f"{', '.join(columns)} to {name}" for name, columns in self.joined)
        return f"Joins: {joined or 'no other table'}."


@files.cached
def fields() -> dict[str, dict[str, Any]]:
    """Return the shared column descriptions by column name."""
    found: dict[str, dict[str, Any]] = files.read(files.ROOT / "fields.yaml")
    return found


@files.cached
def patterns() -> dict[str, str]:
    """Return the regular expressions that columns share by name, with `codebook.<axis>` of each axis of a practice."""
    found: dict[str, str] = files.read(files.ROOT / "patterns.yaml")
    return found | {f"codebook.{axis.id}": axis.pattern for axis in codebook().values()}


@files.cached
def tables() -> dict[str, Table]:
    """Return the tables by `schema.table`; file name and name must agree, and keys must be columns."""
    loaded = {path: files.read(path) for path in sorted((files.ROOT / "tables").glob("*.yaml"))}
    names = {path.stem for path in loaded}
    raw = {path: item for path, item in loaded.items() if _has_table(path, item, names)}
    by_name = {item["name"]: item for item in raw.values()}
    found: dict[str, Table] = {}
    for path, item in raw.items():
        if path.stem != item["name"] or item["name"].split(".")[0] not in SCHEMAS:
            files.refuse(
                path, 1, f"the file of {item['name']!r} must be called {item['name']}.yaml, of {files.listed(SCHEMAS)}"
            )
        table = files.validated(path, Table, _table(path, item, by_name))
        if table is None:
            continue
        if table.schema_name == "staging" and table.is_in_edition:
            files.refuse(path, 1, f"a table of staging has the tier internal, not {table.tier}")
        found[table.name] = table
    keys = {name: found[name].key for name in files.read(files.ROOT / "joins.yaml") if name in found}
    return {
        name: table.model_copy(
            update={
                "joined": tuple(
                    (other, key)
                    for other, key in keys.items()
                    if other != name and {column.name for column in table.columns}.issuperset(key)
                )
            }
        )
        for name, table in found.items()
    }


def _has_table(path: Path, item: Any, names: set[str]) -> bool:
    """Return whether a file has the keys of a table, including those of the model named in `like`."""
    missing = {"name", "key", "columns"} - ({*item, *(("key", "columns") if "like" in item else ())} if item else set())
    if missing:
        files.refuse(path, 1, f"a table must have {', '.join(sorted(missing))}")
        return False
    if is_lost := item.get("like", path.stem) not in names:
        files.refuse(path, 1, f"like must name a table, got {item['like']!r}; {files.listed(names, item['like'])}")
    return not is_lost


def edition_tables(*, composite: bool) -> tuple[Table, ...]:
    """Return the tables of an edition, sorted by tier and name."""
    held = [table for table in tables().values() if table.is_in_edition and (composite or not table.only_with)]
    return tuple(sorted(held, key=lambda table: (TIERS.index(table.tier), table.name)))


def _table(path: Path, item: dict[str, Any], by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the entry of a table with shared fields filled in, and `like` and `has_profile_metrics` resolved."""
    item = dict(item)
    if model := item.pop("like", None):
        item = {name: by_name[model][name] for name in ("key", "nullable", "columns") if name in by_name[model]} | item
    nullable = set(item.pop("nullable", []))
    columns: list[dict[str, Any]] = [
        {"name": entry} if isinstance(entry, str) else dict(entry) for entry in item["columns"]
    ]
    if item.pop("has_profile_metrics", False):
        nullable |= {metric.id for metric in profile_metrics()}
        columns += [column for metric in profile_metrics() for column in _profile_columns(metric)]
    names = [column["name"] for column in columns]
    if lost := {*item.get("volatile", [])} - set(names):
        files.refuse(path, 1, f"volatile must name columns: {sorted(lost)}")
    unknown = (nullable | set(item["key"])) - set(names)
    if unknown or nullable & set(item["key"]):
        files.refuse(path, 1, f"key and nullable must name columns, and a key is never null: {sorted(unknown)}")
    if lost := set(item.get("not_given", [])) - nullable:
        files.refuse(path, 1, f"not_given must name columns that may be null: {sorted(lost)}")
    for column in columns:
        shared = fields().get(column["name"], {})
        if "type" not in column and not shared:
            files.refuse(path, 1, f"column {column['name']!r} has no type here and none in fields.yaml")
            column |= {"type": "VARCHAR", "description": ""}
        column.update({key: value for key, value in shared.items() if key not in column})
        column["nullable"] = column["name"] in nullable
        column["pattern"] = _pattern(path, column.get("pattern", ""))
        if unit := units().get(column.get("unit", "")):
            column.setdefault("min", unit.min)
            column.setdefault("max", unit.max)
    rules = [
        rule | {"holds": PLACEHOLDER.sub(lambda match: _quoted(_pattern(path, match[1])), rule.get("holds", ""))}
        for rule in item.get("rules", [])
    ]
    return item | {"columns": columns, "rules": rules}


def _pattern(path: Path, name: str) -> str:
    """Return a pattern by its name; a regular expression is returned as it is."""
    if name and not name.startswith("^") and name not in patterns():
        files.refuse(path, 1, f"{name} must name a pattern, or begin with ^; {files.listed(patterns(), name)}")
    return patterns().get(name, name)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _profile_columns(metric: Metric) -> list[dict[str, Any]]:
    """Return the columns of a metric in the profile: its value and its state."""
    state = fields()["state"]
    return [
        {"name": metric.id, "type": "DOUBLE", "description": f"{metric.name}.", "unit": metric.unit},
        {
            "name": f"{metric.id}_state",
            "type": state["type"],
            "description": f"State of {metric.id}; metrics.headline_value says why, with interval and period.",
            "values": state["values"],
        },
    ]

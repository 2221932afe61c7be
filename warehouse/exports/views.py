"""Views of an edition with readable names: the schema `en` in English, `cy` in Welsh.

Each view is a query of `sql/views` over the published tables. `warehouse/catalogue/views.yaml` has the names of views
and columns; the texts for coded values are there or in the messages of the report. A column `x` and its twin `x_cy`
become one column in two languages: in Welsh the twin, or the English text if there is none.
"""

from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from warehouse.catalogue import ROOT, Entry, fields, tables, units
from warehouse.column_lineage import column_sources
from warehouse.errors import BadRecord
from warehouse.i18n import text
from warehouse.lineage import SQL_ROOT, reads
from warehouse.storage.table_store import literal, quoted
from warehouse.yaml_loader import YAML_LOADER

FILE = ROOT / "views.yaml"
Language = Literal["en", "cy"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
TWIN = "_cy"
UNREVIEWED: dict[Language, str] = {"en": "", "cy": " Nid oes darllenydd Cymraeg wedi adolygu'r enwau hyn eto."}


class Words(Entry):
    """A text in both languages."""

    en: str
    cy: str

    def in_language(self, language: Language) -> str:
        """Return the text in a language."""
        return self.cy if language == "cy" else self.en


class View(Entry):
    """A view: its audience, name and description."""

    tier: Literal["public", "detail"]
    name: Words
    description: Words


class Views(Entry):
    """The file of views, with column names and texts for coded values."""

    is_cy_reviewed: bool
    views: dict[str, View]
    columns: dict[str, Words]
    messages: dict[str, str]
    values: dict[str, dict[str, Words]]

    def words(self, column: str) -> dict[str, Words]:
        """Return the texts for the values of a coded column, by value; empty if the values are not translated."""
        if column == "unit":
            return {unit.id: Words(en=unit.label("en"), cy=unit.label("cy")) for unit in units().values()}
        if column not in self.messages:
            return self.values.get(column, {})
        en, cy = (text(language).messages for language in LANGUAGES)
        part = f"{self.messages[column]}."
        return {key.removeprefix(part): Words(en=en[key], cy=cy[key]) for key in en if key.startswith(part)}


@cache
def catalogue() -> Views:
    """Return the views; every view has a query, and every column of a query has a name."""
    found = Views.model_validate(yaml.load(FILE.read_text("utf-8"), YAML_LOADER))
    queries = {path.stem for path in (SQL_ROOT / "views").glob("*.sql")}
    if queries != found.views.keys():
        raise BadRecord(
            str(FILE),
            0,
            f"views without a query in sql/views, or queries without a view: {sorted(queries ^ found.views.keys())}",
        )
    if unnamed := {name for view in found.views for name in columns(view)} - found.columns.keys():
        raise BadRecord(str(FILE), 0, f"columns without a name in both languages: {sorted(unnamed)}")
    return found


def path(view: str) -> Path:
    """Return the file of a view's query."""
    return SQL_ROOT / "views" / f"{view}.sql"


def columns(view: str) -> dict[str, list[str]]:
    """Return the source `schema.table.column` of each column of a view, without twins."""
    found = column_sources(path(view).read_text("utf-8"))
    return {name: origins for name, origins in found.items() if name.removesuffix(TWIN) == name}


def statements(present: Collection[str]) -> Iterator[str]:
    """Yield the statements that create both schemas, with comments, and the views that read only these tables."""
    for language in LANGUAGES:
        yield f"create schema {language}"
        for view in catalogue().views:
            if set(reads(path(view).read_text("utf-8"))) <= set(present):
                yield from _create(view, language)


def _create(view: str, language: Language) -> Iterator[str]:
    said = catalogue()
    query = path(view).read_text("utf-8")
    twins = column_sources(query).keys()
    name = f"{language}.{quoted(said.views[view].name.in_language(language))}"
    labels = {column: said.columns[column].in_language(language) for column in columns(view)}
    selected = ", ".join(
        f"{_expression(column, language, column + TWIN in twins)} as {quoted(label)}"
        for column, label in labels.items()
    )
    yield f"create view {name} as select {selected} from ({query}) as source"
    tier = said.words("tier")[said.views[view].tier].in_language(language).capitalize()
    description = f"{tier}. {said.views[view].description.in_language(language)}"
    yield f"comment on view {name} is {literal(description + ('' if said.is_cy_reviewed else UNREVIEWED[language]))}"
    for column, label in labels.items():
        source = column + TWIN if language == "cy" and column + TWIN in twins else column
        yield f"comment on column {name}.{quoted(label)} is {literal(origin(view, source))}"


def _expression(column: str, language: Language, has_twin: bool) -> str:
    """Return the select expression of a column: the twin in Welsh, and texts for coded values."""
    plain = f"source.{quoted(column)}"
    if language == "cy" and has_twin:
        return f"coalesce(source.{quoted(column + TWIN)}, {plain})"
    words = catalogue().words(column)
    if not words:
        return plain
    cases = " ".join(f"when {literal(code)} then {literal(word.in_language(language))}" for code, word in words.items())
    return f"case {plain} {cases} else {plain} end"


def origin(view: str, column: str) -> str:
    """Return the description of a column of a view and its source column, from the catalogue."""
    origins = column_sources(path(view).read_text("utf-8"))[column]
    described = [
        f"{item.description} {item.said_unit}".strip()
        for source in origins[:1]
        for item in tables()[source.rpartition(".")[0]].columns
        if item.name == source.rpartition(".")[2]
    ] or [fields().get(column, {}).get("description", "")]
    return f"{described[0]} From {', '.join(origins)}."

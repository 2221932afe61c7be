"""What-if: computes the composite with other weights, missing-data rule or location rule, beside the published one.

Reads the current edition and writes to a folder whose name is a hash of edition, rules and code, so the same scenario
has the same result in the same folder. The gates apply as they do to an edition.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assets.build_identity import code_version
from assets.tables.catalogue_tables import composite_indicators
from warehouse.catalogue import composite, tables
from warehouse.editions.find import Edition
from warehouse.errors import BadRecord, InvalidSetting
from warehouse.lineage import queries, reads
from warehouse.query import connect, table_names
from warehouse.storage.atomic_files import scratch, temporary_folder
from warehouse.storage.home import Home
from warehouse.storage.table_store import Tables, empty
from warehouse.storage.workspace import Warehouse
from warehouse.yaml_loader import YAML_LOADER

INPUT, AWARDS, PUBLISHED = "metrics.composite_input", "metrics.composite_award", "metrics.composite"
INDICATORS = "core.dim_composite_indicator"
RULES_FILE, BESIDE = "rules.json", "metrics.beside_published"
# The columns that are compared with the published ones for every locality.
SHOWN = ["state", "state_reason", "cpc_score", "rank_median", "rank_lo", "rank_hi", "label", "band"]


Missing = Literal["two_thirds", "complete", "present", "median"]
Split = Literal["population", "equal", "recipient"]
Unallocated = Literal["none", "pro_rata"]


class Location(BaseModel):
    """How an award for several localities is split, and whether money without a locality is left out or spread."""

    model_config = ConfigDict(extra="forbid")
    split: Split = "population"
    unallocated: Unallocated = "none"


class Scenario(BaseModel):
    """The rules of a what-if; rules that are left out are as published."""

    model_config = ConfigDict(extra="forbid")
    weights: dict[str, Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]] = {}
    missing: Missing = "two_thirds"
    location: Location = Field(default_factory=Location)

    @model_validator(mode="after")
    def _is_of_pillars(self) -> "Scenario":
        """Refuse an unknown pillar, and weights that are all zero."""
        published = published_weights()
        if unknown := sorted(self.weights.keys() - published.keys()):
            raise ValueError(f"unknown pillar {unknown[0]!r}; use {', '.join(published)}")
        if not any((published | self.weights).values()):
            raise ValueError("all weights are zero; at least one must be above zero")
        return self

    def whole(self) -> "Scenario":
        """Return the scenario with a weight for every pillar."""
        return self.model_copy(update={"weights": published_weights() | self.weights})


def published_weights() -> dict[str, float]:
    """Return the weight of each pillar, by id, as published."""
    return {pillar.id: pillar.weight for pillar in composite().pillars}


def scenario_of(settings: Mapping[str, object]) -> Scenario:
    """Return the scenario of a run's configuration, with a weight for every pillar.

    Raises `InvalidSetting` with the field and the reason.
    """
    try:
        return Scenario.model_validate(settings).whole()
    except ValidationError as error:
        raise InvalidSetting(f"The configuration of the run: {_problem(error)[1]}.") from error


def read_scenario(path: Path) -> Scenario:
    """Return the scenario of a YAML file, with a weight for every pillar.

    Raises `BadRecord` with the file, the line and the reason.
    """
    lines: dict[tuple[str, ...], int] = {}
    try:
        text = path.read_text("utf-8")
        lines = dict(_lines(yaml.compose(text, YAML_LOADER)))
        return Scenario.model_validate(yaml.load(text, YAML_LOADER) or {}).whole()
    except ValidationError as error:
        place, reason = _problem(error)
        raise BadRecord(str(path), lines.get(place, 1), reason) from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadRecord(str(path), line, f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise BadRecord(str(path), 1, f"not YAML: {error}") from error
    except UnicodeDecodeError as error:
        raise BadRecord(str(path), 1, "not text in UTF-8") from error


def _problem(error: ValidationError) -> tuple[tuple[str, ...], str]:
    """Return the path of the first invalid field, and the problem."""
    problem = error.errors()[0]
    place = tuple(map(str, problem["loc"]))
    given = "" if isinstance(problem["input"], dict | list) else f", not {problem['input']!r}"
    reason = problem["msg"].removeprefix("Value error, ") + (given if place else "")
    return place, f"{'.'.join(place)}: {reason}" if place else reason


def _lines(node: yaml.Node | None, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield the path of each entry of nested mappings with its 1-based line."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                own = (*path, key.value)
                yield own, key.start_mark.line + 1
                yield from _lines(value, own)


@dataclass(frozen=True)
class ScenarioResult:
    """The result of a what-if: its folder, and one row for each nation."""

    path: Path
    edition_id: str
    scenario: Scenario
    nations: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON-ready values."""
        return {"path": str(self.path), "edition_id": self.edition_id} | {
            "rules": self.scenario.model_dump(),
            "nations": self.nations,
        }


def what_if(home: Home, edition: Edition, scenario: Scenario) -> ScenarioResult:
    """Compute the composite of an edition with other rules, write its tables as Parquet, and return the result.

    The inputs of the composite are read from the edition, or computed from its tables if it was built without the
    composite.
    """
    from assets.uncertainty.composite.calculation import Rules
    from assets.uncertainty.composite.gates import GATE, RESULT, CompositeInput, conditions, published_rules

    asked = scenario.whole()
    with contextlib.closing(connect(edition.path)) as database:
        if PUBLISHED in table_names(database):
            read = {name: pl.DataFrame(database.sql(f"from {name}")) for name in (INPUT, AWARDS, PUBLISHED)}
        else:
            read = _made_of(home, edition)
        (input_hash,) = database.sql("select input_hash from meta.build").fetchall()[0]
    source = CompositeInput(read[INPUT], read[AWARDS], input_hash)
    rules = Rules(asked.weights, asked.missing, asked.location.split, asked.location.unallocated)
    found = conditions(source, rules)
    published = read[PUBLISHED]
    if published.is_empty():
        published = conditions(source, published_rules(), runs=0)[RESULT]
    name = _name(edition, asked)
    path = home.root / "whatif" / name
    tried = found[RESULT].with_columns(
        title="What if, not published: " + pl.col("title"), method_version=pl.col("method_version") + f"+{name}"
    )
    _write(path, {**found, RESULT: tried, BESIDE: _beside(tried, published)}, asked)
    return ScenarioResult(path, edition.id, asked, _nations(found[RESULT], found[GATE], published))


def _made_of(home: Home, edition: Edition) -> dict[str, pl.DataFrame]:
    """Return the inputs of the composite, computed from the tables of an edition, and an empty published composite."""
    made = {name: queries()[name].read_text("utf-8") for name in (INPUT, AWARDS)}
    with temporary_folder("cpower-whatif-") as folder:
        store = Tables(Path(folder))
        store.replace(tables()[INDICATORS], composite_indicators(Warehouse(home)))
        for name in {name for query in made.values() for name in reads(query)} - {*made, INDICATORS}:
            path = store.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.symlink_to((edition.path / "parquet" / f"{name}.parquet").resolve())
        for name, query in made.items():
            store.build(tables()[name], query)
        return {name: store.read(name) for name in made} | {PUBLISHED: empty(tables()[PUBLISHED])}


def _name(edition: Edition, scenario: Scenario) -> str:
    return sha256(f"{edition.run_id} {code_version()} {scenario.model_dump_json()}".encode()).hexdigest()[:16]


def _beside(tried: pl.DataFrame, published: pl.DataFrame) -> pl.DataFrame:
    """Return one row for each locality, with its result by the rules of the scenario and as published."""
    as_published = published.select("locality_code", pl.col(SHOWN).name.suffix("_published"))
    return tried.select("locality_code", "nation", *SHOWN).join(
        as_published, on="locality_code", how="left", maintain_order="left"
    )


def _write(path: Path, found: Mapping[str, pl.DataFrame], scenario: Scenario) -> None:
    """Write all tables with rows, and the rules, to a folder in one atomic step."""
    with scratch(path) as temporary:
        temporary.mkdir()
        for name, rows in found.items():
            if not rows.is_empty():
                rows.write_parquet(temporary / f"{name.split('.')[1]}.parquet")
        rules = json.dumps(scenario.model_dump(), indent=2, sort_keys=True)
        (temporary / RULES_FILE).write_text(f"{rules}\n", "utf-8")
        shutil.rmtree(path, ignore_errors=True)
        temporary.rename(path)


def _nations(result: pl.DataFrame, gates: pl.DataFrame, published: pl.DataFrame) -> list[dict[str, Any]]:
    """Return, for each nation, the closed gates, the numbers of localities shown, and the mean shift of rank."""
    rows = []
    for (nation,), places in result.group_by(["nation"], maintain_order=True):
        own = gates.filter(pl.col("nation") == nation)
        both = places.join(published, on="locality_code", suffix="_published").drop_nulls("rank_median_published")
        shift = (both["rank_median"] - both["rank_median_published"]).abs().mean()
        closed = own.filter(~pl.col("is_open"))
        width = (places["rank_hi"] - places["rank_lo"] + 1).median()
        rows.append(
            {
                "nation": nation,
                "localities": places.height,
                "shown": int((places["state"] == "ok").sum()),
                "imputed": int(places["imputed_n"].sum()),
                "median_interval": width,
                "closed_gates": [f"{gate}: {what}" for gate, what in closed.select("gate", "found").iter_rows()],
                "published_shown": int(
                    published.filter((pl.col("nation") == nation) & (pl.col("state") == "ok")).height
                ),
                "mean_shift_of_rank": shift,
            }
        )
    return rows

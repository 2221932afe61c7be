"""Asset specs of sources and tables for the Dagster UI, from the catalogue.

The metadata of runs is in `assets.factories.run_metadata`. The asset list of the UI shows the first line of a
description without formatting, so that line is plain text, and Markdown follows. An asset's page sorts metadata by
name.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence

import dagster as dg

from assets.factories.previews import pictures
from warehouse.catalogue import Source, Table, sources
from warehouse.column_lineage import column_sources
from warehouse.errors import InvalidSetting
from warehouse.exports import described

OWNER_VARIABLE = "CPOWER_OWNER"
# What Dagster accepts as an owner: an email address or the name of a team.
OWNER = re.compile(r"team:\S+|[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}", re.ASCII)
NAMED_COLUMNS = 4


def owners() -> list[str]:
    """Return the owners of the assets, from the comma-separated `CPOWER_OWNER`; empty if it is not set.

    Raises `InvalidSetting` for an owner that is neither an email address nor `team:` with a name.
    """
    named = [name.strip() for name in os.environ.get(OWNER_VARIABLE, "").split(",") if name.strip()]
    if invalid := [name for name in named if not OWNER.fullmatch(name)]:
        raise InvalidSetting(
            f"{OWNER_VARIABLE} names {invalid[0]!r}; expected an email address or a team such as team:insight, "
            "several separated by commas."
        )
    return named


def table_spec(
    table: Table,
    *,
    reads: Iterable[str] = (),
    from_sources: Iterable[str] = (),
    kinds: Iterable[str],
    version: str,
    query: str = "",
) -> dg.AssetSpec:
    """Return the asset spec of a table, with the descriptions of the catalogue.

    `reads` are the tables and `from_sources` the sources that it reads. With the `query` of the table, the UI shows the
    query and the column lineage.
    """
    keys = [dg.AssetKey(name.split(".")) for name in reads] + [source_key(sources()[name]) for name in from_sources]
    keys.sort(key=lambda key: tuple(key.path))
    pages = {source_id: sources()[source_id].landing_page for source_id in from_sources}
    return dg.AssetSpec(
        key=dg.AssetKey(table.name.split(".")),
        deps=keys,
        group_name=table.schema_name,
        kinds=set(kinds),
        owners=owners(),
        description=description(table),
        code_version=version,
        tags={"tier": table.tier},
        metadata={
            "dagster/column_schema": column_schema(table, column_sources(query) if query else {}),
            "dagster/table_name": table.name,
            **({"query": code(query)} if query else {}),
            **{f"source page: {source_id}": dg.MetadataValue.url(page) for source_id, page in sorted(pages.items())},
        },
    )


def description(table: Table) -> str:
    """Return the description of a table: its grain and description as one line of plain text, then Markdown.

    The Markdown says where the rows are shown, and lists the notes and the joins of the table.
    """
    shown = "first rows and the picture" if table.name in pictures() else "first rows"
    runs = f"The tab Events shows the {shown} of each run."
    notes = "".join(f"\n- {note}" for note in filter(None, (*table.notes, table.joins)))
    return f"One row per {table.grain}. {table.description}\n\n{runs}" + (f"\n\nNote:\n{notes}" if notes else "")


def code(query: str) -> dg.MarkdownMetadataValue:
    """Return a query as Markdown for the UI."""
    return dg.MetadataValue.md(f"```sql\n{query.strip()}\n```")


def column_schema(table: Table, origins: Mapping[str, list[str]] | None = None) -> dg.TableSchema:
    """Return the columns of a table for the UI: description, unit, values, origins and constraints."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=column.type,
                description=" ".join(
                    [described(column), *([_from(found)] if (found := (origins or {}).get(column.name)) else [])]
                ),
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
            )
            for column in table.columns
        ]
    )


def _from(origins: list[str]) -> str:
    more = f" and {len(origins) - NAMED_COLUMNS} more" if len(origins) > NAMED_COLUMNS else ""
    return f"From {', '.join(origins[:NAMED_COLUMNS])}{more}."


def source_key(source: Source) -> dg.AssetKey:
    """Return the asset key of a source: `reference/<id>` or `landing/<id>`."""
    return dg.AssetKey(["reference" if source.file or source.package else "landing", source.id])


def _is_source(key: dg.AssetKey) -> bool:
    return key.path[-1] in sources() and key == source_key(sources()[key.path[-1]])


def source_spec(source: Source) -> dg.AssetSpec:
    """Return the asset spec of a source, the input of staging."""
    where = "Files of the project" if source.file else "A data package" if source.package else "Landed files"
    where += ", pulled from the publisher" if source.protocol else ""
    brought = source_key(source).path[0] == "landing" and not source.protocol
    return dg.AssetSpec(
        key=source_key(source),
        group_name=source_key(source).path[0],
        description=f"{source.title}. {where}; {source.attribution}"
        + (
            f"\n\n{source.by_hand} To land it, download the file and run `cpower land {source.id} FILE`."
            if brought
            else ""
        ),
        kinds={*source.formats[:2], *(["http"] if source.protocol else [])},
        owners=owners(),
        tags={"kind": source.kind, "cadence": source.cadence, "licence": source.licence},
        metadata={
            "publisher": source.publisher,
            "landing page": dg.MetadataValue.url(source.landing_page),
            "licence": source.licence,
            "cadence": source.cadence,
            **({"protocol": source.protocol} if source.protocol else {}),
        },
    )


Assets = Sequence[dg.AssetsDefinition | dg.AssetSpec]


def with_sources(assets: Assets) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return the assets, each with all sources that it depends on, and their kinds as tags."""
    parents = {
        key: asset.asset_deps[key] for asset in assets if isinstance(asset, dg.AssetsDefinition) for key in asset.keys
    }
    found: dict[dg.AssetKey, set[str]] = {}

    def behind(key: dg.AssetKey) -> set[str]:
        if key not in found:
            found[key] = {key.path[-1]} if _is_source(key) else set().union(*map(behind, parents.get(key, ())))
        return found[key]

    def traced(spec: dg.AssetSpec) -> dg.AssetSpec:
        read = [sources()[name] for name in sorted(behind(spec.key))]
        if _is_source(spec.key) or not read:
            return spec
        lines = "\n".join(f"- [{item.title}]({item.landing_page}): {item.publisher}, {item.licence}" for item in read)
        return spec.merge_attributes(
            metadata={"sources": dg.MetadataValue.md(lines)}, tags={item.kind: "" for item in read}
        )

    return [asset.map_asset_specs(traced) if isinstance(asset, dg.AssetsDefinition) else asset for asset in assets]

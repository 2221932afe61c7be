"""Metadata that the Dagster UI shows for each table of a run: number of rows, first rows and a preview chart."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

import dagster as dg
import polars as pl

from assets.factories.previews import markdown, pictures
from warehouse.catalogue import Table
from warehouse.column_lineage import column_sources
from warehouse.storage.stamp import Stamp
from warehouse.storage.workspace import Warehouse

UNCHANGED = "unchanged"
FIRST_ROWS = "first rows"
HEAD_ROWS, FIRST_COLUMNS, FIRST_LETTERS = 5, 7, 200
NOTHING: Mapping[str, Any] = MappingProxyType({})


def materialized(
    warehouse: Warehouse,
    table: Table,
    stamp: Stamp,
    *,
    before: Stamp | None = None,
    query: str = "",
    more: Mapping[str, Any] = NOTHING,
) -> dg.MaterializeResult[None]:
    """Return the materialisation of a table with this stamp and its metadata.

    In this order, which the log of a run keeps: number of rows, first rows, preview chart if the table has one, `more`,
    whether the content is the same as `before`, the as-of date if it is not today, and the column lineage of the
    `query`.
    """
    head = pl.scan_parquet(warehouse.tables.path(table.name)).head(HEAD_ROWS).collect()
    metadata: dict[str, Any] = {"dagster/row_count": stamp.rows, **first_rows(head)}
    if table.name in pictures() and stamp.rows:
        metadata["picture"] = _picture(warehouse, table.name)
    metadata |= more
    metadata[UNCHANGED] = before is not None and before.content == stamp.content
    if warehouse.as_of:
        metadata["as-of date"] = warehouse.as_of.isoformat()
    if query:
        metadata["dagster/column_lineage"] = column_lineage(query)
    return dg.MaterializeResult(
        asset_key=table.name.split("."), metadata=metadata, data_version=dg.DataVersion(stamp.content)
    )


def first_rows(frame: pl.DataFrame) -> dict[str, dg.TableMetadataValue]:
    """Return the rows of a small frame as a table of the UI, under a name that says how many columns are left out.

    Only the first columns are shown, because the UI is narrow and the event log stores all metadata.
    """
    if frame.is_empty():
        return {}
    shown = frame.columns[:FIRST_COLUMNS]
    cut = f" ({len(shown)} of {frame.width} columns)" if frame.width > len(shown) else ""
    return {
        f"{FIRST_ROWS}{cut}": dg.MetadataValue.table(
            records=[
                dg.TableRecord({name: _cell(value) for name, value in row.items()})
                for row in frame.select(shown).iter_rows(named=True)
            ],
            schema=dg.TableSchema([dg.TableColumn(name, str(frame.schema[name])) for name in shown]),
        )
    }


def _cell(value: Any) -> str | int | float | bool | None:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list):
        return "; ".join(map(str, value))[:FIRST_LETTERS]
    return (value.isoformat() if isinstance(value, date | datetime) else str(value))[:FIRST_LETTERS]


def column_lineage(query: str) -> dg.TableColumnLineage:
    """Return the column lineage of a query: the columns of other assets that each column is computed from."""
    return dg.TableColumnLineage(
        {
            column: [
                dg.TableColumnDep(asset_key=dg.AssetKey(origin.split(".")[:2]), column_name=origin.split(".")[2])
                for origin in origins
            ]
            for column, origins in column_sources(query).items()
        }
    )


def _picture(warehouse: Warehouse, table: str) -> dg.MarkdownMetadataValue | str:
    try:
        return dg.MetadataValue.md(markdown(table, warehouse.tables))
    except ValueError as error:
        # A missing preview chart must not stop a build.
        return f"It could not be drawn: {error}"

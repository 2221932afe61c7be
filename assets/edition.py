"""Publishing: the last asset of the graph, which every table and every blocking check stands before."""

from collections.abc import Iterable

import dagster as dg
from pydantic import Field

from assets.factories.asset_specs import owners
from assets.factories.step_errors import explained
from warehouse.editions.publish import publish
from warehouse.storage.workspace import Warehouse

KEY = dg.AssetKey(["published", "edition"])


class Publish(dg.Config):
    """How to publish."""

    force: bool = Field(
        default=False,
        description="Publish an edition even where nothing has changed; off, there is no new one then.",
    )
    sign_off: str = Field(
        default="",
        description=(
            "Why an edition may be published in which more than a tenth of the localities move a band with no input "
            "change. The reason is published with it."
        ),
    )


def edition(deps: Iterable[str]) -> dg.AssetsDefinition:
    """Return the asset that publishes an edition of the tables named in `deps`."""

    @dg.asset(
        key=KEY,
        deps=[dg.AssetKey(name.split(".")) for name in sorted(deps)],
        group_name="published",
        kinds={"duckdb", "parquet", "csv"},
        owners=owners(),
        description=(
            "A complete, checked and immutable edition: a DuckDB file, the same tables as Parquet and CSV, a workbook, "
            "a data package and a report in two languages. Readers move to it in one atomic switch; where nothing "
            "changed, none is made. Its version tells what changed; where many localities move a band with no input "
            "change, it needs a sign-off."
        ),
    )
    @explained()
    def published(
        context: dg.AssetExecutionContext, config: Publish, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[None]:
        published_now = publish(warehouse, force=config.force, sign_off=config.sign_off)
        made = published_now.edition
        if not published_now.is_new:
            context.log.info(f"Nothing changed since {made.id}: no new edition.")
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": sum(made.tables.values()),
                "edition": made.id,
                "version": made.version,
                "why": "; ".join(made.version_why),
                "new": published_now.is_new,
                "tables": len(made.tables),
                "folder": dg.MetadataValue.path(str(made.path)),
                "report": dg.MetadataValue.path(str(made.path / "report" / "index.html")),
                "what changed": dg.MetadataValue.path(str(made.path / "CHANGES.md")),
            }
        )

    return published

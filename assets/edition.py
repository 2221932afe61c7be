"""The asset that publishes an edition: the last of the graph, downstream of all tables and blocking checks."""

from collections.abc import Iterable

import dagster as dg
from pydantic import Field

from assets.build_identity import is_of_now
from assets.factories.asset_specs import owners
from assets.factories.shared_steps import shared_tables
from assets.factories.step_errors import explained
from warehouse.editions.publish import publish
from warehouse.storage.workspace import Warehouse

KEY = dg.AssetKey(["published", "edition"])


class Publish(dg.Config):
    """How to publish."""

    force: bool = Field(
        default=False,
        description="Publish an edition even if nothing has changed. By default there is no new edition then.",
    )
    sign_off: str = Field(
        default="",
        description=(
            "The reason to publish an edition in which more than a tenth of the localities change band with no input "
            "change. It is published with the edition."
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
            "a data package and a report in two languages. Readers switch to it atomically; if nothing changed, no "
            "edition is made. Its version shows what kind of change it has; if many localities change band with no "
            "input change, it needs a sign-off."
        ),
    )
    @explained()
    def published(
        context: dg.AssetExecutionContext, config: Publish, warehouse: dg.ResourceParam[Warehouse]
    ) -> dg.MaterializeResult[None]:
        with shared_tables(context, warehouse):
            published_now = publish(
                warehouse,
                force=config.force,
                sign_off=config.sign_off,
                is_of_now=lambda run_id: is_of_now(warehouse, [run_id]),
            )
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

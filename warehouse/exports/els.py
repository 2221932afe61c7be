"""Writes `els.csv`: values in the columns of Explore Local Statistics of the Office for National Statistics.

It lists values and published statuses. If it has no row for a metric, an area and a period, no source has a value;
`metrics.metric_value` and `marts.coverage` have the state of every such gap.

The first twelve columns are those of the files behind https://www.ons.gov.uk/explore-local-statistics, so programs that
read these files can read `els.csv`. The other columns are our own. A period is an ISO 8601 start and duration. `status`
has the sign of `warehouse.exports.SYMBOLS`, `state` our own state. Unlike there, a value of low reliability is shown
beside its "u", and an interval that is not a 95 % confidence interval is in the notes, not in `lci_95` and `uci_95`.

Rows of nations and of the United Kingdom are included. A value for several areas together, such as money for Cornwall
and the Isles of Scilly, is not split: it has the code `unallocated` and a note.
"""

from pathlib import Path

import duckdb

from warehouse.catalogue import Column, units
from warehouse.exports import SYMBOLS, Content, csv, csvw
from warehouse.lineage import SQL_ROOT
from warehouse.storage.table_store import literal

FILE = "els.csv"
METADATA = f"{FILE}-metadata.json"
DESCRIPTION = (
    "All values and published statuses, in the columns of Explore Local Statistics. "
    "An empty observation is never zero. Its status and state give the reason. "
    "If a metric, an area and a period have no row, no source has a value for them; this does not mean zero."
)
VALUES = "metrics.metric_value"
# The listed rows of metrics.metric_value: with a value, suppressed, withheld, or of a source that has none.
LISTED = f"{VALUES} where value is not null or state in ('suppressed', 'withheld') or len(source_ids) > 0"
GEOGRAPHIES = ("Local Authority District", "Nation", "United Kingdom", "No single area")
KEY = ("areacd", "metric_id", "breakdown", "period")
COLUMNS = (
    Column(name="areacd", type="VARCHAR", description="GSS code of the area, or unallocated: in no single area."),
    Column(name="areanm", type="VARCHAR", description="Name of the area in English."),
    Column(name="geography", type="VARCHAR", description="Kind of area.", values=GEOGRAPHIES),
    Column(name="indicator", type="VARCHAR", description="Name of the metric and its breakdown in English."),
    Column(name="period", type="VARCHAR", description="First day and duration as an ISO 8601 interval."),
    Column(name="observation", type="DOUBLE", description="The value.", nullable=True),
    Column(name="measure", type="VARCHAR", description="Kind of value, such as Percentage."),
    Column(name="unit", type="VARCHAR", description="Unit of the value; see docs/units.md."),
    Column(name="lci_95", type="DOUBLE", description="Lower end of the 95 % confidence interval.", nullable=True),
    Column(name="uci_95", type="DOUBLE", description="Upper end of the 95 % confidence interval.", nullable=True),
    Column(
        name="status",
        type="VARCHAR",
        description="u: low reliability; c: not released by the publisher; x: not available; z: not applicable.",
        values=("u", "c", "x", "z"),
        nullable=True,
    ),
    Column(name="notes", type="VARCHAR", description="Reason for a missing value or interval.", nullable=True),
    Column(name="areanm_cy", type="VARCHAR", description="Name of the area in Welsh.", nullable=True),
    Column(
        name="label_cy",
        type="VARCHAR",
        description="Name of the metric and its breakdown in Welsh; core.dim_metric shows if it is reviewed.",
    ),
    Column(name="metric_id", type="VARCHAR", description="Metric; see core.dim_metric."),
    Column(
        name="breakdown",
        type="VARCHAR",
        description="Breakdown of the metric; all without one. See core.dim_breakdown.",
    ),
    Column(name="run_id", type="VARCHAR", description="Build that computed the value."),
    Column(
        name="coverage",
        type="DOUBLE",
        description="Share of the input that the value is based on, from 0 to 1; empty if not defined.",
        unit="share",
        nullable=True,
    ),
    Column(name="state", type="VARCHAR", description="State of the value.", values=tuple(SYMBOLS)),
)
QUERY = SQL_ROOT / "exports" / "els.sql"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `els.csv` and, for CSV on the Web, `els.csv-metadata.json`."""
    database.execute(f"create or replace temp view listed_value as from {LISTED}")
    _lend(database, "status_symbol", ("state", "symbol"), list(SYMBOLS.items()))
    printed: list[tuple[str, ...]] = [(unit.id, unit.kind, unit.label()) for unit in units().values()]
    _lend(database, "unit_measure", ("unit", "kind", "name"), printed)
    csv.copy(database, f"({QUERY.read_text('utf-8')})", COLUMNS, folder / FILE)
    metadata = {
        "@context": csvw.CONTEXT,
        "dc:title": "Community Power by locality, in the shape of Explore Local Statistics",
        "dc:hasVersion": content.version,
        **csvw.terms(content.licences, content.sources),
        "dialect": csvw.DIALECT,
        **csvw.described_table(FILE, DESCRIPTION, COLUMNS, KEY),
    }
    csvw.write_json(folder / METADATA, metadata)


def _lend(
    database: duckdb.DuckDBPyConnection, name: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    """Create a temporary table of texts for the query; it is not in the edition."""
    listed = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
    database.execute(f"create or replace temp table {name} as from (values {listed}) as rows ({', '.join(columns)})")

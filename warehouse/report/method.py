"""The page of method and sources, with all metrics, states and attributions, and the page of downloads."""

from typing import Any

from warehouse import query
from warehouse.catalogue import families, is_share_alike
from warehouse.i18n import Text
from warehouse.report.data import STATES, EditionData

REPEATED = ("edge_cases", "method_source")
FORMS = ("csv", "parquet")


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of the page of method and sources."""
    found: dict[str, list[dict[str, Any]]] = {}
    said: dict[tuple[str, str], str] = {}
    for metric in facts.metrics.values():
        first = {name: said.setdefault((name, metric[name]), metric["metric_id"]) for name in REPEATED}
        as_in = {name: metric_id for name, metric_id in first.items() if metric_id != metric["metric_id"]}
        found.setdefault(metric["family"], []).append(metric | {"as_in": as_in})
    licences = {source["licence_id"] for source in facts.sources.values()}
    # A source that is installed as a package has no landed file.
    packaged = {row["source_id"] for listed in facts.outward_codes.values() for row in listed}
    read = {*facts.files, *packaged}
    return {
        "families": {family: found[family] for family in families() if family in found},
        "states": STATES,
        "licences": sorted(licences),
        "share_alike": sorted(
            {
                (source_id, file["licence_id"])
                for source_id, listed in facts.files.items()
                for file in listed
                if is_share_alike(file["licence_id"])
            }
        ),
        "agreement": facts.agreement,
        "parts": facts.parts,
        "frameworks": facts.frameworks,
        "files": facts.files,
        "read": [source for source_id, source in facts.sources.items() if source_id in read],
        "unread": [source for source_id, source in facts.sources.items() if source_id not in read],
    }


def downloads(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of the downloads: files of the edition with their sizes, then tables by tier."""
    described = query.records(
        facts.database,
        "select distinct listed.table_name as name, listed.tier, held.comment from meta.dictionary as listed "
        "inner join duckdb_tables() as held on listed.table_name = held.schema_name || '.' || held.table_name "
        "where held.database_name = current_database() order by listed.tier desc, listed.table_name",
    )
    sizes = dict(facts.published)
    tables = [
        table | {form: sizes.get(f"{form}/{table['name']}.{form}") for form in FORMS}
        for table in described
        if f"csv/{table['name']}.csv" in sizes
    ]
    listed = {f"{form}/{table['name']}.{form}" for table in tables for form in FORMS}
    return {
        "files": [(name, size) for name, size in facts.published if name not in listed],
        "tables": tables,
        "forms": FORMS,
        "edition": facts.edition_id,
        "as_of": facts.as_of,
    }

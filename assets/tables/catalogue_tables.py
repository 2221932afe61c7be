"""Tables of the catalogue: sources, indicators, metrics, reasons and the data dictionary."""

from collections.abc import Iterable

import polars as pl

from assets.factories.python_tables import computed
from assets.ingest.code_version import version_of
from warehouse import catalogue
from warehouse.exports import views
from warehouse.storage.workspace import Warehouse

PRACTICE_AXES = ("primary_type", "mechanism", "evidence_grade")


def sources(_: Warehouse) -> pl.DataFrame:
    """Return the sources of the catalogue, one row each."""
    return pl.DataFrame(
        [
            {
                "source_id": source.id,
                "source_title": source.title,
                "publisher": source.publisher,
                "landing_page": source.landing_page,
                "address": source.address,
                "licence_id": source.licence,
                "attribution": source.attribution,
                "kind": source.kind,
                "cadence": source.cadence,
            }
            for source in catalogue.sources().values()
        ]
    )


def indicators(_: Warehouse) -> pl.DataFrame:
    """Return the survey indicators, one row for each wording."""
    return pl.DataFrame(
        [
            {
                "indicator_id": indicator.id,
                "indicator_name": indicator.name_en,
                "metric_id": wording.metric_id,
                "item_wording_id": wording.item_wording_id,
                "wording": wording.wording,
                "survey": wording.survey,
                "nation": wording.nation,
                "caution_code": wording.caution,
            }
            for indicator in catalogue.indicators().values()
            for wording in indicator.wordings
        ],
        infer_schema_length=None,
    )


def metrics(_: Warehouse) -> pl.DataFrame:
    """Return the metrics of the catalogue, one row each; the version is a hash of the entry without its reading."""
    readings = catalogue.readings()
    return pl.DataFrame(
        [
            {
                "metric_id": metric.id,
                "family": metric.family,
                "family_name": catalogue.families()[metric.family].en,
                "family_name_cy": catalogue.families()[metric.family].cy,
                "metric_name": metric.name,
                "metric_name_cy": metric.name_cy,
                "is_name_cy_reviewed": metric.is_name_cy_reviewed,
                "metric_reading": readings[metric.id].en,
                "metric_reading_cy": readings[metric.id].cy,
                "is_reading_cy_reviewed": readings[metric.id].is_cy_reviewed,
                "definition": metric.definition,
                "formula": metric.formula,
                "unit": metric.unit,
                "unit_name": catalogue.units()[metric.unit].label("en"),
                "unit_name_cy": catalogue.units()[metric.unit].label("cy"),
                "direction": metric.direction,
                "level": metric.level,
                "nations": list(metric.nations),
                "comparable_within": metric.comparable_within,
                "aggregation": metric.aggregation,
                "edge_cases": metric.edge_cases,
                "method_source": metric.method_source,
                "missing_reason": metric.missing_reason,
                "scope": metric.scope,
                "headline_rule": metric.headline,
                "is_in_profile": metric.is_in_profile,
                "is_of_other_metrics": metric.is_of_other_metrics,
                "has_source": metric.has_source,
                "breakdown_lists": ";".join(named.of for named in metric.breakdowns),
                "has_whole": metric.has_whole,
                "award_scope": metric.award_scope,
                "series": metric.series,
                "method_version": version_of(metric.model_dump_json()),
            }
            for metric in catalogue.metrics().values()
        ],
        infer_schema_length=None,
    )


def breakdowns(_: Warehouse) -> pl.DataFrame:
    """Return the parts for which metrics have values, and the total, one row each."""
    return pl.DataFrame(
        [
            {
                "breakdown": part.code,
                "breakdown_list": listed.id,
                "breakdown_position": position,
                "breakdown_name": part.name,
                "breakdown_name_cy": part.name_cy,
                "list_name": listed.name,
                "list_name_cy": listed.name_cy,
                "is_name_cy_reviewed": listed.is_name_cy_reviewed,
                "is_beyond_localities": part.is_beyond_localities,
            }
            for listed in catalogue.breakdowns().values()
            for position, part in enumerate(listed.values, start=1)
        ],
        schema_overrides={"breakdown_position": pl.Int32},
    )


def metric_breakdowns(_: Warehouse) -> pl.DataFrame:
    """Return the breakdowns of each metric, the total and its parts, one row each."""
    wholes = [(metric, catalogue.WHOLE, "whole", None) for metric in catalogue.metrics()]
    parts = [
        (metric.id, part.code, named.of, named.sums_to)
        for metric in catalogue.metrics().values()
        for named, part in metric.parts()
    ]
    columns = ["metric_id", "breakdown", "breakdown_list", "sums_to"]
    return pl.DataFrame(wholes + parts, schema=dict.fromkeys(columns, pl.String), orient="row")


def practice_codes(_: Warehouse) -> pl.DataFrame:
    """Return the names of the codes of practice records, one row for each axis and code."""
    return pl.DataFrame(
        [
            {"axis": axis, "code": code, "code_name": words.en, "code_name_cy": words.cy}
            for axis in PRACTICE_AXES
            for code, words in views.catalogue().words(axis).items()
        ]
    )


def reasons(_: Warehouse) -> pl.DataFrame:
    """Return the reasons, one row for each code, with its states, arguments and texts."""
    return pl.DataFrame(
        [
            {
                "reason_code": reason.id,
                "gap_state": reason.gap,
                "value_state": reason.with_value,
                "argument_names": list(reason.arguments),
                "argument_types": list(reason.arguments.values()),
                "reason_text": reason.en,
                "reason_text_cy": reason.cy,
                "is_text_cy_reviewed": reason.is_cy_reviewed,
            }
            for reason in catalogue.reasons().values()
        ],
        schema_overrides={"argument_names": pl.List(pl.String), "argument_types": pl.List(pl.String)},
        infer_schema_length=None,
    )


def composite_indicators(_: Warehouse) -> pl.DataFrame:
    """Return the indicators of the composite and the metrics that it is compared with, one row for each metric."""
    framework = catalogue.composite()
    made_of = [(pillar, metric) for pillar in framework.pillars for metric in pillar.indicators]
    return pl.DataFrame(
        [
            {
                "metric_id": metric,
                "role": "indicator",
                "pillar_id": pillar.id,
                "pillar_name": pillar.name,
                "pillar_weight": pillar.weight,
                "is_logged": metric in framework.logged,
            }
            for pillar, metric in made_of
        ]
        + [
            {
                "metric_id": metric,
                "role": "external",
                "pillar_id": None,
                "pillar_name": None,
                "pillar_weight": None,
                "is_logged": False,
            }
            for metric in framework.external
        ],
        infer_schema_length=None,
    )


def similarity_inputs(_: Warehouse) -> pl.DataFrame:
    """Return the inputs of the similarity of localities, one row for each metric, in order, with its weight."""
    return pl.DataFrame(
        [
            {
                "metric_id": item.id,
                "input_position": position,
                "aspect": item.aspect,
                "weight": item.weight,
                "is_logged": item.is_logged,
            }
            for position, item in enumerate(catalogue.similarity().values(), start=1)
        ],
        schema_overrides={"input_position": pl.Int32},
    )


def traceability(warehouse: Warehouse) -> pl.DataFrame:
    """Return the elements of the report and the blog, one row each, with their metrics and those without values."""
    values = warehouse.tables.read("metrics.metric_value")
    heard = set(values.filter(pl.col("value").is_not_null())["metric_id"])
    return pl.DataFrame(
        [
            {
                "element_kind": element.kind,
                "element_id": element.id,
                "element_name": element.name,
                "element_name_cy": element.name_cy,
                "is_name_cy_reviewed": element.is_name_cy_reviewed,
                "metric_ids": list(element.metrics),
                "silent_metric_ids": [metric for metric in element.metrics if metric not in heard],
                "gap": element.gap or None,
                "gap_cy": element.gap_cy or None,
            }
            for element in catalogue.traceability().values()
        ],
        infer_schema_length=None,
        schema_overrides={"metric_ids": pl.List(pl.String), "silent_metric_ids": pl.List(pl.String)},
    )


def dictionary(warehouse: Warehouse) -> pl.DataFrame:
    """Return the data dictionary of an edition, which has the tables of the composite only if that is on."""
    return described(catalogue.edition_tables(composite=warehouse.composite))


def described(tables: Iterable[catalogue.Table]) -> pl.DataFrame:
    """Return one row for each column of each table, in the given order."""
    return pl.DataFrame(
        [
            {
                "table_name": table.name,
                "tier": table.tier,
                "column_number": number,
                "column_name": column.name,
                "type": column.type,
                "unit": column.unit or None,
                "is_nullable": column.nullable,
                "is_key": column.name in table.key,
                "description": column.description,
                "allowed_values": ";".join(column.values) or None,
                "grain": table.grain,
            }
            for table in tables
            for number, column in enumerate(table.columns, start=1)
        ],
        schema_overrides={"column_number": pl.Int32},
        infer_schema_length=None,
    )


RECIPES = [
    computed("core.dim_source", sources, always=True),
    computed("core.dim_indicator", indicators, always=True),
    computed("core.dim_metric", metrics, always=True),
    computed("core.dim_breakdown", breakdowns, always=True),
    computed("core.bridge_metric_breakdown", metric_breakdowns, always=True),
    computed("core.dim_practice_code", practice_codes, always=True),
    computed("core.dim_reason", reasons, always=True),
    computed("core.dim_composite_indicator", composite_indicators, always=True),
    computed("core.dim_similarity_input", similarity_inputs, always=True),
    computed("meta.traceability", traceability, reads=["metrics.metric_value"], always=True),
    computed("meta.dictionary", dictionary, always=True),
]

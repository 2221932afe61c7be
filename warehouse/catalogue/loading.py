"""Loads the whole catalogue at once, for checks of all entries."""

from warehouse.catalogue import files
from warehouse.catalogue.indicator_entries import indicators
from warehouse.catalogue.lists import breakdowns, families, licences, units
from warehouse.catalogue.method_rules import composite, honesty_rules, similarity, traceability
from warehouse.catalogue.metric_entries import metrics, readings
from warehouse.catalogue.practice_codebook import codebook, practice_fields
from warehouse.catalogue.reason_list import reasons
from warehouse.catalogue.renamed_metrics import former_ids, method_ids
from warehouse.catalogue.source_entries import sources
from warehouse.catalogue.table_entries import tables
from warehouse.errors import BadRecord


def load_all() -> None:
    """Load every file of the catalogue; with `keeping_problems`, all problems are collected."""
    for load in (
        units,
        families,
        licences,
        sources,
        breakdowns,
        reasons,
        metrics,
        readings,
        method_ids,
        former_ids,
        composite,
        similarity,
        traceability,
        honesty_rules,
        indicators,
        codebook,
        practice_fields,
        tables,
    ):
        try:
            load()
        except BadRecord as problem:
            files.refuse(problem.file, problem.line, problem.reason)

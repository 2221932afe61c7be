"""Contract of the labels of StatsWales data sets: the names of a reference in both languages."""

import dataframely as dy
import polars as pl


class StatsWalesLabel(dy.Schema):
    """A value of a dimension of a StatsWales data set, with its name in English and, if there is one, in Welsh."""

    source_row = dy.Int64(primary_key=True, min=1)
    dataset_id = dy.String(regex=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
    revision_id = dy.String()
    dataset_title = dy.String()
    dataset_title_cy = dy.String(nullable=True)
    dimension_code = dy.String()
    dimension_name = dy.String()
    dimension_name_cy = dy.String(nullable=True)
    reference = dy.String()
    label = dy.String()
    label_cy = dy.String(nullable=True)
    parent_reference = dy.String(nullable=True)

    @dy.rule()
    def stands_once(cls) -> pl.Expr:
        """A reference occurs once in a dimension."""
        return pl.len().over("dataset_id", "dimension_code", "reference") == 1

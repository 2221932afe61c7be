-- One row per value of a dimension of a StatsWales data set, with its labels. Two landed files of one data set would
-- name each value twice, so only one file is used.
with label as (
    select
        dataset_id,
        revision_id,
        dataset_title,
        dataset_title_cy,
        dimension_code,
        dimension_name,
        dimension_name_cy,
        reference,
        label,
        label_cy,
        parent_reference,
        source_id,
        file_sha256,
        source_row,
        max(file_sha256) over (partition by dataset_id) as taken_sha256
    from staging.statswales__label
)

select
    dataset_id,
    revision_id,
    dataset_title,
    dataset_title_cy,
    dimension_code,
    dimension_name,
    dimension_name_cy,
    reference,
    label,
    label_cy,
    parent_reference,
    source_id,
    file_sha256,
    source_row
from label
where file_sha256 = taken_sha256

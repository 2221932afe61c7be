-- H18: Rows of the same sources have the same input hash, rows of other sources have another hash, and only rows
-- without a source have the hash of the whole build.
with hashed as (
    select distinct
        array_to_string(value.source_ids, ';') as sources,
        value.input_hash,
        build.input_hash as build_hash
    from metrics.metric_value as value
    cross join meta.build as build
),

counted as (
    select
        sources,
        input_hash,
        build_hash,
        count(*) over (partition by sources) as hashes_n,
        count(*) over (partition by input_hash) as sources_n
    from hashed
)

select
    sources,
    input_hash,
    hashes_n,
    sources_n
from counted
where
    input_hash is null
    or hashes_n > 1
    or sources_n > 1
    or (sources = '') <> (input_hash = build_hash)

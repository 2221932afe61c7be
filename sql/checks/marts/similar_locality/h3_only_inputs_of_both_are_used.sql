-- H3: A distance is of the inputs that both localities have, of two aspects or more, and every other input is named as
-- missing.
with named as (
    select
        locality_code,
        similar_code,
        inputs_missing,
        array_length(inputs_used) as used_n,
        unnest(inputs_used) as metric_id
    from marts.similar_locality
    where similar_code is not null
),

counted as (
    select
        named.locality_code,
        named.similar_code,
        named.used_n,
        array_length(named.inputs_missing) as missing_n,
        count(distinct input.aspect) as aspects_n,
        count(input.metric_id) as held_n
    from named
    left join metrics.similarity_input as input using (locality_code, metric_id)
    left join metrics.similarity_input as other
        on
            named.similar_code = other.locality_code
            and named.metric_id = other.metric_id
    where
        input.metric_id is not null
        and other.metric_id is not null
    group by named.locality_code, named.similar_code, named.used_n, named.inputs_missing
),

catalogued as (
    select count(*) as inputs_n
    from core.dim_similarity_input
)

select
    mart.locality_code,
    mart.similar_code,
    mart.inputs_used,
    mart.inputs_missing
from marts.similar_locality as mart
cross join catalogued
left join counted using (locality_code, similar_code)
where
    mart.similar_code is not null
    and (
        counted.locality_code is null
        or counted.held_n <> counted.used_n
        or counted.aspects_n < 2
        or counted.used_n + counted.missing_n <> catalogued.inputs_n
    )

-- One row per input of similarity and locality with a value: the value, and by how many standard deviations it is above
-- the mean of the nation. Only values of one comparable group and period are compared, and only if at least 80 % of the
-- localities of the nation have one: the mean of a few would not describe the nation.
with sized as (
    select
        nation,
        count(*) as localities_n
    from core.dim_locality
    group by nation
),

candidate as (
    select
        input.metric_id,
        input.aspect,
        input.weight,
        locality.nation,
        value.locality_code,
        value.comparable_group,
        value.period_start,
        value.period_end,
        value.value,
        case
            when not input.is_logged then value.value
            when value.value > 0 then ln(value.value)
        end as scaled,
        value.source_ids
    from core.dim_similarity_input as input
    inner join metrics.metric_value as value using (metric_id)
    inner join core.dim_locality as locality using (locality_code)
    where
        value.breakdown = 'all'
        and value.comparable_group is not null
),

centre as (
    select
        candidate.metric_id,
        candidate.nation,
        candidate.comparable_group,
        candidate.period_start,
        candidate.period_end,
        stable_sum(candidate.scaled) / count(*) as mean,
        count(*) as localities_n,
        row_number() over (
            partition by candidate.metric_id, candidate.nation
            order by
                count(*) desc, candidate.period_end desc, candidate.period_start desc, candidate.comparable_group asc
        ) as preference
    from candidate
    inner join sized using (nation)
    where candidate.scaled is not null
    group by
        candidate.metric_id,
        candidate.nation,
        candidate.comparable_group,
        candidate.period_start,
        candidate.period_end,
        sized.localities_n
    having
        count(*) >= 0.8e0 * sized.localities_n
        and min(candidate.scaled) < max(candidate.scaled)
),

centred as (
    select
        candidate.metric_id,
        candidate.locality_code,
        candidate.nation,
        candidate.aspect,
        candidate.weight,
        candidate.comparable_group,
        candidate.period_start,
        candidate.period_end,
        candidate.value,
        candidate.scaled - centre.mean as deviation,
        centre.localities_n,
        candidate.source_ids
    from candidate
    inner join centre using (metric_id, nation, comparable_group, period_start, period_end)
    where
        centre.preference = 1
        and candidate.scaled is not null
),

spread as (
    select
        metric_id,
        nation,
        sqrt(stable_sum(deviation * deviation) / count(*)) as standard_deviation
    from centred
    group by metric_id, nation
)

select
    centred.metric_id,
    centred.locality_code,
    centred.nation,
    centred.aspect,
    centred.weight,
    centred.comparable_group,
    centred.period_start,
    centred.period_end,
    centred.value,
    centred.deviation / spread.standard_deviation as z_score,
    centred.localities_n,
    centred.source_ids
from centred
inner join spread using (metric_id, nation)

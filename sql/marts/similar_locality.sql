-- One row per locality and each of the ten localities of its nation that are most similar, by the Euclidean distance
-- over the standardised inputs that both have. The squares are averaged, so that a missing input is left out and never
-- filled in. A locality that shares fewer than two aspects with every other has one row with the reason. The order is
-- of similarity and of nothing else.
with pair_input as (
    select
        one.locality_code,
        other.locality_code as similar_code,
        one.metric_id,
        one.aspect,
        one.weight,
        one.weight * (one.z_score - other.z_score) * (one.z_score - other.z_score) as weighted_square,
        one.period_end,
        list_concat(one.source_ids, other.source_ids) as source_ids
    from metrics.similarity_input as one
    inner join metrics.similarity_input as other using (metric_id, nation)
    where one.locality_code <> other.locality_code
),

pair as (
    select
        locality_code,
        similar_code,
        stable_sum(weighted_square) as squares,
        stable_sum(weight) as weights
    from pair_input
    group by locality_code, similar_code
    having count(distinct aspect) >= 2
),

ordered as (
    select
        locality_code,
        similar_code,
        sqrt(squares / weights) as distance,
        row_number() over (
            partition by locality_code
            order by squares / weights asc, similar_code asc
        ) as similarity_order
    from pair
),

-- The order without one of the inputs that the locality has, each in turn.
ordered_without as (
    select
        pair.locality_code,
        pair.similar_code,
        own.metric_id,
        row_number() over (
            partition by pair.locality_code, own.metric_id
            order by
                case
                    when pair_input.metric_id is null then pair.squares / pair.weights
                    else (pair.squares - pair_input.weighted_square) / (pair.weights - pair_input.weight)
                end asc,
                pair.similar_code asc
        ) as order_without
    from pair
    inner join metrics.similarity_input as own using (locality_code)
    left join pair_input using (locality_code, similar_code, metric_id)
),

-- Every input of a pair, used or missing.
input_of_pair as (
    select
        ordered.*,
        input.metric_id,
        pair_input.metric_id as used_metric_id,
        pair_input.period_end,
        pair_input.source_ids,
        ordered_without.order_without,
        case
            when pair_input.weighted_square is not null
                then
                    row_number() over (
                        partition by ordered.locality_code, ordered.similar_code
                        order by pair_input.weighted_square desc nulls last, input.metric_id asc
                    )
        end as difference_order
    from ordered
    cross join core.dim_similarity_input as input
    left join pair_input using (locality_code, similar_code, metric_id)
    left join ordered_without
        on
            pair_input.locality_code = ordered_without.locality_code
            and pair_input.similar_code = ordered_without.similar_code
            and pair_input.metric_id = ordered_without.metric_id
    where ordered.similarity_order <= 10
),

similar_pair as (
    select
        locality_code,
        similar_code,
        similarity_order,
        distance,
        list_sort(list_distinct(array_agg(used_metric_id))) as inputs_used,
        list_sort(list_distinct(array_agg(case when used_metric_id is null then metric_id end))) as inputs_missing,
        max(case when difference_order = 1 then metric_id end) as largest_difference,
        count(case when order_without <= 10 then 1 end) as kept_n,
        min(period_end) as oldest_period_end,
        max(period_end) as newest_period_end,
        list_sort(list_distinct(flatten(array_agg(source_ids)))) as source_ids,
        case when distance > 1 then reason('far_apart') end as low_reason
    from input_of_pair
    group by locality_code, similar_code, similarity_order, distance
),

-- The inputs that a locality has no value of.
lacking as (
    select
        locality.locality_code,
        list_sort(list_distinct(array_agg(case when own.metric_id is null then input.metric_id end))) as metric_ids
    from core.dim_locality as locality
    cross join core.dim_similarity_input as input
    left join metrics.similarity_input as own using (locality_code, metric_id)
    group by locality.locality_code
)

select
    locality.locality_code,
    coalesce(similar_pair.similarity_order, 1) as similarity_order,
    locality.locality_name,
    locality.nation,
    similar_pair.similar_code,
    other.locality_name as similar_name,
    similar_pair.distance,
    case when similar_pair.locality_code is null then 'none:no_value' else 'none:no_input_intervals' end as ci_method,
    coalesce(similar_pair.inputs_used, cast([] as varchar[])) as inputs_used,
    coalesce(similar_pair.inputs_missing, lacking.metric_ids) as inputs_missing,
    similar_pair.largest_difference,
    similar_pair.kept_n,
    similar_pair.oldest_period_end,
    similar_pair.newest_period_end,
    coalesce(why.gap_state, why.value_state, 'ok') as state,
    reasons([why.reason_code]) as reason_codes,
    why.reason_text as state_reason,
    coalesce(similar_pair.source_ids, cast([] as varchar[])) as source_ids
from core.dim_locality as locality
inner join lacking using (locality_code)
left join similar_pair using (locality_code)
left join core.dim_locality as other
    on similar_pair.similar_code = other.locality_code
left join core.dim_reason as why
    on
        case
            when similar_pair.locality_code is null then reason('too_little_for_similarity')
            else similar_pair.low_reason
        end = why.reason_code

-- One row per locality, and one for unallocated money. A complete list shows which localities have no award; a partial
-- list does not. So zero needs a record that every complete list of the nation covers the locality, and an award of
-- each list in the nation: a list without any award on record has not been landed.
with placed as (
    select
        counted.fund,
        counted.list_coverage,
        counted.is_amount_ceiling,
        counted.is_total,
        counted.amount_gbp,
        counted.source_id,
        bridge.locality_code,
        bridge.weight
    from metrics.award_counted as counted
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
    where counted.window_id = 'place_funds'
),

-- A list of totals says how much a locality received, but not in how many awards.
recorded_list as (
    select
        placed.fund,
        locality.nation,
        max(case when placed.is_total then 0 else 1 end) = 1 as is_counted_in_awards,
        list_sort(array_agg(distinct placed.source_id)) as source_ids
    from placed
    inner join core.dim_locality as locality using (locality_code)
    where placed.list_coverage = 'complete'
    group by placed.fund, locality.nation
),

reach as (
    select
        coverage.locality_code,
        coverage.is_on_list and recorded_list.fund is not null as is_covering,
        coalesce(recorded_list.is_counted_in_awards, true) as is_counted_in_awards,
        coverage.source_id,
        recorded_list.source_ids
    from core.fct_place_fund_coverage as coverage
    inner join core.dim_locality using (locality_code)
    left join recorded_list using (fund, nation)
    where coverage.list_coverage = 'complete'
),

covering as (
    select
        locality_code,
        count(case when is_covering then 1 end) as funds_n,
        count(case when not is_covering then 1 end) as not_covering_funds_n,
        count(case when is_covering and is_counted_in_awards then 1 end) as award_funds_n,
        count(case when not is_covering and is_counted_in_awards then 1 end) as not_covering_award_funds_n,
        list_sort(
            list_distinct(list_concat(array_agg(distinct source_id), flatten(array_agg(source_ids))))
        ) as source_ids
    from reach
    group by locality_code
),

unplaced as (
    select count(*) as complete_n
    from placed
    where
        locality_code = 'unallocated'
        and list_coverage = 'complete'
),

summed as (
    select
        locality_code,
        stable_sum(case when list_coverage = 'complete' and not is_total then weight end) as complete_n,
        stable_sum(case when list_coverage = 'complete' then weight * amount_gbp end) as complete_gbp,
        stable_sum(case when list_coverage = 'complete' and is_amount_ceiling then weight * amount_gbp end)
            as ceiling_gbp,
        stable_sum(case when list_coverage = 'partial' and not is_total then weight end) as partial_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from placed
    group by locality_code
),

place as (
    select locality_code
    from core.dim_locality
    union all
    select 'unallocated' as locality_code
)

select
    place.locality_code,
    covering.funds_n as covering_funds_n,
    covering.not_covering_funds_n,
    covering.award_funds_n as covering_award_funds_n,
    covering.not_covering_award_funds_n,
    unplaced.complete_n as unplaced_complete_n,
    case
        when summed.complete_n is not null then summed.complete_n
        when covering.award_funds_n > 0 and covering.not_covering_award_funds_n = 0 then 0e0
    end as complete_n,
    case
        when summed.complete_gbp is not null then summed.complete_gbp
        when covering.funds_n > 0 and covering.not_covering_funds_n = 0 then 0e0
    end as complete_gbp,
    summed.ceiling_gbp,
    summed.partial_n,
    case
        when covering.source_ids is null then summed.source_ids
        when summed.source_ids is null then covering.source_ids
        else list_sort(list_distinct(list_concat(summed.source_ids, covering.source_ids)))
    end as source_ids
from place
cross join unplaced
left join covering using (locality_code)
left join summed using (locality_code)

-- Who is in a complete list and who is not can be told; a partial list shows awards and never their absence.
-- A fund covers a nation where it has made an award there: a place of another nation was never in its reach.
with placed as (
    select
        counted.fund,
        counted.list_coverage,
        counted.is_amount_ceiling,
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

covering as (
    select
        locality.nation,
        count(distinct placed.fund) as funds_n,
        list_sort(array_agg(distinct placed.source_id)) as source_ids
    from placed
    inner join core.dim_locality as locality
        on placed.locality_code = locality.locality_code
    where placed.list_coverage = 'complete'
    group by locality.nation
),

adrift as (
    select count(*) as complete_n
    from placed
    where
        locality_code = 'unallocated'
        and list_coverage = 'complete'
),

summed as (
    select
        locality_code,
        sum(case when list_coverage = 'complete' then weight end) as complete_n,
        sum(case when list_coverage = 'complete' then weight * amount_gbp end) as complete_gbp,
        sum(case when list_coverage = 'complete' and is_amount_ceiling then weight * amount_gbp end) as ceiling_gbp,
        sum(case when list_coverage = 'partial' then weight end) as partial_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from placed
    group by locality_code
),

place as (
    select
        locality_code,
        nation
    from core.dim_locality
    union all
    select
        'unallocated' as locality_code,
        cast(null as varchar) as nation
)

select
    place.locality_code,
    covering.funds_n as covering_funds_n,
    adrift.complete_n as unplaced_complete_n,
    case
        when summed.complete_n is not null then summed.complete_n
        when covering.funds_n > 0 then 0e0
    end as complete_n,
    case
        when summed.complete_gbp is not null then summed.complete_gbp
        when covering.funds_n > 0 then 0e0
    end as complete_gbp,
    summed.ceiling_gbp,
    summed.partial_n,
    coalesce(summed.source_ids, covering.source_ids) as source_ids
from place
cross join adrift
left join covering
    on place.nation = covering.nation
left join summed
    on place.locality_code = summed.locality_code

-- H3: Every measure of the place funds is of a locality that a list names, or that a complete list shows to have none.
with placed as (
    select
        counted.fund,
        counted.list_coverage,
        bridge.locality_code
    from metrics.award_counted as counted
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
            and bridge.weight > 0
    where counted.window_id = 'place_funds'
),

-- A list gives a value to the localities that it names. A complete list with an award of the nation on record also
-- gives zero to the localities that it does not name.
listed as (
    select
        list_coverage,
        locality_code,
        true as is_named
    from placed
    union
    select
        coverage.list_coverage,
        coverage.locality_code,
        false as is_named
    from core.fct_place_fund_coverage as coverage
    inner join core.dim_locality as locality using (locality_code)
    inner join core.dim_locality as reached using (nation)
    inner join placed
        on
            reached.locality_code = placed.locality_code
            and coverage.fund = placed.fund
    where
        coverage.list_coverage = 'complete'
        and coverage.is_on_list
),

list_given as (
    select
        list_coverage,
        locality_code,
        max(case when is_named then 1 else 0 end) = 1 as is_named
    from listed
    group by list_coverage, locality_code
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join list_given
    on
        value.locality_code = list_given.locality_code
        and case value.metric_id when 'fun_place_partial_n' then 'partial' else 'complete' end
        = list_given.list_coverage
where
    value.value is not null
    and metric.award_scope = 'place_funds'
    and (list_given.locality_code is null or (value.value <> 0 and not list_given.is_named))

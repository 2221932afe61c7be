-- H6: Every locality has one row for each measure of money and each of its windows, with the value of
-- metrics.metric_value.
with expected as (
    select
        value.metric_id,
        value.locality_code,
        period.window_id,
        value.value,
        value.state
    from metrics.metric_value as value
    inner join core.dim_locality using (locality_code)
    inner join metrics.award_window as period
        on
            value.period_start = period.period_start
            and value.period_end = period.period_end
            and case period.window_id
                when 'place_funds' then value.metric_id = 'fun_place_per_head'
                else value.metric_id in ('fun_per_head', 'fun_per_head_all')
            end
)

select
    coalesce(expected.locality_code, mart.locality_code) as locality_code,
    coalesce(expected.metric_id, mart.funding_metric_id) as metric_id,
    coalesce(expected.window_id, mart.window_id) as window_id,
    expected.value,
    mart.funding_gbp_per_head
from expected
full outer join marts.funding_and_need as mart
    on
        expected.locality_code = mart.locality_code
        and expected.metric_id = mart.funding_metric_id
        and expected.window_id = mart.window_id
where
    expected.locality_code is null
    or mart.locality_code is null
    or expected.value is distinct from mart.funding_gbp_per_head
    or expected.state is distinct from mart.funding_state

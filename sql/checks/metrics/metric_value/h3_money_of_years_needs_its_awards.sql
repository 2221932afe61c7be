-- H3: Every yearly average has awards dated before its end, and every measure of 2013 to 2018 has awards of those years
-- in the summary.
with yearly as (
    select
        period.period_start,
        period.period_end,
        case when whole.is_whole then 'K02000001' else summary.locality_code end as locality_code,
        max(case when summary.is_national_infrastructure then 0 else 1 end) = 1 as has_local_money
    from core.fct_award_year_summary as summary
    inner join metrics.award_year_window as period
        on summary.award_year between period.first_year and period.last_year
    cross join (values (true), (false)) as whole (is_whole)
    where summary.amount_class = 'positive'
    group by
        period.period_start,
        period.period_end,
        case when whole.is_whole then 'K02000001' else summary.locality_code end
),

-- Money that is spread over its planned time may come from an award dated before the period.
dated_money as (
    select
        bridge.locality_code,
        max(case when award.in_scope_local then 1 else 0 end) = 1 as has_local_money
    from core.fct_award as award
    inner join core.bridge_award_locality as bridge
        on
            award.award_key = bridge.award_key
            and bridge.basis = 'best'
            and bridge.weight > 0
    where
        is_on_record(award.award_set, award.is_on_record_elsewhere)
        and award.award_date is not null
        and not award.is_dated_in_future
    group by bridge.locality_code
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join yearly using (locality_code, period_start, period_end)
left join dated_money using (locality_code)
where
    value.value is not null
    and case
        when value.metric_id = 'fun_per_head_annual_all' then dated_money.locality_code is null
        when value.metric_id = 'fun_per_head_annual' then not coalesce(dated_money.has_local_money, false)
        when value.metric_id in ('fun_2013_2018_gbp_all', 'fun_2013_2018_n_all') then yearly.locality_code is null
        when metric.award_scope = 'years_2013_2018' then not coalesce(yearly.has_local_money, false)
        else false
    end

-- H6: Localities and unallocated sum to the total of the United Kingdom: money to within one pound, numbers to within
-- rounding.
with part as (
    select
        metric_id,
        period_start,
        period_end,
        sum(value) as parts
    from metrics.metric_value
    where
        metric_id in ('fun_total_gbp', 'fun_total_gbp_all', 'fun_n', 'fun_n_all')
        and breakdown = 'all'
        and locality_code <> 'K02000001'
    group by metric_id, period_start, period_end
),

whole as (
    select
        metric_id,
        period_start,
        period_end,
        value
    from metrics.metric_value
    where
        metric_id in ('fun_total_gbp', 'fun_total_gbp_all', 'fun_n', 'fun_n_all')
        and breakdown = 'all'
        and locality_code = 'K02000001'
        and value is not null
)

select
    whole.*,
    part.parts
from whole
left join part using (metric_id, period_start, period_end)
where
    part.parts is null
    or abs(whole.value - part.parts)
    > case when whole.metric_id in ('fun_total_gbp', 'fun_total_gbp_all') then 1 else 0.000001 end

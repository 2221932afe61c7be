-- H12: The size classes sum to the number of awards, and their money never exceeds the total, which also includes rows
-- that are totals of several awards.
select distinct
    class.metric_id,
    class.locality_code,
    class.period_start,
    class.period_end,
    class.n_den,
    whole.value
from metrics.metric_value as class
inner join core.dim_breakdown as listed
    on
        class.breakdown = listed.breakdown
        and listed.breakdown_list = 'size_class'
left join metrics.metric_value as whole
    on
        class.metric_id = whole.metric_id
        and class.locality_code = whole.locality_code
        and class.period_start = whole.period_start
        and class.period_end = whole.period_end
        and whole.breakdown = 'all'
where
    class.value is not null
    and (
        whole.value is null
        or class.n_den > whole.value * 1.000001
        or (class.metric_id = 'fun_n' and abs(class.n_den - whole.value) > 0.000001)
    )

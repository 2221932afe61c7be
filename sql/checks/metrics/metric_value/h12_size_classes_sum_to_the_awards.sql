-- H12: The eight classes of size add up to the number of awards, in every area and period that has them.
with class as (
    select
        locality_code,
        period_start,
        period_end,
        sum(value) as classes,
        count(value) as classes_n
    from metrics.metric_value
    where metric_id like 'fun_size_class%'
    group by locality_code, period_start, period_end
),

award as (
    select
        locality_code,
        period_start,
        period_end,
        value
    from metrics.metric_value
    where metric_id = 'fun_n'
)

select
    class.locality_code,
    class.period_start,
    class.period_end,
    class.classes,
    award.value
from class
left join award
    on
        class.locality_code = award.locality_code
        and class.period_start = award.period_start
        and class.period_end = award.period_end
where
    class.classes_n not in (0, 8)
    or (class.classes_n = 8 and award.value is null)
    or abs(class.classes - award.value) > 0.000001

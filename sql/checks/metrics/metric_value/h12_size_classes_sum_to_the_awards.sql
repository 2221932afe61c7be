-- H12: The eight classes of size add up to the number of awards, and their money to that of single awards, in every
-- area and period that has them.
with class as (
    select
        locality_code,
        period_start,
        period_end,
        metric_id like '%gbp' as is_money,
        sum(value) as classes,
        count(value) as classes_n,
        max(n_den) as whole
    from metrics.metric_value
    where metric_id like 'fun_size_class%'
    group by locality_code, period_start, period_end, metric_id like '%gbp'
),

award as (
    select
        locality_code,
        period_start,
        period_end,
        metric_id = 'fun_total_gbp' as is_money,
        value
    from metrics.metric_value
    where metric_id in ('fun_n', 'fun_total_gbp')
)

select
    class.locality_code,
    class.period_start,
    class.period_end,
    class.is_money,
    class.classes,
    class.whole,
    award.value
from class
left join award
    on
        class.locality_code = award.locality_code
        and class.period_start = award.period_start
        and class.period_end = award.period_end
        and class.is_money = award.is_money
where
    class.classes_n not in (0, 8)
    or (class.classes_n = 8 and award.value is null)
    or abs(class.classes - class.whole) > 0.000001 * greatest(1, class.whole)
    or (class.is_money and class.whole > award.value * 1.000001)
    or (not class.is_money and abs(class.whole - award.value) > 0.000001)

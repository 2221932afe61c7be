-- H12: The shares of origin of a place's practices add up to one.
select
    locality_code,
    sum(value) as shares,
    count(value) as shares_n
from metrics.metric_value
where metric_id in ('prac_origin_accelerated_share', 'prac_origin_emergent_share', 'prac_origin_unknown_share')
group by locality_code
having
    count(value) not in (0, 3)
    or abs(sum(value) - 1) > 0.000000001

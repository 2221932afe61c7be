-- H12: The number of components equals the number of components with a value in metrics.headline_value.
with shown as (
    select
        locality_code,
        count(value) as components_n
    from metrics.headline_value
    where metric_id in ('bal_voice', 'bal_money', 'bal_practice')
    group by locality_code
)

select
    counted.locality_code,
    counted.value,
    shown.components_n
from metrics.balance_count as counted
left join shown using (locality_code)
where
    counted.value is null
    or shown.components_n is null
    or counted.value <> shown.components_n

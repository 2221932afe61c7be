-- H3: Every measure of population has the residents at that date and, where it is of ages, every single year of age.
with resident as (
    select distinct
        locality_code,
        period_end
    from core.fct_population
),

of_age as (
    select
        locality_code,
        period_end,
        count(distinct case when is_16plus then age_code end) as adult_ages_n,
        count(distinct age_code) as ages_n
    from core.fct_population_age
    where age_code <> 200
    group by locality_code, period_end
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join resident using (locality_code, period_end)
left join of_age using (locality_code, period_end)
where
    value.value is not null
    and metric.family = 'POP'
    and case
        when value.metric_id = 'pop_16plus' then coalesce(of_age.adult_ages_n < 75, true)
        when value.metric_id in ('pop_under_16_share', 'pop_65plus_share') then coalesce(of_age.ages_n < 91, true)
        else resident.locality_code is null
    end

-- H3: No value is imputed: a locality's value from a core table stands only where that table has a row for the
-- locality.
select
    value.metric_id,
    value.locality_code,
    value.period
from metrics.metric_value as value
left join core.fct_population as population
    on
        value.locality_code = population.locality_code
        and value.period_end = population.period_end
left join core.fct_deprivation_profile as profile
    on value.locality_code = profile.locality_code
left join core.fct_observation as observation
    on
        value.locality_code = observation.area_code
        and value.period_end = observation.period_end
where
    value.value is not null
    and (
        (value.metric_id like 'pop%' and population.locality_code is null)
        or (value.metric_id like 'dep%' and profile.locality_code is null)
        or (value.metric_id like 'coh%' and observation.area_code is null)
    )

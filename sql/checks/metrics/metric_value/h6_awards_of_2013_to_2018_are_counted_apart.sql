-- H6: The summary of 2013 to 2018 is in its own metrics and in no other, so its awards are never added to award rows of
-- the same years.
with summarised as (
    select distinct source_id
    from core.fct_award_year_summary
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
cross join summarised
where
    value.value is not null
    and list_contains(value.source_ids, summarised.source_id)
    <> (coalesce(metric.award_scope, '') = 'years_2013_2018')

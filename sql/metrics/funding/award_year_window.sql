-- One row per period of the summary of 2013 to 2018: each calendar year in it, and all of them. These periods are apart
-- from the windows of awards on record (metrics.award_window), because no measure adds the two.
with span as (
    select
        award_year as first_year,
        award_year as last_year
    from core.fct_award_year_summary
    group by award_year
    union all
    select
        min(award_year) as first_year,
        max(award_year) as last_year
    from core.fct_award_year_summary
    having min(award_year) < max(award_year)
)

select
    iso_interval(cast(first_year || '-01-01' as date), cast(last_year || '-12-31' as date)) as window_id,
    cast(first_year || '-01-01' as date) as period_start,
    cast(last_year || '-12-31' as date) as period_end,
    first_year,
    last_year
from span

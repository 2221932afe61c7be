-- One row per period of the summary of 2013 to 2018 and locality: the population nearest to the middle of the period.
select
    period.period_start,
    period.period_end,
    nearest.locality_code,
    nearest.population_persons,
    nearest.population_date,
    nearest.small_note,
    nearest.gap_note,
    nearest.source_id
from metrics.nearest_population as nearest
inner join metrics.award_year_window as period using (window_id)

-- One row per window of awards and locality: the population nearest to the middle of the window.
select
    nearest.window_id,
    nearest.locality_code,
    nearest.population_persons,
    nearest.population_date as period_end,
    nearest.small_note,
    nearest.gap_note,
    nearest.source_id
from metrics.nearest_population as nearest
inner join metrics.award_window using (window_id)

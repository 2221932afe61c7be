-- One row per locality and window of awards, or period of the summary of 2013 to 2018: the population with the date
-- nearest to the middle of the window, in days from both its ends.
with period as (
    select
        window_id,
        period_start,
        period_end
    from metrics.award_window
    union all
    select
        window_id,
        period_start,
        period_end
    from metrics.award_year_window
),

dated as (
    select
        period.window_id,
        population.locality_code,
        population.population_persons,
        population.period_end,
        population.source_id,
        abs(
            date_diff('day', period.period_start, population.period_end)
            + date_diff('day', period.period_end, population.period_end)
        ) / 2e0 as days_away
    from core.fct_population as population
    cross join period
),

ranked as (
    select
        *,
        row_number() over (
            partition by window_id, locality_code
            order by days_away asc, period_end desc
        ) as nearness
    from dated
)

select
    window_id,
    locality_code,
    population_persons,
    period_end as population_date,
    case when is_small_population(population_persons) then reason('few_residents') end as small_note,
    case when days_away / 365.25e0 > 5 then reason('old_population') end
        as gap_note,
    source_id
from ranked
where nearness = 1

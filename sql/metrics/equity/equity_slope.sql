-- One row per series, nation and period: the slope of the amount per resident on the rank of deprivation, with its
-- error. The points are tenths of the residents by the mid-rank of their locality, so some tenths may be empty.
with tenth as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        least(floor(10 * mid_rank), 9) as tenth,
        stable_sum(persons) as persons,
        stable_sum(amount) / stable_sum(persons) as rate,
        max(persons_in_all) as persons_in_all
    from metrics.equity_place
    group by series, nation_code, period_start, period_end, least(floor(10 * mid_rank), 9)
),

placed_tenth as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        persons,
        rate,
        (
            sum(persons)
                over (
                    partition by series, nation_code, period_start, period_end
                    order by tenth
                )
            - persons / 2
        )
        / persons_in_all - 0.5e0 as place
    from tenth
),

sloped as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        count(*) as tenths_n,
        stable_sum(persons) as persons,
        stable_sum(persons * rate) / stable_sum(persons) as mean,
        stable_sum(persons * place * place) / stable_sum(persons) as place_variance,
        stable_sum(persons * place * rate) / nullif(stable_sum(persons * place * place), 0) as slope
    from placed_tenth
    group by series, nation_code, period_start, period_end
),

slope_error as (
    select
        placed_tenth.series,
        placed_tenth.nation_code,
        placed_tenth.period_start,
        placed_tenth.period_end,
        sqrt(
            stable_sum(
                placed_tenth.persons
                * power(placed_tenth.rate - sloped.mean - sloped.slope * placed_tenth.place, 2)
            )
            / nullif(max(sloped.persons) * (max(sloped.tenths_n) - 2) * max(sloped.place_variance), 0)
        ) as se
    from placed_tenth
    inner join sloped using (series, nation_code, period_start, period_end)
    group by placed_tenth.series, placed_tenth.nation_code, placed_tenth.period_start, placed_tenth.period_end
)

select
    sloped.series,
    sloped.nation_code,
    sloped.period_start,
    sloped.period_end,
    sloped.tenths_n,
    sloped.slope,
    slope_error.se
from sloped
inner join slope_error using (series, nation_code, period_start, period_end)

-- One row per series, nation, period and tenth of the residents: the concentration curve, which is the share of the
-- amount that the most deprived tenths have. Between localities the curve is a straight line, which spreads the amount
-- of a locality evenly over its residents.
with tenth as (
    select tenths.tenth
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) as tenths (tenth)
),

-- Localities with equal deprivation are one segment of the curve.
stretch as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        persons_in_all,
        persons_up_to,
        max(persons_at) as persons_at,
        max(amount_up_to) as amount_up_to,
        max(amount_at) as amount_at
    from metrics.equity_place
    where localities_n >= 8
    group by series, nation_code, period_start, period_end, persons_in_all, persons_up_to
),

whole as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        max(amount_up_to) as amount_in_all
    from stretch
    group by series, nation_code, period_start, period_end
)

select
    stretch.series,
    stretch.nation_code,
    stretch.period_start,
    stretch.period_end,
    tenth.tenth,
    tenth.tenth / 10e0 as persons_share,
    (
        stretch.amount_up_to
        - stretch.amount_at
        * (stretch.persons_up_to - tenth.tenth * stretch.persons_in_all / 10e0) / nullif(stretch.persons_at, 0)
    )
    / nullif(whole.amount_in_all, 0) as amount_share
from stretch
inner join whole
    on
        stretch.series = whole.series
        and stretch.nation_code = whole.nation_code
        and stretch.period_start = whole.period_start
        and stretch.period_end = whole.period_end
inner join tenth
    on
        tenth.tenth * stretch.persons_in_all <= 10 * stretch.persons_up_to
        and (
            tenth.tenth * stretch.persons_in_all > 10 * (stretch.persons_up_to - stretch.persons_at)
            or (tenth.tenth = 0 and stretch.persons_up_to = stretch.persons_at)
        )

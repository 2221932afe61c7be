-- One row per series, nation, period and tenth of the residents: the concentration curve, which is the share of the
-- amount that the most deprived tenths have. Between localities the curve is a straight line, which spreads the amount
-- of a locality evenly over its residents.
with tenth as (
    select tenths.tenth
    from (values (0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)) as tenths (tenth)
),

-- Localities with equal deprivation are one segment of the curve.
segment as (
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
    from segment
    group by series, nation_code, period_start, period_end
)

select
    segment.series,
    segment.nation_code,
    segment.period_start,
    segment.period_end,
    tenth.tenth,
    tenth.tenth / 10e0 as persons_share,
    (
        segment.amount_up_to
        - segment.amount_at
        * (segment.persons_up_to - tenth.tenth * segment.persons_in_all / 10e0) / nullif(segment.persons_at, 0)
    )
    / nullif(whole.amount_in_all, 0) as amount_share
from segment
inner join whole using (series, nation_code, period_start, period_end)
inner join tenth
    on
        tenth.tenth * segment.persons_in_all <= 10 * segment.persons_up_to
        and (
            tenth.tenth * segment.persons_in_all > 10 * (segment.persons_up_to - segment.persons_at)
            or (tenth.tenth = 0 and segment.persons_up_to = segment.persons_at)
        )

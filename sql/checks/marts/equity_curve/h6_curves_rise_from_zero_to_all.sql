-- H6: Every concentration curve starts at zero, never decreases and ends at one.
select
    one.series,
    one.nation_code,
    one.period_start,
    one.period_end,
    one.tenth
from marts.equity_curve as one
left join marts.equity_curve as next_one
    on
        one.series = next_one.series
        and one.nation_code = next_one.nation_code
        and one.period_start = next_one.period_start
        and one.period_end = next_one.period_end
        and next_one.tenth = one.tenth + 1
where
    one.amount_share > next_one.amount_share + 0.000000001
    or (one.tenth = 0 and abs(one.amount_share) > 0.000000001)
    or (one.tenth = 10 and abs(one.amount_share - 1) > 0.000000001)
    or (one.tenth < 10 and next_one.tenth is null)

-- H6: The cumulative residents and amounts of every order end at the total, and the mid-ranks average to one half.
select
    series,
    nation_code,
    period_start,
    period_end
from metrics.equity_place
group by series, nation_code, period_start, period_end
having
    max(persons_up_to) <> sum(persons)
    or abs(max(amount_up_to) - sum(amount)) > 0.000001 * sum(amount)
    or abs(sum(persons * mid_rank) / sum(persons) - 0.5) > 0.000000001
    or count(*) <> max(localities_n)

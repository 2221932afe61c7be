-- H4: Every value without a standard error, or with a standard error of zero, has no rank and has a reason.
select
    rank.metric_id,
    rank.locality_code,
    rank.period,
    rank.state
from metrics.rank_interval as rank
inner join metrics.rank_input as input using (metric_id, locality_code, period_start, period_end)
where
    (input.se is null and rank.state <> 'withheld')
    or (rank.state <> 'ok' and array_length(rank.reason_codes) = 0)
    or (
        rank.state = 'withheld'
        and (
            rank.rank_nominal is not null
            or rank.rank_lo is not null
            or rank.rank_median is not null
            or rank.p_topfifth is not null
            or rank.label is not null
        )
    )
    or (rank.state = 'ok_low' and (rank.rank_nominal is not null or rank.p_topfifth is not null))

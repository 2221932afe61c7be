-- H4: Every rank is among the localities of one comparable group, and that group is the group of the value.
select
    rank.metric_id,
    rank.locality_code,
    rank.period,
    rank.comparable_group,
    value.comparable_group as own_group
from metrics.rank_interval as rank
left join metrics.metric_value as value
    on
        rank.metric_id = value.metric_id
        and value.breakdown = 'all'
        and rank.locality_code = value.locality_code
        and rank.period_start = value.period_start
        and rank.period_end = value.period_end
where
    value.comparable_group is null
    or rank.comparable_group <> value.comparable_group

-- H19: No value of the national scan has a rank, a shrunken value, a change or a comparison with a group.
select
    statistic.metric_id,
    statistic.locality_code
from metrics.value_statistic as statistic
inner join core.dim_metric as metric
    on
        statistic.metric_id = metric.metric_id
        and metric.family = 'SCN'
where
    statistic.shrunk_value is not null
    or statistic.group_difference is not null
    or statistic.change is not null
    or statistic.group_reliability is not null
    or statistic.rank_lo is not null
    or statistic.p_topfifth is not null

-- One row per metric, breakdown, area and period, except metrics of quality. A locality without a value of a metric has
-- a row with the reason.
with known as (
    select * from metrics.population
    union all
    select * from metrics.deprivation
    union all
    select * from metrics.cohesion
    union all
    select * from metrics.published_figure
    union all
    select * from metrics.funding
    union all
    select * from metrics.place_funding
    union all
    select * from metrics.funding_by_year
    union all
    select * from metrics.practice
    union all
    select * from metrics.balance
    union all
    select * from metrics.funding_need
    union all
    select * from metrics.equity
    union all
    select * from metrics.framework
    union all
    select * from metrics.practice_scan
),

-- Metrics of a tidy source without a landed file. A metric with several takes the first.
unlanded as (
    select
        indicator.metric_id,
        min(label.topic) as source_id
    from core.bridge_indicator_label as label
    inner join core.dim_indicator as indicator using (item_wording_id)
    left join meta.landed_file as file
        on
            label.topic = file.source_id
            and file.is_current
    where
        label.origin = 'tidy'
        and file.source_id is null
    group by indicator.metric_id
),

expected as (
    select
        metric.metric_id,
        locality.locality_code,
        case
            when not list_contains(metric.nations, locality.nation) then reason('not_defined', locality.nation)
            when unlanded.metric_id is not null then reason('not_landed', unlanded.source_id)
            when metric.missing_reason = 'no_search' and standing.search_status = 'scanned' then reason('only_scanned')
            else metric.missing_reason
        end as gap_reason
    from core.dim_metric as metric
    cross join core.dim_locality as locality
    left join unlanded using (metric_id)
    left join metrics.practice_standing as standing using (locality_code)
    where
        metric.scope = 'locality'
        and not metric.is_of_other_metrics
    union all
    select
        metric.metric_id,
        nation.nation_code as locality_code,
        case
            when list_contains(metric.nations, nation.nation) then metric.missing_reason
            else reason('not_defined', nation.nation)
        end as gap_reason
    from core.dim_metric as metric
    cross join core.dim_nation as nation
    where
        metric.scope = 'nation'
        and nation.nation <> 'United Kingdom'
    union all
    select
        metric_id,
        'K02000001' as locality_code,
        missing_reason as gap_reason
    from core.dim_metric
    where
        scope = 'corpus'
        and not is_of_other_metrics
),

known_pair as (
    select distinct
        metric_id,
        locality_code
    from known
)

select * from known
union all
select
    expected.metric_id,
    'all' as breakdown,
    expected.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    cast(null as double) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:no_value' as ci_method,
    cast(null as double) as n_num,
    cast(null as double) as n_den,
    cast(null as double) as se,
    expected.gap_reason,
    cast(null as varchar[]) as low_reasons,
    cast(null as varchar[]) as note_reasons,
    cast(null as double) as coverage,
    cast([] as varchar[]) as source_ids,
    cast(null as varchar) as comparable_group
from expected
cross join meta.build as build
left join known_pair using (metric_id, locality_code)
where known_pair.metric_id is null

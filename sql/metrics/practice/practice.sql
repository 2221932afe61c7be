-- One row per metric of practice and area that was searched. The metrics describe the register of practices, never what
-- a locality does: a locality without a search has no row here.
with measured as (
    select * from metrics.practice_breadth
    union all
    select * from metrics.practice_variety
    union all
    select * from metrics.practice_network
    union all
    select * from metrics.practice_composition
    union all
    select * from metrics.practice_survival
    union all
    select * from metrics.practice_register
),

-- The only source of a zero: a recorded search that found nothing, in a locality without a practice record.
empty_search as (
    select
        metric.metric_id,
        metric.metric_id in (
            'prac_records_n',
            'prac_sources_n',
            'prac_cells_n',
            'prac_types_n',
            'prac_categories_n',
            'prac_mirror_n',
            'prac_partners_n',
            'prac_bridging_n',
            'prac_search_status',
            'rec_coverage'
        ) as is_count,
        standing.locality_code,
        standing.source_ids
    from metrics.practice_standing as standing
    inner join core.dim_metric as metric
        on
            metric.family = 'PRA'
            and metric.scope = 'locality'
            and metric.metric_id <> 'prac_search_log_n'
    where standing.search_status = 'searched_none_found'
),

resulting as (
    select
        metric_id,
        breakdown,
        locality_code,
        case when gap_reason is null then value end as value,
        case when gap_reason is null then lci end as lci,
        case when gap_reason is null then uci end as uci,
        case when gap_reason is null then ci_method else 'none:no_value' end as ci_method,
        case when gap_reason is null then n_num end as n_num,
        n_den,
        gap_reason,
        case when gap_reason is null then low_reasons end as low_reasons,
        coverage,
        source_ids
    from measured
    union all
    select
        metric_id,
        'all' as breakdown,
        locality_code,
        case when is_count then 0e0 end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        case when is_count then 'none:register_count' else 'none:no_value' end as ci_method,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        case when is_count then reason('found_nothing') else reason('share_of_none') end as gap_reason,
        cast(null as varchar[]) as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from empty_search
)

select
    resulting.*,
    build.as_of as period_start,
    build.as_of as period_end
from resulting
cross join meta.build as build

-- What the families know, and a row that says why for every locality that they do not speak of.
with known as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.population
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.deprivation
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.cohesion
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.funding
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.place_funding
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.practice
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.balance
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.cohesion_compared
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.cohesion_ranked
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.funding_need
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.equity
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        gap_reason,
        low_reasons,
        note_reasons,
        coverage,
        source_ids,
        comparable_group
    from metrics.framework
),

expected as (
    select
        metric.metric_id,
        locality.locality_code,
        case
            when list_contains(string_split(metric.nations, ';'), locality.nation) then metric.missing_reason
            else reason('not_defined', locality.nation)
        end as gap_reason
    from core.dim_metric as metric
    cross join core.dim_locality as locality
    where
        metric.scope = 'locality'
        and not metric.is_of_other_metrics
    union all
    select
        metric.metric_id,
        nation.nation_code as locality_code,
        case
            when list_contains(string_split(metric.nations, ';'), nation.nation) then metric.missing_reason
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

spoken_of as (
    select distinct
        metric_id,
        locality_code
    from known
),

-- What is computed from a figure that is missing is missing for the same reason.
missing_figure as (
    select
        metric_id,
        locality_code,
        gap_reason,
        row_number() over (
            partition by metric_id, locality_code
            order by period_end desc, period_start desc
        ) as recency
    from metrics.cohesion
    where value is null
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value,
    lci,
    uci,
    ci_method,
    n_num,
    n_den,
    se,
    gap_reason,
    low_reasons,
    note_reasons,
    coverage,
    source_ids,
    comparable_group
from known
union all
select
    expected.metric_id,
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
    case
        when reason.gap_state = 'not_available' then coalesce(missing_figure.gap_reason, expected.gap_reason)
        else expected.gap_reason
    end as gap_reason,
    cast(null as varchar[]) as low_reasons,
    cast(null as varchar[]) as note_reasons,
    cast(null as double) as coverage,
    cast([] as varchar[]) as source_ids,
    cast(null as varchar) as comparable_group
from expected
cross join meta.build as build
inner join core.dim_reason as reason
    on reason_code(expected.gap_reason) = reason.reason_code
left join spoken_of
    on
        expected.metric_id = spoken_of.metric_id
        and expected.locality_code = spoken_of.locality_code
left join missing_figure
    on
        is_of_figures(expected.metric_id)
        and figure_behind(expected.metric_id) = missing_figure.metric_id
        and expected.locality_code = missing_figure.locality_code
        and missing_figure.recency = 1
where spoken_of.metric_id is null

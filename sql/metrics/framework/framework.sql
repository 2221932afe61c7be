-- One row per national framework, nation and period: 1 in force, 0 no longer in force. The value is a category and not
-- a score: values are never summed, and nations are not ranked by it. Whether a bill has become law since the last
-- check is unknown, so a bill has no value.
with dated as (
    select
        framework.framework_id,
        framework.nation_code,
        framework.in_force_from,
        framework.in_force_to,
        framework.source_id,
        build.as_of,
        case
            when framework.status = 'repealed' or framework.in_force_to < build.as_of then 0e0
            when framework.status = 'in_force' then 1e0
        end as is_in_force,
        cast(substr(framework.status_as_of || '-01-01', 1, 10) as date) as status_date
    from core.fct_framework as framework
    cross join meta.build as build
),

-- The period ends on the day of the last check of the status, or on the as-of date if no check is on record.
spanned as (
    select
        framework_id,
        nation_code,
        is_in_force,
        in_force_from,
        status_date,
        source_id,
        least(coalesce(status_date, as_of), as_of) as period_end
    from dated
)

select
    framework_id as metric_id,
    'all' as breakdown,
    nation_code as locality_code,
    least(coalesce(in_force_from, period_end), period_end) as period_start,
    period_end,
    is_in_force as value,
    case when is_in_force is null then 'none:no_value' else 'none:category' end as ci_method,
    case when is_in_force is null then reason('framework_unknown') end as gap_reason,
    reasons([
        case
            when is_in_force is null then null
            when status_date is null and in_force_from is null then reason('framework_undated')
            when status_date is null then reason('no_last_look')
            when in_force_from is null then reason('no_first_day')
        end
    ]) as low_reasons,
    [source_id] as source_ids
from spanned

-- One row per metric of quality and area: the quality of this project's own data, published like any other measure.
-- Values for all data are in the row of the United Kingdom.
with measured as (
    select * from metrics.quality_state
    union all
    select * from metrics.quality_award
    union all
    select * from metrics.quality_project
)

select
    measured.metric_id,
    measured.breakdown,
    measured.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    measured.value,
    case when measured.gap_reason is null then 'none:register_count' else 'none:no_value' end as ci_method,
    measured.n_num,
    measured.n_den,
    measured.gap_reason,
    case when measured.gap_reason is null then reasons([measured.low_reason]) end as low_reasons,
    cast([] as varchar[]) as source_ids
from measured
cross join meta.build as build

-- One row per nation, metric, breakdown and period: how much is known in each nation, not which nation does better. No
-- row compares nations, and money of the place funds is left out, because the funds of the nations differ. A median is
-- of all values of the nation, including unreliable ones, so that values are not selected by their size. It needs
-- values of one comparable group, and a reliable value in at least eight tenths of the localities and in at least eight
-- of them (gate G1 of method.md section 7.5).
with placed as (
    select
        locality.nation,
        value.metric_id,
        value.breakdown,
        value.period_start,
        value.period_end,
        value.value,
        value.lci,
        value.ci_method,
        value.state,
        value.comparable_group
    from metrics.metric_value as value
    inner join core.dim_locality as locality using (locality_code)
    inner join core.dim_metric as metric using (metric_id)
    where coalesce(metric.award_scope, '') <> 'place_funds'
),

counted as (
    select
        nation,
        metric_id,
        breakdown,
        period_start,
        period_end,
        count(*) as rows_n,
        count(case when state = 'ok' then 1 end) as ok_n,
        count(case when state = 'ok_low' then 1 end) as ok_low_n,
        count(case when state = 'suppressed' then 1 end) as suppressed_n,
        count(case when state = 'not_available' then 1 end) as not_available_n,
        count(case when state = 'not_applicable' then 1 end) as not_applicable_n,
        count(case when state = 'not_searched' then 1 end) as not_searched_n,
        count(case when state = 'searched_none_found' then 1 end) as searched_none_found_n,
        count(case when state = 'withheld' then 1 end) as withheld_n,
        count(value) as values_n,
        count(case when value is not null then comparable_group end) as grouped_n,
        count(distinct case when value is not null then comparable_group end) as groups_n,
        min(case when value is not null then comparable_group end) as comparable_group,
        median(value) as median_value,
        count(lci) as estimated_n,
        count(case when ci_method = 'none:not_published' then 1 end) as errors_unknown_n
    from placed
    group by nation, metric_id, breakdown, period_start, period_end
),

sized as (
    select
        nation,
        count(*) as localities_n
    from core.dim_locality
    group by nation
),

judged as (
    select
        counted.nation,
        counted.metric_id,
        counted.breakdown,
        counted.period_start,
        counted.period_end,
        sized.localities_n,
        counted.ok_n,
        counted.ok_low_n,
        counted.suppressed_n,
        counted.not_available_n,
        counted.not_applicable_n,
        counted.not_searched_n,
        counted.searched_none_found_n,
        counted.withheld_n,
        sized.localities_n - counted.rows_n as no_row_n,
        counted.median_value,
        -- The median of values with errors also has an error, even if all localities have a value.
        case
            when counted.estimated_n > 0 then 'none:median_of_estimates'
            when counted.errors_unknown_n > 0 then 'none:not_published'
            else 'none:all_localities'
        end as median_ci_method,
        case
            when counted.values_n = 0 then reason('no_locality_value')
            when counted.grouped_n < counted.values_n then reason('not_for_comparing')
            when counted.groups_n > 1 then reason('several_groups')
            when counted.ok_n < 8 then reason('few_reliable', 8)
            when counted.ok_n < 0.8e0 * sized.localities_n then reason('part_reliable')
        end as median_gap,
        case when counted.groups_n = 1 then counted.comparable_group end as comparable_group
    from counted
    inner join sized using (nation)
)

select
    judged.nation,
    judged.metric_id,
    judged.breakdown,
    judged.period_start,
    judged.period_end,
    judged.localities_n,
    judged.ok_n,
    judged.ok_low_n,
    judged.suppressed_n,
    judged.not_available_n,
    judged.not_applicable_n,
    judged.not_searched_n,
    judged.searched_none_found_n,
    judged.withheld_n,
    judged.no_row_n,
    judged.comparable_group,
    case when judged.median_gap is null then judged.median_value end as median_value,
    case when judged.median_gap is null then judged.median_ci_method else 'none:no_value' end as median_ci_method,
    coalesce(reason.gap_state, 'ok') as median_state,
    reasons([judged.median_gap]) as median_reason_codes,
    reason_text(reason.reason_text, reason.argument_names, judged.median_gap) as median_state_reason
from judged
left join core.dim_reason as reason
    on reason_code(judged.median_gap) = reason.reason_code

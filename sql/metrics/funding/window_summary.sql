-- One row per window that includes the summary of the study's period, and locality: what the summary adds. An award of
-- the study's days from its publisher's file or the API may also be in the summary, so the summary only adds the part
-- that exceeds those awards. It does not say which awards are of the local scope, has one location basis, and leaves
-- out awards without a single locality. It adds to the total of the United Kingdom if award rows give one.
with beyond as (
    select
        period.window_id,
        summary.locality_code,
        case
            when summed.study_awards_n > 0 then greatest(summary.awards_n - summed.study_awards_n, 0e0)
            else summary.awards_n
        end as added_awards_n,
        case
            when summed.study_gbp > 0 then greatest(summary.total_gbp - summed.study_gbp, 0e0)
            else summary.total_gbp
        end as added_gbp,
        case
            when summed.study_awards_up_to_10000_n > 0
                then greatest(summary.awards_up_to_10000_n - summed.study_awards_up_to_10000_n, 0e0)
            else summary.awards_up_to_10000_n
        end as added_up_to_10000_n,
        summary.awards_with_planned_months_n,
        summary.median_planned_months,
        summary.funders_n,
        summary.source_id
    from core.fct_award_summary as summary
    inner join metrics.award_window as period
        on period.origin <> 'award_rows'
    left join metrics.window_sum as summed
        on
            period.window_id = summed.window_id
            and summary.locality_code = summed.locality_code
            and summed.scope = 'all'
            and summed.basis = 'best'
)

select
    window_id,
    'all' as scope,
    'best' as basis,
    locality_code,
    added_awards_n,
    added_gbp,
    added_up_to_10000_n,
    awards_with_planned_months_n,
    median_planned_months,
    funders_n,
    [source_id] as source_ids
from beyond
union all
select
    whole.window_id,
    whole.scope,
    'best' as basis,
    whole.locality_code,
    stable_sum(beyond.added_awards_n) as added_awards_n,
    stable_sum(beyond.added_gbp) as added_gbp,
    stable_sum(beyond.added_up_to_10000_n) as added_up_to_10000_n,
    cast(null as bigint) as awards_with_planned_months_n,
    cast(null as double) as median_planned_months,
    cast(null as bigint) as funders_n,
    list_sort(array_agg(distinct beyond.source_id)) as source_ids
from beyond
inner join metrics.window_sum as whole
    on
        beyond.window_id = whole.window_id
        and whole.scope = 'all'
        and whole.basis = 'every'
        and whole.locality_code = 'K02000001'
group by whole.window_id, whole.scope, whole.locality_code

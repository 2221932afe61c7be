-- One row per metric of planned durations, breakdown, window and area.
select
    case scope when 'all' then 'fun_duration_median_all' else 'fun_duration_median' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    median_planned_months as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    planned_n as n_num,
    timed_awards_n as n_den,
    planned_n / nullif(timed_awards_n, 0) as coverage,
    case
        when absence is not null then absence
        when timed_awards_n is null then totals_gap
        when median_planned_months is null and summary_awards_n is null and summary_gap is not null
            then summary_gap
        when median_planned_months is null then reason('no_duration')
        when is_mostly_unknown(planned_n, timed_awards_n)
            then reason('duration_tenth_awards')
    end as gap_reason,
    reasons([
        kind_note,
        totals_note,
        timed_note,
        months_note,
        partial_note,
        dates_note,
        case
            when planned_n / nullif(timed_awards_n, 0) < 0.5
                then reason('duration_half_awards')
        end,
        case when planned_awards_n < 5 then reason('few_awards', 5) end
    ]) as low_reasons,
    timed_source_ids as source_ids
from metrics.funding_context
where not is_beyond
union all
-- The interval is not from sampling: its bounds are the shares if no money of unknown duration, or all of it, were for
-- two years or more.
select
    case scope when 'all' then 'fun_multi_year_share_all' else 'fun_multi_year_share' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    multi_year_gbp / nullif(planned_gbp, 0) as value,
    multi_year_gbp / nullif(rows_gbp, 0) as lci,
    (multi_year_gbp + rows_gbp - planned_gbp) / nullif(rows_gbp, 0) as uci,
    'bounds:unknown_planned_months' as ci_method,
    multi_year_gbp as n_num,
    planned_gbp as n_den,
    planned_gbp / nullif(rows_gbp, 0) as coverage,
    case
        when absence is not null then absence
        when rows_gbp is null then summary_gap
        when totals_gap is not null then totals_gap
        when planned_gbp = 0 then coalesce(summary_gap, reason('no_duration'))
        when is_mostly_unknown(planned_gbp, rows_gbp)
            then reason('duration_tenth_money')
    end as gap_reason,
    reasons([
        kind_note,
        rows_note,
        months_note,
        partial_note,
        dates_note,
        ceiling_note,
        case
            when planned_gbp / nullif(rows_gbp, 0) < 0.5
                then reason('duration_half_money')
        end,
        case when planned_awards_n < 5 then reason('few_awards', 5) end
    ]) as low_reasons,
    rows_source_ids as source_ids
from metrics.funding_context
where not is_beyond

-- One row per series, nation and period, with every reason for a gap or a caution.
with size as (
    select
        nation.nation_code,
        count(*) as localities_n
    from core.dim_locality
    inner join core.dim_nation as nation using (nation)
    group by nation.nation_code
),

omitted as (
    select
        left_out.window_id,
        case left_out.scope when 'all' then 'funding_all' else 'funding' end as series,
        left_out.nation_code,
        count(*) as funders_n,
        min(left_out.localities_n) as least_localities_n,
        min(left_out.index_value) as lowest,
        max(left_out.index_value) as highest
    from metrics.equity_without_funder as left_out
    group by left_out.window_id, left_out.scope, left_out.nation_code
)

select
    measured.series,
    measured.nation_code,
    measured.period_start,
    measured.period_end,
    measured.localities_n,
    measured.amount,
    measured.amount_in_rows,
    measured.amount_by_recipient,
    measured.index_value,
    measured.se,
    student_975(measured.localities_n - 2) * measured.se as reach,
    -- For a share of people, the slope is in percentage points.
    slope.slope * case when measured.series in ('voice', 'volunteering') then 100 else 1 end as slope,
    slope.se * case when measured.series in ('voice', 'volunteering') then 100 else 1 end as slope_se,
    student_975(slope.tenths_n - 2) as slope_quantile,
    slope.tenths_n,
    omitted.funders_n,
    omitted.least_localities_n,
    omitted.lowest,
    omitted.highest,
    cast(measured.localities_n as double) / size.localities_n as coverage,
    case
        when measured.localities_n < 8
            then reason('few_localities', 8)
        when measured.rank_variance = 0 then reason('same_deprivation')
        when measured.amount = 0 then reason('none_has_any')
    end as gap_reason,
    reasons([
        case
            when measured.series = 'recording'
                then reason('written_about')
        end,
        doubt.kind_note,
        doubt.summary_note,
        doubt.overlap_note,
        doubt.months_note,
        doubt.partial_note,
        doubt.ceiling_note,
        doubt.dates_note,
        case
            when measured.amount_by_recipient / nullif(measured.amount, 0) > 0.5
                then reason('recipient_address')
        end,
        case
            when 2 * measured.unreliable_n > measured.localities_n
                then reason('figures_unreliable')
        end,
        case
            when 5 * measured.localities_n < 4 * size.localities_n
                then reason('rests_on', measured.localities_n, size.localities_n)
        end,
        case
            when abs(extract(year from measured.period_end) - extract(year from measured.index_end)) > 5
                then reason('old_index')
        end
    ]) as low_reasons,
    measured.source_ids
from metrics.equity_index as measured
inner join metrics.equity_slope as slope using (series, nation_code, period_start, period_end)
inner join size using (nation_code)
left join metrics.equity_doubt as doubt using (series, nation_code, period_start, period_end)
left join omitted
    on
        doubt.window_id = omitted.window_id
        and doubt.series = omitted.series
        and doubt.nation_code = omitted.nation_code

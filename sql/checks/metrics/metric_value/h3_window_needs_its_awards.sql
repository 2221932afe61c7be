-- H3: Every money measure of a window has the counted awards that it is of: of that window, scope and kind.
with placed as (
    select
        counted.window_id,
        counted.fund,
        bridge.locality_code,
        counted.list_coverage,
        counted.in_scope_local,
        not counted.is_total as is_one_award,
        counted.award_set <> 'place_funds' and counted.recipient_kind in ('community', 'public_body') as is_of_a_side
    from metrics.award_counted as counted
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
            and bridge.weight > 0
),

area as (
    select
        window_id,
        locality_code,
        true as is_row,
        in_scope_local,
        is_one_award,
        is_of_a_side
    from placed
    union all
    select
        window_id,
        'K02000001' as locality_code,
        true as is_row,
        in_scope_local,
        is_one_award,
        is_of_a_side
    from placed
    union all
    -- The summary gives money, numbers and durations of all awards, and does not say which are in the local scope.
    select
        period.window_id,
        summary.locality_code,
        false as is_row,
        false as in_scope_local,
        true as is_one_award,
        false as is_of_a_side
    from core.fct_award_summary as summary
    inner join metrics.award_window as period
        on period.origin <> 'award_rows'
    where summary.awards_n > 0
),

-- A row that is the total of several awards counts as money, but not as an award in a number or a measure.
money as (
    select
        window_id,
        locality_code,
        true as has_money,
        max(case when is_row then 1 else 0 end) = 1 as has_rows,
        max(case when is_row and is_one_award then 1 else 0 end) = 1 as has_award_rows,
        max(case when in_scope_local then 1 else 0 end) = 1 as has_local_money,
        max(case when is_one_award then 1 else 0 end) = 1 as has_awards,
        max(case when is_one_award and in_scope_local then 1 else 0 end) = 1 as has_local_awards,
        max(case when is_of_a_side then 1 else 0 end) = 1 as has_sides
    from area
    group by window_id, locality_code
),

windowed as (
    select
        period.period_start,
        period.period_end,
        money.locality_code,
        money.has_money,
        money.has_rows,
        money.has_award_rows,
        money.has_local_money,
        money.has_awards,
        money.has_local_awards,
        money.has_sides
    from money
    inner join metrics.award_window as period using (window_id)
    where period.window_id <> 'place_funds'
)

select
    value.metric_id,
    value.breakdown,
    value.locality_code,
    value.period
from metrics.metric_value as value
inner join core.dim_metric as metric using (metric_id)
left join windowed using (locality_code, period_start, period_end)
where
    value.value is not null
    and (metric.family = 'FUN' or value.metric_id = 'bal_money')
    and coalesce(metric.award_scope not in ('years_2013_2018', 'place_funds'), true)
    and value.metric_id not in ('fun_per_head_annual', 'fun_per_head_annual_all')
    and case
        when value.metric_id in ('fun_balance_community', 'bal_money') then not coalesce(windowed.has_sides, false)
        when
            value.metric_id in (
                'fun_hhi_funder_all',
                'fun_effective_funders_all',
                'fun_hq_share_all',
                'fun_recipients_n_all',
                'fun_hhi_recipient_all',
                'fun_loc_share'
            )
            then not coalesce(windowed.has_rows, false)
        when value.metric_id in ('fun_total_gbp_all', 'fun_per_head_all') then not coalesce(windowed.has_money, false)
        when value.metric_id = 'fun_multi_year_share_all' then not coalesce(windowed.has_award_rows, false)
        -- Size classes count single awards.
        when value.breakdown <> 'all' then not coalesce(windowed.has_local_awards, false)
        when
            value.metric_id in (
                'fun_total_gbp',
                'fun_per_head',
                'fun_hhi_funder',
                'fun_hhi_funder_norm',
                'fun_effective_funders',
                'fun_hq_share',
                'fun_recipients_n',
                'fun_hhi_recipient'
            )
            then not coalesce(windowed.has_local_money, false)
        when metric.award_scope = 'all' then not coalesce(windowed.has_awards, false)
        else not coalesce(windowed.has_local_awards, false)
    end

-- H3: Every value has the exact input that it is computed from (residents at that date, figures of that wording, small
-- areas with population, counted awards of that window and scope, or records), so that no value is imputed.
with valued as (
    select
        value.metric_id,
        value.breakdown,
        metric.family,
        metric.is_of_other_metrics,
        metric.headline_rule,
        metric.award_scope,
        value.locality_code,
        value.period,
        value.period_start,
        value.period_end,
        value.value,
        value.state,
        -- Null where a metric is comparable within no group, and a null would match nothing.
        case metric.comparable_within when 'none' then 'none' else value.comparable_group end as comparable_group
    from metrics.metric_value as value
    inner join core.dim_metric as metric
        on value.metric_id = metric.metric_id
    where value.value is not null
),

resident as (
    select distinct
        locality_code,
        period_end
    from core.fct_population
),

of_age as (
    select
        locality_code,
        period_end,
        count(distinct case when is_16plus then age_code end) as adult_ages_n,
        count(distinct age_code) as ages_n
    from core.fct_population_age
    where age_code <> 200
    group by locality_code, period_end
),

index_count as (
    select
        index_id,
        locality_code,
        count(*) as areas_n,
        count(population_persons) as peopled_n,
        count(overall_score) as scored_n
    from core.fct_small_area
    group by index_id, locality_code
),

-- An index gives counts of areas for every locality, but measures of people or scores only where all areas have them.
index_given as (
    select
        profile.locality_code,
        make_date(edition.index_year, 12, 31) as period_end,
        index_count.areas_n = profile.areas_n and index_count.peopled_n = profile.areas_n as has_people,
        index_count.areas_n = profile.areas_n and index_count.scored_n = profile.areas_n as has_scores
    from core.fct_deprivation_profile as profile
    left join core.dim_index as edition
        on profile.index_id = edition.index_id
    left join index_count
        on
            profile.index_id = index_count.index_id
            and profile.locality_code = index_count.locality_code
),

figure as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        case metric.comparable_within
            when 'none' then 'none'
            else comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
        end as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    inner join core.dim_metric as metric
        on indicator.metric_id = metric.metric_id
    where
        observation.population_part = '{}'
        and observation.value is not null
),

asked as (
    select distinct metric_id
    from core.dim_indicator
    where metric_id is not null
),

placed as (
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
    inner join metrics.award_window as period
        on money.window_id = period.window_id
    where period.window_id <> 'place_funds'
),

yearly as (
    select
        period.period_start,
        period.period_end,
        case when whole.is_whole then 'K02000001' else summary.locality_code end as locality_code,
        max(case when summary.is_national_infrastructure then 0 else 1 end) = 1 as has_local_money
    from core.fct_award_year_summary as summary
    inner join metrics.award_year_window as period
        on summary.award_year between period.first_year and period.last_year
    cross join (values (true), (false)) as whole (is_whole)
    where summary.amount_class = 'positive'
    group by
        period.period_start,
        period.period_end,
        case when whole.is_whole then 'K02000001' else summary.locality_code end
),

-- A list gives a value to the localities that it names. A complete list with an award of the nation on record also
-- gives zero to the localities that it does not name.
listed as (
    select
        list_coverage,
        locality_code,
        true as is_named
    from placed
    where window_id = 'place_funds'
    union
    select
        coverage.list_coverage,
        coverage.locality_code,
        false as is_named
    from core.fct_place_fund_coverage as coverage
    inner join core.dim_locality as locality
        on coverage.locality_code = locality.locality_code
    inner join core.dim_locality as reached
        on locality.nation = reached.nation
    inner join placed
        on
            reached.locality_code = placed.locality_code
            and coverage.fund = placed.fund
            and placed.window_id = 'place_funds'
    where
        coverage.list_coverage = 'complete'
        and coverage.is_on_list
),

list_given as (
    select
        list_coverage,
        locality_code,
        max(case when is_named then 1 else 0 end) = 1 as is_named
    from listed
    group by list_coverage, locality_code
),

-- Money that is spread over its planned time may come from an award dated before the period.
dated_money as (
    select
        bridge.locality_code,
        max(case when award.in_scope_local then 1 else 0 end) = 1 as has_local_money
    from core.fct_award as award
    inner join core.bridge_award_locality as bridge
        on
            award.award_key = bridge.award_key
            and bridge.basis = 'best'
            and bridge.weight > 0
    where
        is_on_record(award.award_set, award.is_on_record_elsewhere)
        and award.award_date is not null
        and not award.is_dated_in_future
    group by bridge.locality_code
),

recorded as (
    select
        locality_code,
        'recorded' as standing
    from core.fct_practice_study
    where geo_precision in ('lad', 'sub_lad')
    union distinct
    select
        'K02000001' as locality_code,
        'recorded' as standing
    from core.fct_practice_study
    union distinct
    select
        locality_code,
        'searched_none_found' as standing
    from core.fct_practice_search
    where result = 'none_found'
),

logged as (
    select distinct locality_code
    from core.fct_practice_search
)

select
    valued.metric_id,
    valued.breakdown,
    valued.locality_code,
    valued.period
from valued
-- A condition on the value alone is written as an equality, because DuckDB would otherwise compare every pair of rows.
left join resident
    on
        case when valued.family = 'POP' then valued.locality_code end = resident.locality_code
        and valued.period_end = resident.period_end
left join of_age
    on
        case when valued.family = 'POP' then valued.locality_code end = of_age.locality_code
        and valued.period_end = of_age.period_end
left join index_given
    on
        case when valued.family = 'DEP' then valued.locality_code end = index_given.locality_code
        and valued.period_end = index_given.period_end
left join figure
    on
        case valued.metric_id when 'bal_voice' then 'coh_influence_pct' else valued.metric_id end = figure.metric_id
        and valued.locality_code = figure.area_code
        and valued.period_start = figure.period_start
        and valued.period_end = figure.period_end
        and valued.comparable_group = figure.comparable_group
left join asked
    on valued.metric_id = asked.metric_id
left join windowed
    on
        case when valued.headline_rule = 'on_record' then valued.locality_code end = windowed.locality_code
        and valued.period_start = windowed.period_start
        and valued.period_end = windowed.period_end
left join yearly
    on
        case when valued.award_scope = 'years_2013_2018' then valued.locality_code end = yearly.locality_code
        and valued.period_start = yearly.period_start
        and valued.period_end = yearly.period_end
left join list_given
    on
        case when valued.award_scope = 'place_funds' then valued.locality_code end = list_given.locality_code
        and case valued.metric_id when 'fun_place_partial_n' then 'partial' else 'complete' end
        = list_given.list_coverage
left join dated_money
    on
        case when valued.metric_id in ('fun_per_head_annual', 'fun_per_head_annual_all') then valued.locality_code end
        = dated_money.locality_code
left join logged
    on
        case when valued.metric_id = 'prac_search_log_n' then valued.locality_code end = logged.locality_code
left join recorded
    on
        valued.locality_code = recorded.locality_code
        and case valued.state when 'searched_none_found' then 'searched_none_found' else 'recorded' end
        = recorded.standing
where
    case
        when valued.metric_id = 'pop_16plus' then coalesce(of_age.adult_ages_n < 75, true)
        when valued.metric_id in ('pop_under_16_share', 'pop_65plus_share') then coalesce(of_age.ages_n < 91, true)
        when valued.family = 'POP' then resident.locality_code is null
        when valued.metric_id in ('dep_avg_score', 'dep_gini_within')
            then not coalesce(index_given.has_people and index_given.has_scores, false)
        when
            valued.metric_id in (
                'dep_prop10_areas', 'dep_prop20_areas', 'dep_avg_rank_percentile_areas', 'dep_year_gap'
            )
            then index_given.locality_code is null
        when valued.family = 'DEP' then not coalesce(index_given.has_people, false)
        when asked.metric_id is not null or valued.metric_id = 'bal_voice' then figure.metric_id is null
        when valued.metric_id = 'fun_per_head_annual_all' then dated_money.locality_code is null
        when valued.metric_id = 'fun_per_head_annual' then not coalesce(dated_money.has_local_money, false)
        when valued.metric_id in ('fun_balance_community', 'bal_money') then not coalesce(windowed.has_sides, false)
        when valued.metric_id in ('fun_2013_2018_gbp_all', 'fun_2013_2018_n_all') then yearly.locality_code is null
        when valued.award_scope = 'years_2013_2018' then not coalesce(yearly.has_local_money, false)
        when valued.award_scope = 'place_funds'
            then list_given.locality_code is null or (valued.value <> 0 and not list_given.is_named)
        when
            valued.metric_id in (
                'fun_hhi_funder_all',
                'fun_effective_funders_all',
                'fun_hq_share_all',
                'fun_recipients_n_all',
                'fun_hhi_recipient_all',
                'fun_loc_share'
            )
            then not coalesce(windowed.has_rows, false)
        when valued.metric_id in ('fun_total_gbp_all', 'fun_per_head_all') then not coalesce(windowed.has_money, false)
        when valued.metric_id = 'fun_multi_year_share_all' then not coalesce(windowed.has_award_rows, false)
        -- Size classes count single awards.
        when valued.family = 'FUN' and valued.breakdown <> 'all' then not coalesce(windowed.has_local_awards, false)
        when
            valued.metric_id in (
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
        when valued.family = 'FUN' and valued.award_scope = 'all' then not coalesce(windowed.has_awards, false)
        when valued.family = 'FUN' then not coalesce(windowed.has_local_awards, false)
        when valued.metric_id = 'prac_search_log_n' then logged.locality_code is null
        when valued.family = 'PRA' or valued.metric_id = 'bal_practice' then recorded.locality_code is null
        -- Counts of what is known need no input: zero known is a valid count.
        else valued.family not in ('EQ', 'FRM', 'SCN') and not valued.is_of_other_metrics
    end

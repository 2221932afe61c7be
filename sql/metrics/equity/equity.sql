-- How money, voice, volunteers and records lie over a nation's localities in order of deprivation. Rows are of nations,
-- and no nation is compared with another: their indices of deprivation differ. Below 8 localities nothing is said. The
-- localities are all there are and no sample of more: the interval says how closely they keep to one line, and knows
-- nothing of what the awards on record leave out.
with source as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        unnest(source_ids) as source_id
    from metrics.equity_place
),

sources as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        list_sort(array_agg(distinct source_id)) as source_ids
    from source
    group by series, nation_code, period_start, period_end
),

summed as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        count(*) as localities_n,
        added_up(persons) as persons,
        added_up(amount) as amount,
        added_up(amount_in_rows) as amount_in_rows,
        added_up(amount_by_recipient) as amount_by_recipient,
        added_up(amount) / added_up(persons) as mean,
        concentration_index(amount, mid_rank) as index_value,
        added_up(persons * (mid_rank - 0.5e0) * (mid_rank - 0.5e0)) / added_up(persons) as rank_variance,
        count(case when is_unreliable then 1 end) as unreliable_n,
        max(index_end) as index_end
    from metrics.equity_place
    group by series, nation_code, period_start, period_end
),

-- The index is the slope of a regression, weighted by residents, of what each has over the mean, scaled by twice the
-- variance of the mid-ranks, on the mid-rank (Kakwani, Wagstaff and van Doorslaer 1997); this is its error.
regressed as (
    select
        place.series,
        place.nation_code,
        place.period_start,
        place.period_end,
        sqrt(
            added_up(
                place.persons
                * power(
                    2 * summed.rank_variance * (place.amount / place.persons / nullif(summed.mean, 0) - 1)
                    - summed.index_value * (place.mid_rank - 0.5e0),
                    2
                )
            )
            / nullif(max(summed.persons) * (max(summed.localities_n) - 2) * max(summed.rank_variance), 0)
        ) as se
    from metrics.equity_place as place
    inner join summed
        on
            place.series = summed.series
            and place.nation_code = summed.nation_code
            and place.period_start = summed.period_start
            and place.period_end = summed.period_end
    group by place.series, place.nation_code, place.period_start, place.period_end
),

-- Tenths of the residents by the mid-rank of their locality, which may leave some tenths empty.
tenth as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        least(floor(10 * mid_rank), 9) as tenth,
        added_up(persons) as persons,
        added_up(amount) / added_up(persons) as rate,
        max(persons_in_all) as persons_in_all
    from metrics.equity_place
    group by series, nation_code, period_start, period_end, least(floor(10 * mid_rank), 9)
),

placed_tenth as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        persons,
        rate,
        (
            sum(persons)
                over (
                    partition by series, nation_code, period_start, period_end
                    order by tenth
                )
            - persons / 2
        )
        / persons_in_all - 0.5e0 as place
    from tenth
),

sloped as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        count(*) as tenths_n,
        added_up(persons) as persons,
        added_up(persons * rate) / added_up(persons) as mean,
        added_up(persons * place * place) / added_up(persons) as place_variance,
        added_up(persons * place * rate) / nullif(added_up(persons * place * place), 0) as slope
    from placed_tenth
    group by series, nation_code, period_start, period_end
),

slope_error as (
    select
        placed_tenth.series,
        placed_tenth.nation_code,
        placed_tenth.period_start,
        placed_tenth.period_end,
        sqrt(
            added_up(
                placed_tenth.persons
                * power(placed_tenth.rate - sloped.mean - sloped.slope * placed_tenth.place, 2)
            )
            / nullif(max(sloped.persons) * (max(sloped.tenths_n) - 2) * max(sloped.place_variance), 0)
        ) as se
    from placed_tenth
    inner join sloped
        on
            placed_tenth.series = sloped.series
            and placed_tenth.nation_code = sloped.nation_code
            and placed_tenth.period_start = sloped.period_start
            and placed_tenth.period_end = sloped.period_end
    group by placed_tenth.series, placed_tenth.nation_code, placed_tenth.period_start, placed_tenth.period_end
),

size as (
    select
        nation.nation_code,
        count(*) as localities_n
    from core.dim_locality as locality
    inner join core.dim_nation as nation
        on locality.nation = nation.nation
    group by nation.nation_code
),

dated as (
    select
        funding.scope,
        locality.nation,
        added_up(funding.dated_gbp) / nullif(added_up(funding.total_gbp), 0) as dated_share
    from metrics.funding_window as funding
    inner join core.dim_locality as locality
        on funding.locality_code = locality.locality_code
    where
        funding.window_id = 'on_record'
        and funding.basis = 'best'
    group by funding.scope, locality.nation
),

unsorted as (
    select
        funding.window_id,
        locality.nation,
        added_up(funding.unknown_recipient_gbp) / nullif(added_up(funding.total_gbp), 0) as unknown_share
    from metrics.funding_window as funding
    inner join core.dim_locality as locality
        on funding.locality_code = locality.locality_code
    where
        funding.scope = 'local'
        and funding.basis = 'best'
    group by funding.window_id, locality.nation
),

-- What is doubtful about the money of a window as a whole is doubtful about its lie.
doubt as (
    select
        scope.series,
        nation.nation_code,
        period.window_id,
        period.period_start,
        period.period_end,
        max(case when scope.is_of_beneficiaries then context.rows_note else context.summary_note end) as summary_note,
        max(case when not scope.is_of_beneficiaries then context.overlap_note end) as overlap_note,
        max(context.months_note) as months_note,
        min(context.partial_note) as partial_note,
        max(context.ceiling_note) as ceiling_note,
        max(
            case
                when scope.scope = 'local' and unsorted.unknown_share > 0.5
                    then reason('unknown_kind')
            end
        ) as kind_note,
        max(
            case
                when period.window_id in ('on_record', 'rolling_3y') and dated.dated_share < 0.5
                    then reason('half_dated')
            end
        ) as dates_note
    from metrics.funding_context as context
    inner join metrics.award_window as period
        on context.window_id = period.window_id
    inner join core.dim_locality as locality
        on context.locality_code = locality.locality_code
    inner join core.dim_nation as nation
        on locality.nation = nation.nation
    inner join (
        values
        ('funding', 'local', false),
        ('funding_beneficiary', 'local', true),
        ('funding_all', 'all', false),
        ('funding_all_beneficiary', 'all', true)
    ) as scope (series, scope, is_of_beneficiaries)
        on context.scope = scope.scope
    left join dated
        on
            context.scope = dated.scope
            and locality.nation = dated.nation
    left join unsorted
        on
            context.window_id = unsorted.window_id
            and locality.nation = unsorted.nation
    where period.window_id <> 'place_funds'
    group by scope.series, nation.nation_code, period.window_id, period.period_start, period.period_end
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
),

judged as (
    select
        summed.series,
        summed.nation_code,
        summed.period_start,
        summed.period_end,
        summed.localities_n,
        summed.amount,
        summed.amount_in_rows,
        summed.amount_by_recipient,
        summed.index_value,
        regressed.se,
        student_975(summed.localities_n - 2) * regressed.se as reach,
        -- Of the share of people who say so the slope is in percentage points.
        sloped.slope * case when summed.series in ('voice', 'volunteering') then 100 else 1 end as slope,
        slope_error.se * case when summed.series in ('voice', 'volunteering') then 100 else 1 end as slope_se,
        student_975(sloped.tenths_n - 2) as slope_quantile,
        sloped.tenths_n,
        omitted.funders_n,
        omitted.least_localities_n,
        omitted.lowest,
        omitted.highest,
        cast(summed.localities_n as double) / size.localities_n as coverage,
        case
            when summed.localities_n < 8
                then reason('few_localities', 8)
            when summed.rank_variance = 0 then reason('same_deprivation')
            when summed.amount = 0 then reason('none_has_any')
        end as gap_reason,
        reasons([
            case
                when summed.series = 'recording'
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
                when summed.amount_by_recipient / nullif(summed.amount, 0) > 0.5
                    then reason('recipient_address')
            end,
            case
                when 2 * summed.unreliable_n > summed.localities_n
                    then reason('figures_unreliable')
            end,
            case
                when 5 * summed.localities_n < 4 * size.localities_n
                    then reason('rests_on', summed.localities_n, size.localities_n)
            end,
            case
                when abs(extract(year from summed.period_end) - extract(year from summed.index_end)) > 5
                    then reason('old_index')
            end
        ]) as low_reasons,
        sources.source_ids
    from summed
    inner join regressed
        on
            summed.series = regressed.series
            and summed.nation_code = regressed.nation_code
            and summed.period_start = regressed.period_start
            and summed.period_end = regressed.period_end
    inner join sloped
        on
            summed.series = sloped.series
            and summed.nation_code = sloped.nation_code
            and summed.period_start = sloped.period_start
            and summed.period_end = sloped.period_end
    inner join slope_error
        on
            summed.series = slope_error.series
            and summed.nation_code = slope_error.nation_code
            and summed.period_start = slope_error.period_start
            and summed.period_end = slope_error.period_end
    inner join sources
        on
            summed.series = sources.series
            and summed.nation_code = sources.nation_code
            and summed.period_start = sources.period_start
            and summed.period_end = sources.period_end
    inner join size
        on summed.nation_code = size.nation_code
    left join doubt
        on
            summed.series = doubt.series
            and summed.nation_code = doubt.nation_code
            and summed.period_start = doubt.period_start
            and summed.period_end = doubt.period_end
    left join omitted
        on
            doubt.window_id = omitted.window_id
            and doubt.series = omitted.series
            and doubt.nation_code = omitted.nation_code
),

looked_at as (
    select distinct locality_code
    from core.fct_practice_search
),

searched as (
    select
        place.nation_code,
        least(floor(5 * place.mid_rank), 4) + 1 as fifth,
        place.locality_code
    from metrics.equity_place as place
    inner join looked_at
        on place.locality_code = looked_at.locality_code
    where place.series = 'recording'
),

fifth_searched as (
    select
        judged.nation_code,
        fifths.fifth,
        cast(count(searched.locality_code) as double) as localities_n
    from judged
    cross join (values (1), (2), (3), (4), (5)) as fifths (fifth)
    left join searched
        on
            judged.nation_code = searched.nation_code
            and fifths.fifth = searched.fifth
    where judged.series = 'recording'
    group by judged.nation_code, fifths.fifth
),

measured as (
    select
        case series
            when 'recording' then 'eq_recording_gradient'
            when 'funding_beneficiary' then 'eq_ci_funding'
            when 'funding_all_beneficiary' then 'eq_ci_funding_all'
            else 'eq_ci_' || series
        end as metric_id,
        case when series in ('funding_beneficiary', 'funding_all_beneficiary') then 'beneficiary' else 'all' end
            as breakdown,
        nation_code,
        period_start,
        period_end,
        index_value as value,
        greatest(index_value - reach, -1) as lci,
        least(index_value + reach, 1) as uci,
        'convenient_regression' as ci_method,
        cast(null as double) as n_num,
        cast(localities_n as double) as n_den,
        se,
        gap_reason,
        low_reasons,
        coverage,
        source_ids
    from judged
    union all
    select
        'eq_ci_' || judged.series || '_lofo_' || range_end.name as metric_id,
        'all' as breakdown,
        judged.nation_code,
        judged.period_start,
        judged.period_end,
        case range_end.name when 'lo' then judged.lowest else judged.highest end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:end_of_range' as ci_method,
        cast(null as double) as n_num,
        cast(judged.funders_n as double) as n_den,
        cast(null as double) as se,
        case
            when judged.gap_reason is not null then judged.gap_reason
            when judged.funders_n is null then reason('no_funder_row')
            when judged.funders_n = 1 then reason('one_funder_named')
            when judged.least_localities_n < 8 then reason('few_without_funder', 8)
        end as gap_reason,
        joined_reasons(
            reasons([case when judged.amount > judged.amount_in_rows then reason('summary_stays') end]),
            judged.low_reasons
        ) as low_reasons,
        judged.coverage,
        judged.source_ids
    from judged
    cross join (values ('lo'), ('hi')) as range_end (name)
    where judged.series in ('funding', 'funding_all')
    union all
    select
        'eq_hq_share_' || series as metric_id,
        'all' as breakdown,
        nation_code,
        period_start,
        period_end,
        amount_by_recipient / nullif(amount_in_rows, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        amount_by_recipient as n_num,
        amount_in_rows as n_den,
        cast(null as double) as se,
        case when amount_by_recipient is null then reason('summary_lacks') end as gap_reason,
        joined_reasons(
            reasons([case when amount > amount_in_rows then reason('summary_left_out') end]),
            low_reasons
        ) as low_reasons,
        coverage,
        source_ids
    from judged
    where series in ('funding', 'funding_all')
    union all
    select
        'eq_sii_' || series as metric_id,
        'all' as breakdown,
        nation_code,
        period_start,
        period_end,
        slope as value,
        slope - slope_quantile * slope_se as lci,
        slope + slope_quantile * slope_se as uci,
        'weighted_regression' as ci_method,
        cast(null as double) as n_num,
        cast(tenths_n as double) as n_den,
        slope_se as se,
        case
            when gap_reason is not null then gap_reason
            when tenths_n < 5 then reason('few_tenths')
        end as gap_reason,
        low_reasons,
        coverage,
        source_ids
    from judged
    where series in ('funding', 'funding_all', 'voice', 'volunteering')
    union all
    select
        'eq_curve_' || judged.series as metric_id,
        case when judged.gap_reason is null then 'decile_' || cast(tenths.tenth as varchar) else 'all' end as breakdown,
        judged.nation_code,
        judged.period_start,
        judged.period_end,
        ordinate.amount_share as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:ordinate' as ci_method,
        cast(null as double) as n_num,
        cast(judged.localities_n as double) as n_den,
        cast(null as double) as se,
        judged.gap_reason,
        judged.low_reasons,
        judged.coverage,
        judged.source_ids
    from judged
    cross join (values (1), (2), (3), (4), (5), (6), (7), (8), (9)) as tenths (tenth)
    left join metrics.equity_ordinate as ordinate
        on
            judged.series = ordinate.series
            and judged.nation_code = ordinate.nation_code
            and judged.period_start = ordinate.period_start
            and judged.period_end = ordinate.period_end
            and tenths.tenth = ordinate.tenth
    -- Where there is no curve one row says so of all tenths.
    where
        judged.series in ('funding', 'funding_all', 'voice', 'volunteering')
        and (judged.gap_reason is null or tenths.tenth = 1)
    union all
    select
        'eq_searched_n' as metric_id,
        case when judged.gap_reason is null then 'quintile_' || cast(fifth_searched.fifth as varchar) else 'all' end
            as breakdown,
        judged.nation_code,
        judged.period_start,
        judged.period_end,
        fifth_searched.localities_n as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        sum(fifth_searched.localities_n) over (partition by judged.nation_code) as n_den,
        cast(null as double) as se,
        judged.gap_reason,
        cast(null as varchar[]) as low_reasons,
        cast(null as double) as coverage,
        judged.source_ids
    from judged
    inner join fifth_searched
        on judged.nation_code = fifth_searched.nation_code
    where
        judged.series = 'recording'
        and (judged.gap_reason is null or fifth_searched.fifth = 1)
)

select
    metric_id,
    breakdown,
    nation_code as locality_code,
    period_start,
    period_end,
    case when gap_reason is null then value end as value,
    case when gap_reason is null then lci end as lci,
    case when gap_reason is null then uci end as uci,
    case when gap_reason is null then ci_method else 'none:no_value' end as ci_method,
    case when gap_reason is null then n_num end as n_num,
    case when gap_reason is null then n_den end as n_den,
    case when gap_reason is null then se end as se,
    gap_reason,
    case when gap_reason is null then low_reasons end as low_reasons,
    case when gap_reason is null then coverage end as coverage,
    case when gap_reason is null then source_ids else cast([] as varchar[]) end as source_ids
from measured

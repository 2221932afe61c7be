-- Each survey percentage set against its group and against its own past: taken in towards the group's mean, compared
-- with the others, and changed since. A group is one nation, survey and wording in one period.
with figure as (
    select
        cohesion.metric_id as base_id,
        replace(replace(cohesion.metric_id, 'coh_', ''), '_pct', '') as item,
        cohesion.locality_code,
        cohesion.period_start,
        cohesion.period_end,
        cohesion.value,
        cohesion.se,
        cohesion.low_reasons,
        cohesion.note_reasons,
        cohesion.source_ids,
        cohesion.comparable_group,
        locality.nation
    from metrics.cohesion as cohesion
    left join core.dim_locality as locality
        on cohesion.locality_code = locality.locality_code
    where cohesion.value is not null
),

-- Of the localities with a standard error: what can be compared at all.
member as (
    select
        base_id,
        locality_code,
        period_start,
        period_end,
        comparable_group,
        nation,
        source_ids,
        value,
        se * se as variance,
        1 / (se * se) as weight
    from figure
    where
        nation is not null
        and se > 0
),

fixed as (
    select
        base_id,
        period_start,
        period_end,
        comparable_group,
        count(*) as n,
        sum(value) as value_sum,
        sum(variance) as variance_sum,
        var_samp(value) as spread,
        sum(weight * value) / sum(weight) as weighted_mean,
        sum(weight) - sum(weight * weight) / sum(weight) as scale
    from member
    group by base_id, period_start, period_end, comparable_group
),

-- DerSimonian and Laird: the spread between places beyond what their errors make.
heterogeneity as (
    select
        fixed.base_id,
        fixed.period_start,
        fixed.period_end,
        fixed.comparable_group,
        greatest(
            0e0,
            (sum(member.weight * pow(member.value - fixed.weighted_mean, 2)) - fixed.n + 1) / nullif(fixed.scale, 0)
        ) as tau2
    from fixed
    inner join member
        on
            fixed.base_id = member.base_id
            and fixed.period_start = member.period_start
            and fixed.period_end = member.period_end
            and fixed.comparable_group = member.comparable_group
    group by fixed.base_id, fixed.period_start, fixed.period_end, fixed.comparable_group, fixed.n, fixed.scale
),

pooled as (
    select
        heterogeneity.base_id,
        heterogeneity.period_start,
        heterogeneity.period_end,
        heterogeneity.comparable_group,
        heterogeneity.tau2,
        sum(member.value / (heterogeneity.tau2 + member.variance))
        / sum(1 / (heterogeneity.tau2 + member.variance)) as mu,
        1 / sum(1 / (heterogeneity.tau2 + member.variance)) as mu_variance
    from heterogeneity
    inner join member
        on
            heterogeneity.base_id = member.base_id
            and heterogeneity.period_start = member.period_start
            and heterogeneity.period_end = member.period_end
            and heterogeneity.comparable_group = member.comparable_group
    group by
        heterogeneity.base_id,
        heterogeneity.period_start,
        heterogeneity.period_end,
        heterogeneity.comparable_group,
        heterogeneity.tau2
),

standing as (
    select
        figure.item,
        figure.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.se,
        figure.low_reasons,
        figure.note_reasons,
        figure.source_ids,
        figure.comparable_group,
        fixed.n,
        pooled.tau2,
        pooled.mu,
        pooled.mu_variance,
        pooled.tau2 / nullif(pooled.tau2 + figure.se * figure.se, 0) as kept,
        (fixed.value_sum - figure.value) / nullif(fixed.n - 1, 0) as others_mean,
        greatest(0e0, fixed.variance_sum - figure.se * figure.se) / nullif((fixed.n - 1) * (fixed.n - 1), 0)
            as others_variance,
        case
            when figure.se is null or figure.se = 0 then reason('no_error_published')
            when fixed.n < 8 then reason('few_errors', 8)
        end as no_comparison,
        case
            when figure.se is null or figure.se = 0 then reason('no_error_published')
            when fixed.n < 4 then reason('few_errors', 4)
            when pooled.tau2 = 0
                then reason('no_spread')
        end as no_shrinkage
    from figure
    left join fixed
        on
            figure.base_id = fixed.base_id
            and figure.period_start = fixed.period_start
            and figure.period_end = fixed.period_end
            and figure.comparable_group = fixed.comparable_group
    left join pooled
        on
            figure.base_id = pooled.base_id
            and figure.period_start = pooled.period_start
            and figure.period_end = pooled.period_end
            and figure.comparable_group = pooled.comparable_group
    where figure.nation is not null
),

-- The error is that of the figure, of the group's mean and of the share that is kept (Morris 1983).
shrunk as (
    select
        'coh_eb_pct_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        case when no_shrinkage is null then mu + kept * (value - mu) end as value,
        case
            when no_shrinkage is null
                then sqrt(kept * se * se + pow(1 - kept, 2) * (mu_variance + 2e0 / (n - 3) * pow(value - mu, 2)))
        end as se,
        'empirical_bayes' as method,
        n,
        low_reasons,
        note_reasons,
        no_shrinkage as withheld_reason,
        source_ids,
        comparable_group
    from standing
),

compared as (
    select
        'coh_vs_group_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        case when no_comparison is null then value - others_mean end as value,
        case when no_comparison is null then sqrt(se * se + others_variance) end as se,
        'normal_difference' as method,
        n,
        low_reasons,
        note_reasons,
        no_comparison as withheld_reason,
        source_ids,
        comparable_group
    from standing
),

observed as (
    select distinct
        indicator.metric_id as base_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        coalesce(observation.is_after_series_break, false) as is_after_series_break,
        indicator.nation || ' | ' || observation.survey || ' | ' || observation.item_wording_id as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    where
        observation.breakdown = '{}'
        and indicator.metric_id is not null
),

series as (
    select
        figure.base_id,
        figure.item,
        figure.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.se,
        figure.low_reasons,
        figure.note_reasons,
        figure.source_ids,
        figure.comparable_group,
        observed.is_after_series_break
    from figure
    inner join observed
        on
            figure.base_id = observed.base_id
            and figure.locality_code = observed.area_code
            and figure.period_start = observed.period_start
            and figure.period_end = observed.period_end
            and figure.comparable_group = observed.comparable_group
),

paired as (
    select
        later.item,
        later.locality_code,
        later.period_start as later_start,
        later.period_end,
        earlier.period_start as earlier_start,
        later.value - earlier.value as value,
        sqrt(later.se * later.se + earlier.se * earlier.se) as se,
        later.is_after_series_break = earlier.is_after_series_break as is_comparable,
        case
            when array_length(later.low_reasons) > 0 or array_length(earlier.low_reasons) > 0
                then reason('one_unreliable')
        end as low_reason,
        list_sort(list_distinct(list_concat(later.source_ids, earlier.source_ids))) as source_ids,
        later.comparable_group,
        row_number() over (
            partition by
                later.base_id, later.locality_code, later.comparable_group, later.period_start, later.period_end
            order by
                case when later.is_after_series_break = earlier.is_after_series_break then 0 else 1 end asc,
                earlier.period_end desc
        ) as nearness
    from series as later
    inner join series as earlier
        on
            later.base_id = earlier.base_id
            and later.locality_code = earlier.locality_code
            and later.comparable_group = earlier.comparable_group
            and later.period_end > earlier.period_end
),

changed as (
    select
        'coh_change_' || item as metric_id,
        locality_code,
        case when is_comparable then earlier_start else later_start end as period_start,
        period_end,
        case when is_comparable then value end as value,
        case when is_comparable then se end as se,
        is_comparable,
        reasons([low_reason, case when se is null then reason('change_without_errors') end]) as low_reasons,
        source_ids,
        comparable_group
    from paired
    where nearness = 1
),

-- The ends of a chi-square with n - 1 degrees of freedom, by Wilson and Hilferty's cube.
reliable as (
    select
        base_id,
        period_start,
        period_end,
        comparable_group,
        n,
        (variance_sum / n) / nullif(spread, 0) as noise_share,
        pow(1 - 2 / (9e0 * (n - 1)) - 1.959963984540054e0 * sqrt(2 / (9e0 * (n - 1))), 3) as chi_low,
        pow(1 - 2 / (9e0 * (n - 1)) + 1.959963984540054e0 * sqrt(2 / (9e0 * (n - 1))), 3) as chi_high
    from fixed
    where n >= 2
),

source as (
    select
        member.base_id,
        member.period_start,
        member.period_end,
        member.comparable_group,
        min(member.nation) as nation,
        list_sort(list_distinct(flatten(array_agg(member.source_ids)))) as source_ids
    from member
    group by member.base_id, member.period_start, member.period_end, member.comparable_group
),

spread_known as (
    select
        'coh_reliability_' || replace(replace(reliable.base_id, 'coh_', ''), '_pct', '') as metric_id,
        nation.nation_code as locality_code,
        reliable.period_start,
        reliable.period_end,
        greatest(0e0, 1 - reliable.noise_share) as value,
        greatest(0e0, 1 - reliable.noise_share * reliable.chi_high) as lci,
        greatest(0e0, 1 - reliable.noise_share * reliable.chi_low) as uci,
        cast(reliable.n as double) as n_den,
        case
            when reliable.n < 8 then reason('few_errors', 8)
            when reliable.noise_share is null then reason('same_value')
        end as withheld_reason,
        source.source_ids,
        reliable.comparable_group
    from reliable
    inner join source
        on
            reliable.base_id = source.base_id
            and reliable.period_start = source.period_start
            and reliable.period_end = source.period_end
            and reliable.comparable_group = source.comparable_group
    inner join core.dim_nation as nation
        on source.nation = nation.nation
),

set_against as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        se,
        method,
        n,
        low_reasons,
        note_reasons,
        withheld_reason,
        source_ids,
        comparable_group
    from shrunk
    union all
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        se,
        method,
        n,
        low_reasons,
        note_reasons,
        withheld_reason,
        source_ids,
        comparable_group
    from compared
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value,
    value - 1.959963984540054e0 * se as lci,
    value + 1.959963984540054e0 * se as uci,
    case when value is null then 'none:no_value' else method end as ci_method,
    case when value is not null then cast(n as double) end as n_den,
    se,
    withheld_reason as gap_reason,
    case when withheld_reason is null then low_reasons end as low_reasons,
    case when withheld_reason is null then note_reasons end as note_reasons,
    case when value is null then cast([] as varchar[]) else source_ids end as source_ids,
    comparable_group
from set_against
union all
select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value,
    value - 1.959963984540054e0 * se as lci,
    value + 1.959963984540054e0 * se as uci,
    case
        when value is null then 'none:no_value'
        when se is null then 'none:not_published'
        else 'normal_difference'
    end as ci_method,
    cast(null as double) as n_den,
    se,
    case when not is_comparable then reason('break_between') end as gap_reason,
    case when is_comparable then low_reasons end as low_reasons,
    cast(null as varchar[]) as note_reasons,
    case when value is null then cast([] as varchar[]) else source_ids end as source_ids,
    comparable_group
from changed
union all
select
    metric_id,
    locality_code,
    period_start,
    period_end,
    case when withheld_reason is null then value end as value,
    case when withheld_reason is null then lci end as lci,
    case when withheld_reason is null then uci end as uci,
    case when withheld_reason is null then 'chi_square' else 'none:no_value' end as ci_method,
    case when withheld_reason is null then n_den end as n_den,
    cast(null as double) as se,
    withheld_reason as gap_reason,
    reasons([case when withheld_reason is null and value < 0.5 then reason('spread_mostly_noise') end]) as low_reasons,
    cast(null as varchar[]) as note_reasons,
    case when withheld_reason is null then source_ids else cast([] as varchar[]) end as source_ids,
    comparable_group
from spread_known

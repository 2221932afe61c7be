-- What is said about a value: one row for each value that has a statistic. A survey percentage is compared with the
-- other localities of its group (one nation, survey and wording in one period) and with its own past; every value that
-- may be ranked has its rank set. Withheld statistics are null, and the reasons beside them say why.
with figure as (
    select
        cohesion.metric_id,
        cohesion.locality_code,
        cohesion.period_start,
        cohesion.period_end,
        cohesion.value,
        cohesion.se,
        cohesion.low_reasons,
        cohesion.note_reasons,
        cohesion.comparable_group,
        locality.locality_code is not null as is_locality
    from metrics.cohesion as cohesion
    left join core.dim_locality as locality
        on cohesion.locality_code = locality.locality_code
    where cohesion.value is not null
),

-- Of the localities with a standard error: what can be compared at all.
member as (
    select
        metric_id,
        period_start,
        period_end,
        comparable_group,
        value,
        se * se as variance,
        1 / (se * se) as weight
    from figure
    where
        is_locality
        and se > 0
),

fixed as (
    select
        metric_id,
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
    group by metric_id, period_start, period_end, comparable_group
),

-- DerSimonian and Laird: the spread between places beyond what their errors make.
heterogeneity as (
    select
        fixed.metric_id,
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
            fixed.metric_id = member.metric_id
            and fixed.period_start = member.period_start
            and fixed.period_end = member.period_end
            and fixed.comparable_group = member.comparable_group
    group by fixed.metric_id, fixed.period_start, fixed.period_end, fixed.comparable_group, fixed.n, fixed.scale
),

pooled as (
    select
        heterogeneity.metric_id,
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
            heterogeneity.metric_id = member.metric_id
            and heterogeneity.period_start = member.period_start
            and heterogeneity.period_end = member.period_end
            and heterogeneity.comparable_group = member.comparable_group
    group by
        heterogeneity.metric_id,
        heterogeneity.period_start,
        heterogeneity.period_end,
        heterogeneity.comparable_group,
        heterogeneity.tau2
),

-- The ends of a chi-square with n - 1 degrees of freedom, by Wilson and Hilferty's cube.
reliable as (
    select
        metric_id,
        period_start,
        period_end,
        comparable_group,
        (variance_sum / n) / nullif(spread, 0) as noise_share,
        pow(1 - 2 / (9e0 * (n - 1)) - 1.959963984540054e0 * sqrt(2 / (9e0 * (n - 1))), 3) as chi_low,
        pow(1 - 2 / (9e0 * (n - 1)) + 1.959963984540054e0 * sqrt(2 / (9e0 * (n - 1))), 3) as chi_high
    from fixed
    where n >= 8
),

in_group as (
    select
        figure.metric_id,
        figure.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.se,
        joined_reasons(figure.note_reasons, figure.low_reasons) as reason_codes,
        case when figure.is_locality then fixed.n end as n,
        pooled.mu,
        pooled.mu_variance,
        pooled.tau2 / nullif(pooled.tau2 + figure.se * figure.se, 0) as kept,
        (fixed.value_sum - figure.value) / nullif(fixed.n - 1, 0) as others_mean,
        greatest(0e0, fixed.variance_sum - figure.se * figure.se) / nullif((fixed.n - 1) * (fixed.n - 1), 0)
            as others_variance,
        greatest(0e0, 1 - reliable.noise_share) as group_reliability,
        greatest(0e0, 1 - reliable.noise_share * reliable.chi_high) as group_reliability_lci,
        greatest(0e0, 1 - reliable.noise_share * reliable.chi_low) as group_reliability_uci,
        case
            when not figure.is_locality then reason('nation_not_compared')
            when figure.se is null or figure.se = 0 then reason('no_error_published')
            when fixed.n < 8 then reason('few_errors', 8)
        end as no_difference,
        case
            when not figure.is_locality then reason('nation_not_compared')
            when figure.se is null or figure.se = 0 then reason('no_error_published')
            when fixed.n < 4 then reason('few_errors', 4)
            when pooled.tau2 = 0 then reason('no_spread')
        end as no_shrinkage,
        case
            when not figure.is_locality then reason('nation_not_compared')
            when fixed.n is null or fixed.n < 8 then reason('few_errors', 8)
            when reliable.noise_share is null then reason('same_value')
        end as no_reliability
    from figure
    left join fixed
        on
            figure.metric_id = fixed.metric_id
            and figure.period_start = fixed.period_start
            and figure.period_end = fixed.period_end
            and figure.comparable_group = fixed.comparable_group
    left join pooled
        on
            figure.metric_id = pooled.metric_id
            and figure.period_start = pooled.period_start
            and figure.period_end = pooled.period_end
            and figure.comparable_group = pooled.comparable_group
    left join reliable
        on
            figure.metric_id = reliable.metric_id
            and figure.period_start = reliable.period_start
            and figure.period_end = reliable.period_end
            and figure.comparable_group = reliable.comparable_group
),

-- The error of a shrunken value is that of the figure, of the group's mean and of the share that is kept (Morris 1983).
compared as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        n,
        case when no_shrinkage is null then mu + kept * (value - mu) end as shrunk_value,
        case
            when no_shrinkage is null
                then sqrt(kept * se * se + pow(1 - kept, 2) * (mu_variance + 2e0 / (n - 3) * pow(value - mu, 2)))
        end as shrunk_se,
        case when no_shrinkage is null then reason_codes else [no_shrinkage] end as shrunk_reason_codes,
        case when no_difference is null then value - others_mean end as group_difference,
        case when no_difference is null then sqrt(se * se + others_variance) end as group_difference_se,
        case when no_difference is null then reason_codes else [no_difference] end as group_difference_reason_codes,
        case when no_reliability is null then group_reliability end as group_reliability,
        case when no_reliability is null then group_reliability_lci end as group_reliability_lci,
        case when no_reliability is null then group_reliability_uci end as group_reliability_uci,
        reasons([
            no_reliability,
            case when no_reliability is null and group_reliability < 0.5 then reason('spread_mostly_noise') end
        ]) as group_reliability_reason_codes
    from in_group
),

observed as (
    select distinct
        indicator.metric_id,
        observation.area_code,
        observation.period_start,
        observation.period_end,
        coalesce(observation.is_after_series_break, false) as is_after_series_break,
        comparable_group(indicator.nation, null, observation.survey, observation.item_wording_id, null, null)
            as comparable_group
    from core.fct_observation as observation
    inner join core.dim_indicator as indicator
        on
            observation.indicator_id = indicator.indicator_id
            and observation.item_wording_id = indicator.item_wording_id
    where
        observation.population_part = '{}'
        and indicator.metric_id is not null
),

series as (
    select
        figure.metric_id,
        figure.locality_code,
        figure.period_start,
        figure.period_end,
        figure.value,
        figure.se,
        figure.low_reasons,
        figure.comparable_group,
        observed.is_after_series_break
    from figure
    inner join observed
        on
            figure.metric_id = observed.metric_id
            and figure.locality_code = observed.area_code
            and figure.period_start = observed.period_start
            and figure.period_end = observed.period_end
            and figure.comparable_group = observed.comparable_group
),

paired as (
    select
        later.metric_id,
        later.locality_code,
        later.period_start,
        later.period_end,
        earlier.period_start as from_start,
        earlier.period_end as from_end,
        later.value - earlier.value as value,
        sqrt(later.se * later.se + earlier.se * earlier.se) as se,
        later.is_after_series_break = earlier.is_after_series_break as is_comparable,
        case
            when array_length(later.low_reasons) > 0 or array_length(earlier.low_reasons) > 0
                then reason('one_unreliable')
        end as low_reason,
        row_number() over (
            partition by
                later.metric_id, later.locality_code, later.comparable_group, later.period_start, later.period_end
            order by
                case when later.is_after_series_break = earlier.is_after_series_break then 0 else 1 end asc,
                earlier.period_end desc
        ) as nearness
    from series as later
    inner join series as earlier
        on
            later.metric_id = earlier.metric_id
            and later.locality_code = earlier.locality_code
            and later.comparable_group = earlier.comparable_group
            and later.period_end > earlier.period_end
),

changed as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        case when is_comparable then from_start end as change_from_start,
        case when is_comparable then from_end end as change_from_end,
        case when is_comparable then value end as change,
        case when is_comparable then se end as change_se,
        case
            when is_comparable
                then reasons([low_reason, case when se is null then reason('change_without_errors') end])
            else [reason('break_between')]
        end as change_reason_codes
    from paired
    where nearness = 1
),

described as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end
    from figure
    union
    select
        metric_id,
        locality_code,
        period_start,
        period_end
    from metrics.rank_interval
)

select
    described.metric_id,
    described.locality_code,
    described.period_start,
    described.period_end,
    compared.n as group_n,
    compared.shrunk_value,
    snapped_bound(compared.shrunk_value - 1.959963984540054e0 * compared.shrunk_se, compared.shrunk_value)
        as shrunk_lci,
    snapped_bound(compared.shrunk_value + 1.959963984540054e0 * compared.shrunk_se, compared.shrunk_value)
        as shrunk_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.shrunk_reason_codes
    end as shrunk_reason_codes,
    compared.group_difference,
    snapped_bound(
        compared.group_difference - 1.959963984540054e0 * compared.group_difference_se, compared.group_difference
    ) as group_difference_lci,
    snapped_bound(
        compared.group_difference + 1.959963984540054e0 * compared.group_difference_se, compared.group_difference
    ) as group_difference_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.group_difference_reason_codes
    end as group_difference_reason_codes,
    changed.change,
    snapped_bound(changed.change - 1.959963984540054e0 * changed.change_se, changed.change) as change_lci,
    snapped_bound(changed.change + 1.959963984540054e0 * changed.change_se, changed.change) as change_uci,
    changed.change_from_start,
    changed.change_from_end,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        when changed.metric_id is null then [reason('no_earlier_period')]
        else changed.change_reason_codes
    end as change_reason_codes,
    compared.group_reliability,
    snapped_bound(compared.group_reliability_lci, compared.group_reliability) as group_reliability_lci,
    snapped_bound(compared.group_reliability_uci, compared.group_reliability) as group_reliability_uci,
    case
        when compared.metric_id is null then [reason('surveys_only')]
        else compared.group_reliability_reason_codes
    end as group_reliability_reason_codes,
    rank.rank_lo,
    rank.rank_hi,
    rank.n as ranked_n,
    rank.label as rank_label,
    case
        when rank.metric_id is not null then rank.reason_codes
        when locality.locality_code is null then [reason('nation_not_compared')]
        else [reason('not_ranked')]
    end as rank_reason_codes,
    rank.p_topfifth,
    rank.p_botfifth,
    case when rank.p_topfifth is not null then rank.draws_n end as fifth_draws_n,
    case when rank.p_topfifth is not null then 1 / (rank.draws_n + rank.n / ceil(rank.n / 5e0)) end as p_fifth_least,
    case
        when rank.p_topfifth is not null then (rank.draws_n + 1) / (rank.draws_n + rank.n / ceil(rank.n / 5e0))
    end as p_fifth_greatest,
    case
        when array_length(rank.fifth_reason_codes) > 0 then rank.fifth_reason_codes
        when rank.metric_id is not null then rank.reason_codes
        when locality.locality_code is null then [reason('nation_not_compared')]
        else [reason('not_ranked')]
    end as fifth_reason_codes
from described
left join core.dim_locality as locality
    on described.locality_code = locality.locality_code
left join compared
    on
        described.metric_id = compared.metric_id
        and described.locality_code = compared.locality_code
        and described.period_start = compared.period_start
        and described.period_end = compared.period_end
left join changed
    on
        described.metric_id = changed.metric_id
        and described.locality_code = changed.locality_code
        and described.period_start = changed.period_start
        and described.period_end = changed.period_end
left join metrics.rank_interval as rank
    on
        described.metric_id = rank.metric_id
        and described.locality_code = rank.locality_code
        and described.period_start = rank.period_start
        and described.period_end = rank.period_end

-- One row per survey percentage of a locality or nation, compared with the other localities of its group: one nation,
-- survey and wording in one period.
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
    left join core.dim_locality as locality using (locality_code)
    where cohesion.value is not null
),

-- Localities with a standard error, which are the only ones that can be compared.
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

-- DerSimonian and Laird: the variance between localities that exceeds their errors.
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
    inner join member using (metric_id, period_start, period_end, comparable_group)
    group by fixed.metric_id, fixed.period_start, fixed.period_end, fixed.comparable_group, fixed.n, fixed.scale
),

pooled as (
    select
        heterogeneity.*,
        sum(member.value / (heterogeneity.tau2 + member.variance))
        / sum(1 / (heterogeneity.tau2 + member.variance)) as mu,
        1 / sum(1 / (heterogeneity.tau2 + member.variance)) as mu_variance
    from heterogeneity
    inner join member using (metric_id, period_start, period_end, comparable_group)
    group by
        heterogeneity.metric_id,
        heterogeneity.period_start,
        heterogeneity.period_end,
        heterogeneity.comparable_group,
        heterogeneity.tau2
),

-- The ends of a chi-square with n - 1 degrees of freedom, by the cube approximation of Wilson and Hilferty.
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
    left join fixed using (metric_id, period_start, period_end, comparable_group)
    left join pooled using (metric_id, period_start, period_end, comparable_group)
    left join reliable using (metric_id, period_start, period_end, comparable_group)
)

-- The error of a shrunken value is that of the figure, of the group's mean and of the share that is kept (Morris 1983).
select
    metric_id,
    locality_code,
    period_start,
    period_end,
    n as group_n,
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

-- One row per series of money, nation and window: cautions about the money of a window also apply to its distribution.
with dated as (
    select
        funding.scope,
        locality.nation,
        stable_sum(funding.dated_gbp) / nullif(stable_sum(funding.total_gbp), 0) as dated_share
    from metrics.funding_window as funding
    inner join core.dim_locality as locality using (locality_code)
    where
        funding.window_id = 'on_record'
        and funding.basis = 'best'
    group by funding.scope, locality.nation
),

unknown_kind_money as (
    select
        funding.window_id,
        locality.nation,
        stable_sum(funding.unknown_recipient_gbp) / nullif(stable_sum(funding.total_gbp), 0) as unknown_share
    from metrics.funding_window as funding
    inner join core.dim_locality as locality using (locality_code)
    where
        funding.scope = 'local'
        and funding.basis = 'best'
    group by funding.window_id, locality.nation
)

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
            when scope.scope = 'local' and unknown_kind_money.unknown_share > 0.5
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
inner join metrics.award_window as period using (window_id)
inner join core.dim_locality as locality using (locality_code)
inner join core.dim_nation as nation using (nation)
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
left join unknown_kind_money
    on
        context.window_id = unknown_kind_money.window_id
        and locality.nation = unknown_kind_money.nation
where period.window_id <> 'place_funds'
group by scope.series, nation.nation_code, period.window_id, period.period_start, period.period_end

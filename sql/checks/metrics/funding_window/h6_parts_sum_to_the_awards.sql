-- H6: Localities and unallocated sum to the counted awards on every basis, to within one pound; where the summary of
-- the study's period is included, its money is added to all awards on the best basis, less that of award rows of the
-- same days and locality.
with part as (
    select
        window_id,
        scope,
        basis,
        sum(case when locality_code <> 'K02000001' then total_gbp end) as parts_gbp,
        sum(case when locality_code = 'K02000001' then total_gbp end) as whole_gbp
    from metrics.funding_window
    group by window_id, scope, basis
),

award as (
    select
        window_id,
        sum(amount_gbp) as all_gbp,
        sum(case when in_scope_local then amount_gbp end) as local_gbp
    from metrics.award_counted
    group by window_id
),

study as (
    select
        counted.window_id,
        bridge.locality_code,
        sum(counted.amount_gbp * bridge.weight) as gbp
    from metrics.award_counted as counted
    inner join metrics.award_window as period
        on
            counted.award_date between period.period_start and period.period_end
            and period.window_id = 'covid_2020'
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
    where counted.award_set <> 'place_funds'
    group by counted.window_id, bridge.locality_code
),

summary as (
    select
        period.window_id,
        sum(
            case
                when study.gbp is null then summary.total_gbp
                when study.gbp < summary.total_gbp then summary.total_gbp - study.gbp
                else 0
            end
        ) as gbp
    from core.fct_award_summary as summary
    inner join metrics.award_window as period
        on period.origin <> 'award_rows'
    left join study using (window_id, locality_code)
    group by period.window_id
),

expected as (
    select
        period.window_id,
        scope.scope,
        basis.basis,
        case scope.scope when 'all' then award.all_gbp else award.local_gbp end as award_gbp,
        case when scope.scope = 'all' and basis.basis = 'best' then summary.gbp end as summary_gbp
    from metrics.award_window as period
    cross join (values ('all'), ('local')) as scope (scope)
    cross join (values ('best'), ('beneficiary'), ('recipient')) as basis (basis)
    left join award using (window_id)
    left join summary using (window_id)
    where period.window_id <> 'place_funds'
)

select
    expected.*,
    part.parts_gbp,
    part.whole_gbp
from expected
left join part using (window_id, scope, basis)
where
    abs(
        coalesce(part.parts_gbp, 0) - coalesce(expected.award_gbp, 0) - coalesce(expected.summary_gbp, 0)
    ) > 1
    or (expected.award_gbp is not null and coalesce(abs(part.whole_gbp - part.parts_gbp) > 1, true))

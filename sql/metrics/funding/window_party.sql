-- One row per window, scope, location basis and locality: funders, recipients and durations of the counted awards. The
-- total of the United Kingdom is the same on every basis.
with award as (
    select
        window_id,
        in_scope_local,
        award_key,
        funder_id,
        recipient_key,
        amount_gbp,
        case when not is_total then planned_months end as planned_months
    from metrics.award_counted
    where window_id <> 'place_funds'
),

share as (
    select
        award.window_id,
        award.in_scope_local,
        bridge.basis,
        bridge.locality_code,
        bridge.weight * award.amount_gbp as gbp,
        award.funder_id,
        award.recipient_key,
        award.planned_months
    from award
    inner join core.bridge_award_locality as bridge using (award_key)
    union all
    select
        window_id,
        in_scope_local,
        'every' as basis,
        'K02000001' as locality_code,
        amount_gbp as gbp,
        funder_id,
        recipient_key,
        planned_months
    from award
),

duration as (
    select
        share.window_id,
        scope.scope,
        share.basis,
        share.locality_code,
        median(share.planned_months) as median_planned_months
    from share
    cross join (values ('local'), ('all')) as scope (scope)
    where
        share.planned_months is not null
        and (scope.scope = 'all' or share.in_scope_local)
    group by share.window_id, scope.scope, share.basis, share.locality_code
),

funder_cell as (
    select
        window_id,
        in_scope_local,
        basis,
        locality_code,
        funder_id,
        count(*) as awards_n,
        sum(cast(gbp as decimal(38, 9))) as gbp
    from share
    where funder_id is not null
    group by window_id, in_scope_local, basis, locality_code, funder_id
),

funder as (
    select
        cell.window_id,
        scope.scope,
        cell.basis,
        cell.locality_code,
        sum(cell.awards_n) as awards_n,
        sum(cell.gbp) as gbp,
        exact_sum(cell.gbp) as share_gbp
    from funder_cell as cell
    cross join (values ('local'), ('all')) as scope (scope)
    where scope.scope = 'all' or cell.in_scope_local
    group by cell.window_id, scope.scope, cell.basis, cell.locality_code, cell.funder_id
),

concentration as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        count(*) as funders_n,
        sum(awards_n) as named_funder_awards_n,
        exact_sum(gbp) as named_funder_gbp,
        case
            when count(*) = 1 then 1e0
            else exact_sum(cast(share_gbp * share_gbp as decimal(38, 6))) / nullif(exact_sum(gbp) * exact_sum(gbp), 0)
        end as funder_hhi
    from funder
    group by window_id, scope, basis, locality_code
),

-- Most recipients have one award, so recipients are grouped once for both scopes.
recipient_cell as (
    select
        window_id,
        basis,
        locality_code,
        recipient_key,
        count(*) as awards_n,
        count(case when in_scope_local then 1 end) as local_awards_n,
        sum(cast(gbp as decimal(38, 9))) as gbp,
        sum(case when in_scope_local then cast(gbp as decimal(38, 9)) end) as local_gbp
    from share
    where recipient_key is not null
    group by window_id, basis, locality_code, recipient_key
),

recipient as (
    select
        cell.window_id,
        scope.scope,
        cell.basis,
        cell.locality_code,
        case scope.scope when 'all' then cell.awards_n else cell.local_awards_n end as awards_n,
        case scope.scope when 'all' then cell.gbp else cell.local_gbp end as gbp,
        cast(case scope.scope when 'all' then cell.gbp else cell.local_gbp end as double) as share_gbp
    from recipient_cell as cell
    cross join (values ('local'), ('all')) as scope (scope)
    where scope.scope = 'all' or cell.local_awards_n > 0
),

reception as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        count(*) as recipients_n,
        sum(awards_n) as named_recipient_awards_n,
        exact_sum(gbp) as named_recipient_gbp,
        case
            when count(*) = 1 then 1e0
            else exact_sum(cast(share_gbp * share_gbp as decimal(38, 6))) / nullif(exact_sum(gbp) * exact_sum(gbp), 0)
        end as recipient_hhi
    from recipient
    group by window_id, scope, basis, locality_code
)

select
    summed.window_id,
    summed.scope,
    summed.basis,
    summed.locality_code,
    duration.median_planned_months,
    concentration.funders_n,
    cast(concentration.named_funder_awards_n as bigint) as named_funder_awards_n,
    concentration.named_funder_gbp,
    concentration.funder_hhi,
    reception.recipients_n,
    cast(reception.named_recipient_awards_n as bigint) as named_recipient_awards_n,
    reception.named_recipient_gbp,
    reception.recipient_hhi
from metrics.window_sum as summed
left join duration using (window_id, scope, basis, locality_code)
left join concentration using (window_id, scope, basis, locality_code)
left join reception using (window_id, scope, basis, locality_code)

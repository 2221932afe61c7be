-- One row per window, scope, location basis and locality: money by the way in which its locality is known. In the
-- United Kingdom, too, it depends on the location basis; the sums that do not depend on it are on every basis.
with share as (
    select
        award.window_id,
        award.in_scope_local,
        bridge.basis,
        bridge.locality_code,
        case
            when bridge.locality_code <> 'unallocated' and bridge.rule in ('recipient_location', 'recipient_postcode')
                then 'recipient'
            when bridge.locality_code <> 'unallocated' then 'beneficiary'
            when award.is_nation_wide then 'nation_wide'
            else 'unallocated'
        end as placed_by,
        bridge.weight * award.amount_gbp as gbp
    from metrics.award_counted as award
    inner join core.bridge_award_locality as bridge using (award_key)
    where award.window_id <> 'place_funds'
),

cell as (
    select
        window_id,
        in_scope_local,
        basis,
        locality_code,
        placed_by,
        sum(cast(gbp as decimal(38, 9))) as gbp
    from share
    group by window_id, in_scope_local, basis, locality_code, placed_by
),

placed as (
    select * from cell
    union all
    select
        window_id,
        in_scope_local,
        basis,
        'K02000001' as locality_code,
        placed_by,
        gbp
    from cell
)

select
    placed.window_id,
    scope.scope,
    placed.basis,
    placed.locality_code,
    case when placed.locality_code = 'K02000001' then 'every' else placed.basis end as summed_basis,
    exact_sum(case when placed.placed_by = 'beneficiary' then placed.gbp else 0 end) as beneficiary_gbp,
    exact_sum(case when placed.placed_by = 'recipient' then placed.gbp else 0 end) as recipient_gbp,
    exact_sum(case when placed.placed_by = 'nation_wide' then placed.gbp else 0 end) as nation_wide_gbp,
    exact_sum(case when placed.placed_by = 'unallocated' then placed.gbp else 0 end) as unallocated_gbp
from placed
cross join (values ('local'), ('all')) as scope (scope)
where
    (scope.scope = 'all' or placed.in_scope_local)
group by placed.window_id, scope.scope, placed.basis, placed.locality_code

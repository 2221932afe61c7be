-- Sums of the counted awards by window, scope, location basis and locality, with money that lies nowhere as
-- 'unallocated' and the kingdom's total taken from the awards themselves, so that the parts can be held against it.
with scoped as (
    select
        counted.window_id,
        scope.scope,
        counted.award_key,
        counted.funder_id,
        counted.recipient_kind,
        counted.recipient_key,
        -- Lists of place funds name public bodies, or projects and not who receives the money: they would tip any
        -- balance of recipients.
        case when counted.award_set <> 'place_funds' then counted.recipient_kind end as balanced_kind,
        counted.amount_gbp,
        counted.award_date,
        counted.planned_months,
        counted.is_amount_ceiling,
        counted.is_total,
        counted.list_coverage,
        counted.is_nation_wide,
        counted.source_id
    from metrics.award_counted as counted
    cross join (values ('local'), ('all')) as scope (scope)
    where
        counted.window_id <> 'place_funds'
        and (scope.scope = 'all' or counted.in_scope_local)
),

placed as (
    select
        scoped.window_id,
        scoped.scope,
        scoped.award_key,
        bridge.basis,
        bridge.locality_code,
        bridge.weight,
        case
            when bridge.locality_code <> 'unallocated' and bridge.rule in ('recipient_location', 'recipient_postcode')
                then 'recipient'
            when bridge.locality_code <> 'unallocated' then 'beneficiary'
            when scoped.is_nation_wide then 'nation_wide'
            else 'unallocated'
        end as placed_by
    from scoped
    inner join core.bridge_award_locality as bridge
        on scoped.award_key = bridge.award_key
),

part as (
    select
        window_id,
        scope,
        basis,
        award_key,
        locality_code,
        weight,
        case when placed_by = 'beneficiary' then weight else 0 end as beneficiary_weight,
        case when placed_by = 'recipient' then weight else 0 end as recipient_weight,
        case when placed_by = 'nation_wide' then weight else 0 end as nation_wide_weight,
        case when placed_by = 'unallocated' then weight else 0 end as unallocated_weight
    from placed
    union all
    select
        window_id,
        scope,
        basis,
        award_key,
        'K02000001' as locality_code,
        1e0 as weight,
        added_up(case when placed_by = 'beneficiary' then weight else 0 end) as beneficiary_weight,
        added_up(case when placed_by = 'recipient' then weight else 0 end) as recipient_weight,
        added_up(case when placed_by = 'nation_wide' then weight else 0 end) as nation_wide_weight,
        added_up(case when placed_by = 'unallocated' then weight else 0 end) as unallocated_weight
    from placed
    group by window_id, scope, basis, award_key
),

share as (
    select
        part.window_id,
        part.scope,
        part.basis,
        part.locality_code,
        part.weight,
        part.weight * award.amount_gbp as gbp,
        part.beneficiary_weight * award.amount_gbp as beneficiary_gbp,
        part.recipient_weight * award.amount_gbp as recipient_gbp,
        part.nation_wide_weight * award.amount_gbp as nation_wide_gbp,
        part.unallocated_weight * award.amount_gbp as unallocated_gbp,
        award.amount_gbp,
        award.funder_id,
        award.recipient_kind,
        award.recipient_key,
        award.balanced_kind,
        award.award_date,
        award.planned_months,
        award.is_amount_ceiling,
        award.is_total,
        award.list_coverage,
        award.source_id
    from part
    inner join scoped as award
        on
            part.window_id = award.window_id
            and part.scope = award.scope
            and part.award_key = award.award_key
),

-- Classes are closed on the left, so that an award of exactly 500 pounds is not among those under 500. A total of
-- several awards is money, but its number, sizes and durations are not known: where there is nothing else they are
-- null.
summed as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        added_up(case when not is_total then weight end) as weighted_awards_n,
        added_up(gbp) as total_gbp,
        added_up(gbp * gbp) as squared_gbp,
        added_up(case when is_total then gbp else 0 end) as totals_gbp,
        added_up(case when award_date is not null then gbp else 0 end) as dated_gbp,
        added_up(case when is_amount_ceiling then gbp else 0 end) as ceiling_gbp,
        added_up(case when list_coverage = 'partial' then gbp else 0 end) as partial_list_gbp,
        added_up(case when is_total then null when amount_gbp < 500 then weight else 0 end)
            as size_class_1_n,
        added_up(case when is_total then null when amount_gbp >= 500 and amount_gbp < 1000 then weight else 0 end)
            as size_class_2_n,
        added_up(case when is_total then null when amount_gbp >= 1000 and amount_gbp < 2000 then weight else 0 end)
            as size_class_3_n,
        added_up(case when is_total then null when amount_gbp >= 2000 and amount_gbp < 5000 then weight else 0 end)
            as size_class_4_n,
        added_up(case when is_total then null when amount_gbp >= 5000 and amount_gbp < 10000 then weight else 0 end)
            as size_class_5_n,
        added_up(case when is_total then null when amount_gbp >= 10000 and amount_gbp < 100000 then weight else 0 end)
            as size_class_6_n,
        added_up(case when is_total then null when amount_gbp >= 100000 and amount_gbp < 1000000 then weight else 0 end)
            as size_class_7_n,
        added_up(case when is_total then null when amount_gbp >= 1000000 then weight else 0 end)
            as size_class_8_n,
        added_up(case when is_total then null when amount_gbp < 500 then gbp else 0 end)
            as size_class_1_gbp,
        added_up(case when is_total then null when amount_gbp >= 500 and amount_gbp < 1000 then gbp else 0 end)
            as size_class_2_gbp,
        added_up(case when is_total then null when amount_gbp >= 1000 and amount_gbp < 2000 then gbp else 0 end)
            as size_class_3_gbp,
        added_up(case when is_total then null when amount_gbp >= 2000 and amount_gbp < 5000 then gbp else 0 end)
            as size_class_4_gbp,
        added_up(case when is_total then null when amount_gbp >= 5000 and amount_gbp < 10000 then gbp else 0 end)
            as size_class_5_gbp,
        added_up(case when is_total then null when amount_gbp >= 10000 and amount_gbp < 100000 then gbp else 0 end)
            as size_class_6_gbp,
        added_up(case when is_total then null when amount_gbp >= 100000 and amount_gbp < 1000000 then gbp else 0 end)
            as size_class_7_gbp,
        added_up(case when is_total then null when amount_gbp >= 1000000 then gbp else 0 end)
            as size_class_8_gbp,
        added_up(case when is_total then null when amount_gbp <= 10000 then weight else 0 end)
            as weighted_awards_up_to_10000_n,
        added_up(case when not is_total and planned_months is not null then weight else 0 end) as planned_n,
        added_up(case when not is_total and planned_months is not null then gbp else 0 end) as planned_gbp,
        added_up(case when not is_total and planned_months >= 24 then gbp else 0 end) as multi_year_gbp,
        median(case when not is_total then planned_months end) as median_planned_months,
        count(case when not is_total then planned_months end) as planned_awards_n,
        added_up(case when balanced_kind = 'community' then gbp else 0 end) as community_gbp,
        added_up(case when balanced_kind = 'public_body' then gbp else 0 end) as public_body_gbp,
        added_up(case when balanced_kind = 'unknown' then gbp else 0 end) as unknown_kind_gbp,
        count(case when balanced_kind in ('community', 'public_body') then 1 end) as known_kind_awards_n,
        added_up(case when recipient_kind = 'unknown' then gbp else 0 end) as unknown_recipient_gbp,
        added_up(beneficiary_gbp) as beneficiary_gbp,
        added_up(recipient_gbp) as recipient_gbp,
        added_up(nation_wide_gbp) as nation_wide_gbp,
        added_up(unallocated_gbp) as unallocated_gbp,
        list_sort(array_agg(distinct source_id)) as source_ids
    from share
    group by window_id, scope, basis, locality_code
),

funder as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        funder_id,
        count(*) as awards_n,
        added_up(gbp) as gbp
    from share
    where funder_id is not null
    group by window_id, scope, basis, locality_code, funder_id
),

concentration as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        count(*) as funders_n,
        sum(awards_n) as named_funder_awards_n,
        added_up(gbp) as named_funder_gbp,
        hhi(gbp) as funder_hhi
    from funder
    group by window_id, scope, basis, locality_code
),

recipient as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        recipient_key,
        count(*) as awards_n,
        added_up(gbp) as gbp
    from share
    where recipient_key is not null
    group by window_id, scope, basis, locality_code, recipient_key
),

reception as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        count(*) as recipients_n,
        sum(awards_n) as named_recipient_awards_n,
        added_up(gbp) as named_recipient_gbp,
        hhi(gbp) as recipient_hhi
    from recipient
    group by window_id, scope, basis, locality_code
)

select
    summed.window_id,
    summed.scope,
    summed.basis,
    summed.locality_code,
    'award_rows' as origin,
    summed.weighted_awards_n,
    summed.total_gbp,
    summed.totals_gbp,
    summed.dated_gbp,
    summed.ceiling_gbp,
    summed.partial_list_gbp,
    summed.size_class_1_n,
    summed.size_class_2_n,
    summed.size_class_3_n,
    summed.size_class_4_n,
    summed.size_class_5_n,
    summed.size_class_6_n,
    summed.size_class_7_n,
    summed.size_class_8_n,
    summed.size_class_1_gbp,
    summed.size_class_2_gbp,
    summed.size_class_3_gbp,
    summed.size_class_4_gbp,
    summed.size_class_5_gbp,
    summed.size_class_6_gbp,
    summed.size_class_7_gbp,
    summed.size_class_8_gbp,
    summed.weighted_awards_up_to_10000_n,
    summed.planned_n,
    summed.planned_gbp,
    summed.multi_year_gbp,
    summed.median_planned_months,
    summed.planned_awards_n,
    summed.community_gbp,
    summed.public_body_gbp,
    summed.unknown_kind_gbp,
    summed.known_kind_awards_n,
    summed.unknown_recipient_gbp,
    summed.beneficiary_gbp,
    summed.recipient_gbp,
    summed.nation_wide_gbp,
    summed.unallocated_gbp,
    concentration.funders_n,
    cast(concentration.named_funder_awards_n as bigint) as named_funder_awards_n,
    concentration.named_funder_gbp,
    concentration.funder_hhi,
    summed.squared_gbp,
    reception.recipients_n,
    cast(reception.named_recipient_awards_n as bigint) as named_recipient_awards_n,
    reception.named_recipient_gbp,
    reception.recipient_hhi,
    summed.source_ids
from summed
left join concentration
    on
        summed.window_id = concentration.window_id
        and summed.scope = concentration.scope
        and summed.basis = concentration.basis
        and summed.locality_code = concentration.locality_code
left join reception
    on
        summed.window_id = reception.window_id
        and summed.scope = reception.scope
        and summed.basis = reception.basis
        and summed.locality_code = reception.locality_code
union all
-- The summary cannot tell the local scope apart, so it speaks of every award only, and it leaves out what was located
-- nowhere.
select
    period.window_id,
    'all' as scope,
    'best' as basis,
    summary.locality_code,
    'summary' as origin,
    cast(summary.awards_n as double) as weighted_awards_n,
    summary.total_gbp,
    cast(null as double) as totals_gbp,
    summary.total_gbp as dated_gbp,
    cast(null as double) as ceiling_gbp,
    cast(null as double) as partial_list_gbp,
    cast(null as double) as size_class_1_n,
    cast(null as double) as size_class_2_n,
    cast(null as double) as size_class_3_n,
    cast(null as double) as size_class_4_n,
    cast(null as double) as size_class_5_n,
    cast(null as double) as size_class_6_n,
    cast(null as double) as size_class_7_n,
    cast(null as double) as size_class_8_n,
    cast(null as double) as size_class_1_gbp,
    cast(null as double) as size_class_2_gbp,
    cast(null as double) as size_class_3_gbp,
    cast(null as double) as size_class_4_gbp,
    cast(null as double) as size_class_5_gbp,
    cast(null as double) as size_class_6_gbp,
    cast(null as double) as size_class_7_gbp,
    cast(null as double) as size_class_8_gbp,
    cast(summary.awards_up_to_10000_n as double) as weighted_awards_up_to_10000_n,
    cast(summary.awards_with_planned_months_n as double) as planned_n,
    cast(null as double) as planned_gbp,
    cast(null as double) as multi_year_gbp,
    summary.median_planned_months,
    summary.awards_with_planned_months_n as planned_awards_n,
    cast(null as double) as community_gbp,
    cast(null as double) as public_body_gbp,
    cast(null as double) as unknown_kind_gbp,
    cast(null as bigint) as known_kind_awards_n,
    cast(null as double) as unknown_recipient_gbp,
    cast(null as double) as beneficiary_gbp,
    cast(null as double) as recipient_gbp,
    cast(null as double) as nation_wide_gbp,
    cast(null as double) as unallocated_gbp,
    summary.funders_n,
    summary.awards_n as named_funder_awards_n,
    summary.total_gbp as named_funder_gbp,
    cast(null as double) as funder_hhi,
    cast(null as double) as squared_gbp,
    cast(null as bigint) as recipients_n,
    cast(null as bigint) as named_recipient_awards_n,
    cast(null as double) as named_recipient_gbp,
    cast(null as double) as recipient_hhi,
    [summary.source_id] as source_ids
from core.fct_award_summary as summary
cross join metrics.award_window as period
where
    period.window_id = 'covid_2020'
    and period.origin = 'summary'

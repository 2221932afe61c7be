-- One row per window, scope, location basis and locality: sums of the counted awards. Money without a locality is
-- 'unallocated'. The total of the United Kingdom is computed from the awards themselves, so that the parts can be
-- compared with it. In a window that includes the summary of the study's period, money, number and small awards are of
-- both, and measures that a summary lacks are of the award rows alone. Sums of decimals are exact: shares of the same
-- sums are grouped once, and the order of rows does not matter.
with award as (
    select
        counted.window_id,
        counted.in_scope_local,
        counted.award_key,
        counted.funder_id,
        counted.recipient_kind,
        counted.recipient_key,
        -- Lists of place funds name public bodies, or projects instead of recipients, which would bias the balance of
        -- recipients.
        case when counted.award_set <> 'place_funds' then counted.recipient_kind end as balanced_kind,
        counted.amount_gbp,
        -- Classes are closed on the left, so that an award of exactly 500 pounds is not among those under 500. A total
        -- of several awards is money, but its number, sizes and durations are not known: if there is nothing else, they
        -- are null.
        case
            when counted.is_total then null
            when counted.amount_gbp < 500 then 1
            when counted.amount_gbp < 1000 then 2
            when counted.amount_gbp < 2000 then 3
            when counted.amount_gbp < 5000 then 4
            when counted.amount_gbp < 10000 then 5
            when counted.amount_gbp < 100000 then 6
            when counted.amount_gbp < 1000000 then 7
            else 8
        end as size_class,
        counted.amount_gbp <= 10000 as is_small,
        case when not counted.is_total then counted.planned_months end as planned_months,
        counted.award_date is not null as is_dated,
        counted.is_amount_ceiling,
        counted.is_total,
        coalesce(counted.list_coverage = 'partial', false) as is_on_partial_list,
        counted.is_nation_wide,
        coalesce(
            counted.award_set <> 'place_funds'
            and counted.award_date between study.period_start and study.period_end,
            false
        ) as is_in_study,
        counted.source_id
    from metrics.award_counted as counted
    cross join metrics.award_window as study
    where
        study.window_id = 'covid_2020'
        and counted.window_id <> 'place_funds'
),

-- The total of the United Kingdom is the same on every basis, except for the measures of location.
share as (
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
        bridge.weight,
        bridge.weight * award.amount_gbp as gbp,
        award.funder_id,
        award.recipient_kind,
        award.recipient_key,
        award.balanced_kind,
        award.size_class,
        award.is_small,
        award.planned_months,
        award.is_dated,
        award.is_amount_ceiling,
        award.is_total,
        award.is_on_partial_list,
        award.is_in_study,
        award.source_id
    from award
    inner join core.bridge_award_locality as bridge
        on award.award_key = bridge.award_key
    union all
    select
        window_id,
        in_scope_local,
        'every' as basis,
        'K02000001' as locality_code,
        cast(null as varchar) as placed_by,
        1e0 as weight,
        amount_gbp as gbp,
        funder_id,
        recipient_kind,
        recipient_key,
        balanced_kind,
        size_class,
        is_small,
        planned_months,
        is_dated,
        is_amount_ceiling,
        is_total,
        is_on_partial_list,
        is_in_study,
        source_id
    from award
),

-- Shares of the same sums, grouped once before they enter each sum.
cell as (
    select
        window_id,
        in_scope_local,
        basis,
        locality_code,
        placed_by,
        recipient_kind,
        balanced_kind,
        size_class,
        is_small,
        planned_months is not null as is_planned,
        coalesce(planned_months >= 24, false) as is_multi_year,
        is_dated,
        is_amount_ceiling,
        is_total,
        is_on_partial_list,
        is_in_study,
        source_id,
        count(*) as awards_n,
        sum(cast(weight as decimal(38, 18))) as weight,
        sum(cast(gbp as decimal(38, 9))) as gbp,
        sum(cast(gbp * gbp as decimal(38, 6))) as squared_gbp
    from share
    group by
        window_id,
        in_scope_local,
        basis,
        locality_code,
        placed_by,
        recipient_kind,
        balanced_kind,
        size_class,
        is_small,
        planned_months is not null,
        coalesce(planned_months >= 24, false),
        is_dated,
        is_amount_ceiling,
        is_total,
        is_on_partial_list,
        is_in_study,
        source_id
),

summed as (
    select
        cell.window_id,
        scope.scope,
        cell.basis,
        cell.locality_code,
        exact_sum(case when not cell.is_total then cell.weight end) as weighted_awards_n,
        exact_sum(cell.gbp) as total_gbp,
        exact_sum(cell.squared_gbp) as squared_gbp,
        exact_sum(case when cell.is_total then cell.gbp else 0 end) as totals_gbp,
        exact_sum(case when cell.is_dated then cell.gbp else 0 end) as dated_gbp,
        exact_sum(case when cell.is_amount_ceiling then cell.gbp else 0 end) as ceiling_gbp,
        exact_sum(case when cell.is_on_partial_list then cell.gbp else 0 end) as partial_list_gbp,
        exact_sum(case when cell.size_class = 1 then cell.weight when not cell.is_total then 0 end) as size_class_1_n,
        exact_sum(case when cell.size_class = 2 then cell.weight when not cell.is_total then 0 end) as size_class_2_n,
        exact_sum(case when cell.size_class = 3 then cell.weight when not cell.is_total then 0 end) as size_class_3_n,
        exact_sum(case when cell.size_class = 4 then cell.weight when not cell.is_total then 0 end) as size_class_4_n,
        exact_sum(case when cell.size_class = 5 then cell.weight when not cell.is_total then 0 end) as size_class_5_n,
        exact_sum(case when cell.size_class = 6 then cell.weight when not cell.is_total then 0 end) as size_class_6_n,
        exact_sum(case when cell.size_class = 7 then cell.weight when not cell.is_total then 0 end) as size_class_7_n,
        exact_sum(case when cell.size_class = 8 then cell.weight when not cell.is_total then 0 end) as size_class_8_n,
        exact_sum(case when cell.size_class = 1 then cell.gbp when not cell.is_total then 0 end) as size_class_1_gbp,
        exact_sum(case when cell.size_class = 2 then cell.gbp when not cell.is_total then 0 end) as size_class_2_gbp,
        exact_sum(case when cell.size_class = 3 then cell.gbp when not cell.is_total then 0 end) as size_class_3_gbp,
        exact_sum(case when cell.size_class = 4 then cell.gbp when not cell.is_total then 0 end) as size_class_4_gbp,
        exact_sum(case when cell.size_class = 5 then cell.gbp when not cell.is_total then 0 end) as size_class_5_gbp,
        exact_sum(case when cell.size_class = 6 then cell.gbp when not cell.is_total then 0 end) as size_class_6_gbp,
        exact_sum(case when cell.size_class = 7 then cell.gbp when not cell.is_total then 0 end) as size_class_7_gbp,
        exact_sum(case when cell.size_class = 8 then cell.gbp when not cell.is_total then 0 end) as size_class_8_gbp,
        exact_sum(case when cell.is_total then null when cell.is_small then cell.weight else 0 end)
            as weighted_awards_up_to_10000_n,
        exact_sum(case when cell.is_planned then cell.weight else 0 end) as planned_n,
        exact_sum(case when cell.is_planned then cell.gbp else 0 end) as planned_gbp,
        exact_sum(case when cell.is_multi_year then cell.gbp else 0 end) as multi_year_gbp,
        cast(sum(case when cell.is_planned then cell.awards_n else 0 end) as bigint) as planned_awards_n,
        exact_sum(case when cell.balanced_kind = 'community' then cell.gbp else 0 end) as community_gbp,
        exact_sum(case when cell.balanced_kind = 'public_body' then cell.gbp else 0 end) as public_body_gbp,
        exact_sum(case when cell.balanced_kind = 'unknown' then cell.gbp else 0 end) as unknown_kind_gbp,
        cast(
            sum(case when cell.balanced_kind in ('community', 'public_body') then cell.awards_n else 0 end) as bigint
        ) as known_kind_awards_n,
        exact_sum(case when cell.recipient_kind = 'unknown' then cell.gbp else 0 end) as unknown_recipient_gbp,
        exact_sum(case when cell.is_in_study then cell.weight else 0 end) as study_awards_n,
        exact_sum(case when cell.is_in_study then cell.gbp else 0 end) as study_gbp,
        exact_sum(case when cell.is_in_study and cell.is_small then cell.weight else 0 end)
            as study_awards_up_to_10000_n,
        list_sort(array_agg(distinct cell.source_id)) as source_ids
    from cell
    cross join (values ('local'), ('all')) as scope (scope)
    where
        (scope.scope = 'all' or cell.in_scope_local)
    group by cell.window_id, scope.scope, cell.basis, cell.locality_code
),

-- Measures of the United Kingdom that also depend on the location basis.
placed as (
    select
        window_id,
        in_scope_local,
        basis,
        locality_code,
        placed_by,
        gbp
    from cell
    where placed_by is not null
    union all
    select
        window_id,
        in_scope_local,
        basis,
        'K02000001' as locality_code,
        placed_by,
        gbp
    from cell
    where placed_by is not null
),

located as (
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

-- An award of the study's days from its publisher's file or the API may also be in the summary, so the summary only
-- adds the part that exceeds those awards.
beyond as (
    select
        period.window_id,
        summary.locality_code,
        case
            when summed.study_awards_n > 0 then greatest(summary.awards_n - summed.study_awards_n, 0e0)
            else summary.awards_n
        end as awards_n,
        case
            when summed.study_gbp > 0 then greatest(summary.total_gbp - summed.study_gbp, 0e0)
            else summary.total_gbp
        end as gbp,
        case
            when summed.study_awards_up_to_10000_n > 0
                then greatest(summary.awards_up_to_10000_n - summed.study_awards_up_to_10000_n, 0e0)
            else summary.awards_up_to_10000_n
        end as awards_up_to_10000_n,
        summary.awards_with_planned_months_n,
        summary.median_planned_months,
        summary.funders_n,
        summary.source_id
    from core.fct_award_summary as summary
    inner join metrics.award_window as period
        on period.origin <> 'award_rows'
    left join summed
        on
            period.window_id = summed.window_id
            and summary.locality_code = summed.locality_code
            and summed.scope = 'all'
            and summed.basis = 'best'
),

-- The summary does not say which awards are of the local scope, has one location basis, and leaves out awards without a
-- single locality. It adds to the total of the United Kingdom if award rows give one.
summarised as (
    select
        window_id,
        'all' as scope,
        'best' as basis,
        locality_code,
        awards_n,
        gbp,
        awards_up_to_10000_n,
        awards_with_planned_months_n,
        median_planned_months,
        funders_n,
        [source_id] as source_ids
    from beyond
    union all
    select
        whole.window_id,
        whole.scope,
        'best' as basis,
        whole.locality_code,
        stable_sum(beyond.awards_n) as awards_n,
        stable_sum(beyond.gbp) as gbp,
        stable_sum(beyond.awards_up_to_10000_n) as awards_up_to_10000_n,
        cast(null as bigint) as awards_with_planned_months_n,
        cast(null as double) as median_planned_months,
        cast(null as bigint) as funders_n,
        list_sort(array_agg(distinct beyond.source_id)) as source_ids
    from beyond
    inner join summed as whole
        on
            beyond.window_id = whole.window_id
            and whole.scope = 'all'
            and whole.basis = 'every'
            and whole.locality_code = 'K02000001'
    group by whole.window_id, whole.scope, whole.locality_code
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

-- If no award row states a duration, the durations of the summary are used.
select
    coalesce(located.window_id, summarised.window_id) as window_id,
    coalesce(located.scope, summarised.scope) as scope,
    coalesce(located.basis, summarised.basis) as basis,
    coalesce(located.locality_code, summarised.locality_code) as locality_code,
    case
        when summarised.window_id is null then 'award_rows'
        when summed.window_id is null then 'summary'
        else 'award_rows_and_summary'
    end as origin,
    list_sum([summed.weighted_awards_n, summarised.awards_n]) as weighted_awards_n,
    list_sum([summed.total_gbp, summarised.gbp]) as total_gbp,
    summed.weighted_awards_n as rows_awards_n,
    summed.total_gbp as rows_gbp,
    summarised.awards_n as summary_awards_n,
    summarised.gbp as summary_gbp,
    summed.totals_gbp,
    list_sum([summed.dated_gbp, summarised.gbp]) as dated_gbp,
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
    list_sum([summed.weighted_awards_up_to_10000_n, summarised.awards_up_to_10000_n])
        as weighted_awards_up_to_10000_n,
    case
        when summed.planned_awards_n > 0 or summarised.awards_with_planned_months_n is null then summed.planned_n
        else cast(summarised.awards_with_planned_months_n as double)
    end as planned_n,
    summed.planned_gbp,
    summed.multi_year_gbp,
    case when summed.planned_awards_n > 0 then duration.median_planned_months else summarised.median_planned_months end
        as median_planned_months,
    case
        when summed.planned_awards_n > 0 or summarised.awards_with_planned_months_n is null then summed.planned_awards_n
        else summarised.awards_with_planned_months_n
    end as planned_awards_n,
    summed.community_gbp,
    summed.public_body_gbp,
    summed.unknown_kind_gbp,
    summed.known_kind_awards_n,
    summed.unknown_recipient_gbp,
    located.beneficiary_gbp,
    located.recipient_gbp,
    located.nation_wide_gbp,
    located.unallocated_gbp,
    case when summed.window_id is null then summarised.funders_n else concentration.funders_n end as funders_n,
    cast(concentration.named_funder_awards_n as bigint) as named_funder_awards_n,
    concentration.named_funder_gbp,
    concentration.funder_hhi,
    summed.squared_gbp,
    reception.recipients_n,
    cast(reception.named_recipient_awards_n as bigint) as named_recipient_awards_n,
    reception.named_recipient_gbp,
    reception.recipient_hhi,
    summed.source_ids as rows_source_ids,
    list_sort(list_distinct(list_concat(summed.source_ids, summarised.source_ids))) as source_ids
from located
full outer join summarised
    on
        located.window_id = summarised.window_id
        and located.scope = summarised.scope
        and located.basis = summarised.basis
        and located.locality_code = summarised.locality_code
left join summed
    on
        located.window_id = summed.window_id
        and located.scope = summed.scope
        and located.summed_basis = summed.basis
        and located.locality_code = summed.locality_code
left join duration
    on
        located.window_id = duration.window_id
        and located.scope = duration.scope
        and located.summed_basis = duration.basis
        and located.locality_code = duration.locality_code
left join concentration
    on
        located.window_id = concentration.window_id
        and located.scope = concentration.scope
        and located.summed_basis = concentration.basis
        and located.locality_code = concentration.locality_code
left join reception
    on
        located.window_id = reception.window_id
        and located.scope = reception.scope
        and located.summed_basis = reception.basis
        and located.locality_code = reception.locality_code

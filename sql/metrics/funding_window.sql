-- Sums of the counted awards by window, scope, location basis and locality, with money that is in no locality as
-- 'unallocated' and the kingdom's total taken from the awards themselves, so that the parts can be compared with it. In
-- a window that holds the summary of the study's period, money, number and small awards are of both; what a summary
-- does not hold is of the award rows alone.
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
        coalesce(
            counted.award_set <> 'place_funds'
            and counted.award_date between study.period_start and study.period_end,
            false
        ) as is_in_study,
        counted.source_id
    from metrics.award_counted as counted
    cross join (values ('local'), ('all')) as scope (scope)
    cross join metrics.award_window as study
    where
        study.window_id = 'covid_2020'
        and counted.window_id <> 'place_funds'
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
        award.is_in_study,
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
        added_up(case when is_in_study then weight else 0 end) as study_awards_n,
        added_up(case when is_in_study then gbp else 0 end) as study_gbp,
        added_up(case when is_in_study and amount_gbp <= 10000 then weight else 0 end) as study_awards_up_to_10000_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from share
    group by window_id, scope, basis, locality_code
),

-- An award of the study's days that its publisher's file or the API gives may be in the summary too, so the summary
-- adds what it has beyond those awards.
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

-- The summary does not say which awards are of the local scope, has one basis of location, and leaves out what is in no
-- one locality: to the kingdom's total it adds what it has, where award rows give one.
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
        whole.basis,
        whole.locality_code,
        added_up(beyond.awards_n) as awards_n,
        added_up(beyond.gbp) as gbp,
        added_up(beyond.awards_up_to_10000_n) as awards_up_to_10000_n,
        cast(null as bigint) as awards_with_planned_months_n,
        cast(null as double) as median_planned_months,
        cast(null as bigint) as funders_n,
        list_sort(array_agg(distinct beyond.source_id)) as source_ids
    from beyond
    inner join summed as whole
        on
            beyond.window_id = whole.window_id
            and whole.scope = 'all'
            and whole.basis = 'best'
            and whole.locality_code = 'K02000001'
    group by whole.window_id, whole.scope, whole.basis, whole.locality_code
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

-- Where no award row states a duration, durations are those of the summary.
select
    coalesce(summed.window_id, summarised.window_id) as window_id,
    coalesce(summed.scope, summarised.scope) as scope,
    coalesce(summed.basis, summarised.basis) as basis,
    coalesce(summed.locality_code, summarised.locality_code) as locality_code,
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
    case when summed.planned_awards_n > 0 then summed.median_planned_months else summarised.median_planned_months end
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
    summed.beneficiary_gbp,
    summed.recipient_gbp,
    summed.nation_wide_gbp,
    summed.unallocated_gbp,
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
from summed
full outer join summarised
    on
        summed.window_id = summarised.window_id
        and summed.scope = summarised.scope
        and summed.basis = summarised.basis
        and summed.locality_code = summarised.locality_code
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

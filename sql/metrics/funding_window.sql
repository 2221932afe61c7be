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
        -- Classes are closed on the left, so that an award of exactly 500 pounds is not among those under 500. A total
        -- of several awards is money, but its number, sizes and durations are not known: where there is nothing else
        -- they are null.
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
        case when not counted.is_total then counted.planned_months end as planned_months,
        counted.award_date is null as is_undated,
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
    cross join (values ('local'), ('all')) as scope (scope)
    cross join metrics.award_window as study
    where
        study.window_id = 'covid_2020'
        and counted.window_id <> 'place_funds'
        and (scope.scope = 'all' or counted.in_scope_local)
),

-- The kingdom's total is the same on every basis but for how its awards were placed.
share as (
    select
        scoped.window_id,
        scoped.scope,
        bridge.basis,
        bridge.locality_code,
        bridge.weight,
        bridge.weight * scoped.amount_gbp as gbp,
        scoped.amount_gbp,
        scoped.size_class,
        scoped.funder_id,
        scoped.recipient_kind,
        scoped.recipient_key,
        scoped.balanced_kind,
        scoped.planned_months,
        scoped.is_undated,
        scoped.is_amount_ceiling,
        scoped.is_total,
        scoped.is_on_partial_list,
        scoped.is_in_study,
        scoped.source_id
    from scoped
    inner join core.bridge_award_locality as bridge
        on scoped.award_key = bridge.award_key
    union all
    select
        window_id,
        scope,
        'every' as basis,
        'K02000001' as locality_code,
        1e0 as weight,
        amount_gbp as gbp,
        amount_gbp,
        size_class,
        funder_id,
        recipient_kind,
        recipient_key,
        balanced_kind,
        planned_months,
        is_undated,
        is_amount_ceiling,
        is_total,
        is_on_partial_list,
        is_in_study,
        source_id
    from scoped
),

summed as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        added_up(case when size_class is not null then weight end) as weighted_awards_n,
        added_up(gbp) as total_gbp,
        added_up(gbp * gbp) as squared_gbp,
        added_up(case when is_total then gbp else 0 end) as totals_gbp,
        added_up(case when not is_undated then gbp else 0 end) as dated_gbp,
        added_up(case when is_amount_ceiling then gbp else 0 end) as ceiling_gbp,
        added_up(case when is_on_partial_list then gbp else 0 end) as partial_list_gbp,
        added_up(case when size_class = 1 then weight when not is_total then 0 end) as size_class_1_n,
        added_up(case when size_class = 2 then weight when not is_total then 0 end) as size_class_2_n,
        added_up(case when size_class = 3 then weight when not is_total then 0 end) as size_class_3_n,
        added_up(case when size_class = 4 then weight when not is_total then 0 end) as size_class_4_n,
        added_up(case when size_class = 5 then weight when not is_total then 0 end) as size_class_5_n,
        added_up(case when size_class = 6 then weight when not is_total then 0 end) as size_class_6_n,
        added_up(case when size_class = 7 then weight when not is_total then 0 end) as size_class_7_n,
        added_up(case when size_class = 8 then weight when not is_total then 0 end) as size_class_8_n,
        added_up(case when size_class = 1 then gbp when not is_total then 0 end) as size_class_1_gbp,
        added_up(case when size_class = 2 then gbp when not is_total then 0 end) as size_class_2_gbp,
        added_up(case when size_class = 3 then gbp when not is_total then 0 end) as size_class_3_gbp,
        added_up(case when size_class = 4 then gbp when not is_total then 0 end) as size_class_4_gbp,
        added_up(case when size_class = 5 then gbp when not is_total then 0 end) as size_class_5_gbp,
        added_up(case when size_class = 6 then gbp when not is_total then 0 end) as size_class_6_gbp,
        added_up(case when size_class = 7 then gbp when not is_total then 0 end) as size_class_7_gbp,
        added_up(case when size_class = 8 then gbp when not is_total then 0 end) as size_class_8_gbp,
        added_up(case when not is_total and amount_gbp <= 10000 then weight when not is_total then 0 end)
            as weighted_awards_up_to_10000_n,
        added_up(case when planned_months is not null then weight else 0 end) as planned_n,
        added_up(case when planned_months is not null then gbp else 0 end) as planned_gbp,
        added_up(case when planned_months >= 24 then gbp else 0 end) as multi_year_gbp,
        median(planned_months) as median_planned_months,
        count(planned_months) as planned_awards_n,
        added_up(case when balanced_kind = 'community' then gbp else 0 end) as community_gbp,
        added_up(case when balanced_kind = 'public_body' then gbp else 0 end) as public_body_gbp,
        added_up(case when balanced_kind = 'unknown' then gbp else 0 end) as unknown_kind_gbp,
        count(case when balanced_kind in ('community', 'public_body') then 1 end) as known_kind_awards_n,
        added_up(case when recipient_kind = 'unknown' then gbp else 0 end) as unknown_recipient_gbp,
        added_up(case when is_in_study then weight else 0 end) as study_awards_n,
        added_up(case when is_in_study then gbp else 0 end) as study_gbp,
        added_up(case when is_in_study and amount_gbp <= 10000 then weight else 0 end) as study_awards_up_to_10000_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from share
    group by window_id, scope, basis, locality_code
),

-- How the money of a row was placed: of an award in one part by that part, of one in several by each of them.
placed_part as (
    select
        award_key,
        basis,
        locality_code,
        case
            when locality_code = 'unallocated' then 'unallocated'
            when rule in ('recipient_location', 'recipient_postcode') then 'recipient'
            else 'beneficiary'
        end as placed_by,
        weight,
        weight_equal = 1 as is_whole
    from core.bridge_award_locality
),

placed_award as (
    select
        award_key,
        basis,
        locality_code,
        placed_by,
        weight
    from placed_part
    union all
    select
        award_key,
        basis,
        'K02000001' as locality_code,
        placed_by,
        weight
    from placed_part
    where is_whole
    union all
    select
        award_key,
        basis,
        'K02000001' as locality_code,
        placed_by,
        added_up(weight) as weight
    from placed_part
    where not is_whole
    group by award_key, basis, placed_by
),

placed as (
    select
        scoped.window_id,
        scoped.scope,
        placed_award.basis,
        placed_award.locality_code,
        case
            when placed_award.placed_by = 'unallocated' and scoped.is_nation_wide then 'nation_wide'
            else placed_award.placed_by
        end as placed_by,
        added_up(placed_award.weight * scoped.amount_gbp) as gbp
    from scoped
    inner join placed_award
        on scoped.award_key = placed_award.award_key
    group by
        scoped.window_id,
        scoped.scope,
        placed_award.basis,
        placed_award.locality_code,
        case
            when placed_award.placed_by = 'unallocated' and scoped.is_nation_wide then 'nation_wide'
            else placed_award.placed_by
        end
),

located as (
    select
        window_id,
        scope,
        basis,
        locality_code,
        case locality_code when 'K02000001' then 'every' else basis end as summed_basis,
        coalesce(max(case when placed_by = 'beneficiary' then gbp end), 0) as beneficiary_gbp,
        coalesce(max(case when placed_by = 'recipient' then gbp end), 0) as recipient_gbp,
        coalesce(max(case when placed_by = 'nation_wide' then gbp end), 0) as nation_wide_gbp,
        coalesce(max(case when placed_by = 'unallocated' then gbp end), 0) as unallocated_gbp
    from placed
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
        'best' as basis,
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
            and whole.basis = 'every'
            and whole.locality_code = 'K02000001'
    group by whole.window_id, whole.scope, whole.locality_code
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

-- One row per window, scope, location basis and locality: sums of the counted awards. Sums of decimals are exact:
-- shares of the same sums are grouped once, and the order of rows does not matter. The total of the United Kingdom does
-- not depend on the basis.
with award as (
    select
        counted.window_id,
        counted.in_scope_local,
        counted.award_key,
        counted.recipient_kind,
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

share as (
    select
        award.window_id,
        award.in_scope_local,
        bridge.basis,
        bridge.locality_code,
        bridge.weight,
        bridge.weight * award.amount_gbp as gbp,
        award.recipient_kind,
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
    inner join core.bridge_award_locality as bridge using (award_key)
    union all
    select
        window_id,
        in_scope_local,
        'every' as basis,
        'K02000001' as locality_code,
        1e0 as weight,
        amount_gbp as gbp,
        recipient_kind,
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

cell as (
    select
        window_id,
        in_scope_local,
        basis,
        locality_code,
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
)

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

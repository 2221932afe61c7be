-- One row per window, scope and area: what the measures of money need, which is the sums on the best basis, the
-- residents and every caution as a note or null. A locality without a counted award also has a row, with the reason for
-- missing values.
with place as (
    select locality_code
    from core.dim_locality
    union all
    select beyond.locality_code
    from (values ('unallocated'), ('K02000001')) as beyond (locality_code)
),

dated_share as (
    select
        scope,
        locality_code,
        dated_gbp / nullif(total_gbp, 0) as coverage
    from metrics.funding_window
    where
        window_id = 'on_record'
        and basis = 'best'
),

-- In a locality that a partial list covers, the lists on record do not show all the money.
partly_listed as (
    select distinct locality_code
    from core.fct_place_fund_coverage
    where list_coverage = 'partial'
    union
    select 'K02000001' as locality_code
    from core.fct_place_fund_coverage
    where list_coverage = 'partial'
)

select
    period.window_id,
    scope.scope,
    place.locality_code,
    cast(population.population_persons as double) as persons,
    population.small_note,
    population.gap_note,
    case when period.window_id in ('on_record', 'rolling_3y') then dated_share.coverage end as coverage,
    lacks_residents(place.locality_code) as has_wrong_denominator,
    place.locality_code in ('unallocated', 'K02000001') as is_beyond,
    case
        when funding.locality_code is null
            then
                coalesce(
                    doubtful.gap,
                    reason('awards_voluntary')
                )
    end as absence,
    case
        when funding.rows_gbp is not null and funding.rows_awards_n is null
            then
                coalesce(
                    doubtful.gap,
                    reason('totals_only')
                )
    end as totals_gap,
    doubtful.gap as summary_gap,
    doubtful.note as summary_note,
    doubtful.overlap_note,
    doubtful.rows_note,
    case when funding.totals_gbp > 0 then reason('totals_left_out') end
        as totals_note,
    case
        when scope.scope = 'local' and funding.unknown_recipient_gbp / nullif(funding.total_gbp, 0) > 0.5
            then reason('unknown_kind')
    end as kind_note,
    case
        when period.months_observed < period.months_expected
            then reason('dated_months', period.months_observed, period.months_expected)
    end as months_note,
    case
        when funding.partial_list_gbp > 0 then reason('partial_list')
        when period.window_id in ('on_record', 'rolling_3y') and partly_listed.locality_code is not null
            then reason('partial_list_reached')
    end as partial_note,
    case when funding.ceiling_gbp > 0 then reason('up_to') end as ceiling_note,
    case
        when period.window_id in ('on_record', 'rolling_3y') and dated_share.coverage < 0.5
            then reason('half_dated')
    end as dates_note,
    case
        when funding.recipient_gbp / nullif(funding.total_gbp, 0) > 0.5
            then reason('recipient_address')
    end as headquarters_note,
    funding.source_ids,
    list_sort(list_distinct(list_concat(funding.source_ids, [population.source_id]))) as source_ids_with_population,
    funding.weighted_awards_n,
    funding.total_gbp,
    funding.totals_gbp,
    funding.size_class_1_n,
    funding.size_class_2_n,
    funding.size_class_3_n,
    funding.size_class_4_n,
    funding.size_class_5_n,
    funding.size_class_6_n,
    funding.size_class_7_n,
    funding.size_class_8_n,
    funding.size_class_1_gbp,
    funding.size_class_2_gbp,
    funding.size_class_3_gbp,
    funding.size_class_4_gbp,
    funding.size_class_5_gbp,
    funding.size_class_6_gbp,
    funding.size_class_7_gbp,
    funding.size_class_8_gbp,
    funding.weighted_awards_up_to_10000_n,
    funding.rows_gbp,
    funding.summary_awards_n,
    funding.planned_n,
    funding.planned_gbp,
    funding.multi_year_gbp,
    funding.median_planned_months,
    funding.planned_awards_n,
    case when funding.planned_gbp > 0 then funding.rows_awards_n else funding.weighted_awards_n end as timed_awards_n,
    case when funding.planned_gbp > 0 then doubtful.rows_note end as timed_note,
    case when funding.planned_gbp > 0 then funding.rows_source_ids else funding.source_ids end as timed_source_ids,
    funding.rows_source_ids,
    funding.funders_n,
    funding.named_funder_awards_n,
    funding.named_funder_gbp,
    funding.funder_hhi,
    funding.recipients_n,
    funding.named_recipient_awards_n,
    funding.named_recipient_gbp,
    funding.recipient_hhi,
    funding.beneficiary_gbp,
    funding.recipient_gbp,
    funding.nation_wide_gbp,
    funding.unallocated_gbp,
    funding.community_gbp,
    funding.public_body_gbp,
    funding.unknown_kind_gbp,
    funding.known_kind_awards_n
from place
cross join metrics.award_window as period
cross join (values ('local'), ('all')) as scope (scope)
left join metrics.funding_window as funding
    on
        place.locality_code = funding.locality_code
        and period.window_id = funding.window_id
        and scope.scope = funding.scope
        and funding.basis = 'best'
left join metrics.window_population as population
    on
        place.locality_code = population.locality_code
        and period.window_id = population.window_id
left join dated_share
    on
        place.locality_code = dated_share.locality_code
        and scope.scope = dated_share.scope
left join partly_listed
    on place.locality_code = partly_listed.locality_code
left join metrics.summary_doubt as doubtful
    on
        place.locality_code = doubtful.locality_code
        and period.window_id = doubtful.window_id
        and scope.scope = doubtful.scope
where
    period.window_id <> 'place_funds'
    and (
        place.locality_code not in ('unallocated', 'K02000001')
        or funding.locality_code is not null
    )

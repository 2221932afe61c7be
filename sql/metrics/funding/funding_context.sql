-- One row per window, scope and area: what the measures of money need beside the sums, which is the residents and every
-- caution as a note or null. A locality without a counted award also has a row, with the reason for missing values.
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
),

-- Localities of the summary, for each window that includes a day of the study's period, if the summary by locality is
-- the only record of that period.
summarised as (
    select
        period.window_id,
        summary.locality_code,
        period.origin <> 'award_rows' as is_held,
        coalesce(funding.summary_gbp < summary.total_gbp, false) as is_in_rows
    from core.fct_award_summary as summary
    cross join metrics.award_window as period
    inner join metrics.award_window as study
        on
            period.period_start <= study.period_end
            and period.period_end >= study.period_start
    left join metrics.funding_window as funding
        on
            period.window_id = funding.window_id
            and summary.locality_code = funding.locality_code
            and funding.scope = 'all'
            and funding.basis = 'best'
    where
        period.window_id <> 'place_funds'
        and study.window_id = 'covid_2020'
        and study.origin = 'summary'
),

-- The same for unallocated money and the total of the United Kingdom, which the summary affects as a whole.
affected as (
    select
        *,
        false as is_beyond
    from summarised
    union all
    select
        summarised.window_id,
        beyond.locality_code,
        summarised.is_held,
        beyond.locality_code = 'K02000001' and max(case when summarised.is_in_rows then 1 else 0 end) = 1 as is_in_rows,
        true as is_beyond
    from summarised
    cross join (values ('unallocated'), ('K02000001')) as beyond (locality_code)
    group by summarised.window_id, beyond.locality_code, summarised.is_held
),

doubtful as (
    select
        affected.window_id,
        scope.scope,
        affected.locality_code,
        case
            when not affected.is_held
                then reason('summary_period')
            when scope.scope = 'local'
                then reason('summary_scope')
            else reason('summary_lacks')
        end as gap,
        reason('summary_left_out') as rows_note,
        case
            when scope.scope = 'local' or not affected.is_held then reason('summary_left_out')
            when affected.is_beyond then reason('summary_unplaced')
        end as note,
        case when scope.scope = 'all' and affected.is_held and affected.is_in_rows then reason('summary_and_rows') end
            as overlap_note
    from affected
    cross join (values ('local'), ('all')) as scope (scope)
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
    list_sort(list_distinct(list_concat(funding.source_ids, [population.source_id]))) as source_ids_with_population
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
left join doubtful
    on
        place.locality_code = doubtful.locality_code
        and period.window_id = doubtful.window_id
        and scope.scope = doubtful.scope
where
    place.locality_code not in ('unallocated', 'K02000001')
    or funding.locality_code is not null

-- What the measures of money need beside the sums: who lives there, and every reason for doubt as a note or null. A
-- place without a counted award has its row, with the reason why nothing can be said of it.
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

-- Of a place that a partial list reaches, no list on record shows all the money.
partly_listed as (
    select distinct locality_code
    from core.fct_place_fund_coverage
    where list_coverage = 'partial'
    union
    select 'K02000001' as locality_code
    from core.fct_place_fund_coverage
    where list_coverage = 'partial'
),

-- The summary of the study's period, which knows one scope.
summarised as (
    select
        window_id,
        locality_code
    from metrics.funding_window
    where origin = 'summary'
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
        when funding.locality_code is null and summarised.locality_code is not null
            then 'the summary of the period cannot tell the local scope apart'
        when funding.locality_code is null
            then 'publishing is voluntary: the absence of a published award is not the absence of funding'
    end as absence,
    case
        when funding.locality_code is not null and funding.weighted_awards_n is null
            then 'the money on record is in totals of several awards, whose number is not known'
    end as totals_gap,
    case
        when funding.origin = 'summary' then 'the summary of the period does not hold it'
    end as summary_gap,
    case when funding.totals_gbp > 0 then 'leaves out totals of several awards, whose number is not known' end
        as totals_note,
    case
        when scope.scope = 'local' and funding.unknown_recipient_gbp / nullif(funding.total_gbp, 0) > 0.5
            then 'more than half of the money is to recipients of unknown kind, who may be public bodies'
    end as kind_note,
    case
        when period.months_observed < period.months_expected
            then
                'awards on record are dated in ' || cast(period.months_observed as varchar) || ' of the '
                || cast(period.months_expected as varchar) || ' months of the period'
    end as months_note,
    case
        when funding.partial_list_gbp > 0 then 'includes place funds of which only a part of the list is on record'
        when period.window_id in ('on_record', 'rolling_3y') and partly_listed.locality_code is not null
            then 'place funds of which only a part of the list is on record may have reached the area too'
    end as partial_note,
    case when funding.ceiling_gbp > 0 then 'includes amounts published as "up to"' end as ceiling_note,
    case
        when period.window_id in ('on_record', 'rolling_3y') and dated_share.coverage < 0.5
            then 'less than half of the money on record carries a date'
    end as dates_note,
    case
        when funding.recipient_gbp / nullif(funding.total_gbp, 0) > 0.5
            then 'more than half of the money is placed by the address of the recipient'
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
left join summarised
    on
        place.locality_code = summarised.locality_code
        and period.window_id = summarised.window_id
where
    place.locality_code not in ('unallocated', 'K02000001')
    or funding.locality_code is not null

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
)

select
    period.window_id,
    scope.scope,
    place.locality_code,
    cast(population.population_persons as double) as persons,
    population.small_note,
    population.gap_note,
    case when period.window_id in ('on_record', 'rolling_3y') then dated_share.coverage end as coverage,
    place.locality_code = 'E09000001' as is_city_of_london,
    place.locality_code in ('unallocated', 'K02000001') as is_beyond,
    case
        when funding.weighted_awards_n is null
            then 'publishing is voluntary: the absence of a published award is not the absence of funding'
    end as absence,
    case
        when funding.origin = 'summary' then 'the summary of the period does not hold it'
    end as summary_gap,
    case
        when funding.origin = 'summary' and scope.scope = 'local'
            then 'from a summary that cannot tell awards outside the local scope apart'
    end as scope_note,
    case
        when period.months_observed < period.months_expected
            then
                'awards on record are dated in ' || cast(period.months_observed as varchar) || ' of the '
                || cast(period.months_expected as varchar) || ' months of the period'
    end as months_note,
    case when funding.partial_list_gbp > 0 then 'includes place funds of which only a part of the list is on record' end
        as partial_note,
    case when funding.ceiling_gbp > 0 then 'includes amounts published as "up to"' end as ceiling_note,
    case
        when period.window_id = 'rolling_3y' and dated_share.coverage < 0.5
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
where
    place.locality_code not in ('unallocated', 'K02000001')
    or funding.weighted_awards_n is not null

-- One row per series, period and locality: the amount of money, voice, volunteers or records. A locality without a
-- published award or a survey figure is left out, because neither means zero. Every locality is in the series of
-- records, because the number of its records in the register is always known. That number describes the documents, not
-- the locality.
with money as (
    select
        case funding.scope when 'all' then 'funding_all' else 'funding' end as series,
        period.period_start,
        period.period_end,
        funding.locality_code,
        cast(population.population_persons as double) as persons,
        funding.total_gbp as amount,
        funding.rows_gbp as amount_in_rows,
        funding.recipient_gbp as amount_by_recipient,
        false as is_unreliable,
        list_concat(funding.source_ids, [population.source_id]) as source_ids,
        list_concat(funding.rows_source_ids, [population.source_id]) as rows_source_ids
    from metrics.funding_window as funding
    inner join metrics.award_window as period using (window_id)
    inner join metrics.window_population as population using (window_id, locality_code)
    inner join metrics.funding_context as context using (window_id, scope, locality_code)
    where
        funding.basis = 'best'
        and not context.has_wrong_denominator
),

-- Money that is located only by the recipient's address is not known to be spent in the locality, and the summary of
-- spring 2020 does not say how its money is located.
known_location as (
    select
        series || '_beneficiary' as series,
        period_start,
        period_end,
        locality_code,
        persons,
        amount_in_rows - amount_by_recipient as amount,
        cast(null as double) as amount_in_rows,
        cast(null as double) as amount_by_recipient,
        is_unreliable,
        rows_source_ids as source_ids
    from money
    where amount_by_recipient < amount_in_rows
),

-- A survey may ask about volunteering in two definitions. For each nation and period, the definition of the past year
-- takes precedence.
survey_amount as (
    select
        case survey.metric_id when 'coh_influence_pct' then 'voice' else 'volunteering' end as series,
        survey.period_start,
        survey.period_end,
        survey.locality_code,
        cast(population.population_persons as double) as persons,
        population.population_persons * survey.value / 100 as amount,
        coalesce(array_length(survey.low_reasons) > 0, false) as is_unreliable,
        list_concat(survey.source_ids, [population.source_id]) as source_ids,
        row_number() over (
            partition by survey.metric_id, survey.locality_code, survey.period_start, survey.period_end
            order by abs(date_diff('day', survey.period_end, population.period_end)) asc, population.period_end desc
        ) as nearness,
        dense_rank() over (
            partition by
                survey.metric_id = 'coh_influence_pct', locality.nation, survey.period_start, survey.period_end
            order by survey.metric_id desc
        ) as definition
    from metrics.cohesion as survey
    inner join core.dim_locality as locality using (locality_code)
    inner join core.fct_population as population using (locality_code)
    where
        survey.metric_id in ('coh_influence_pct', 'coh_volunteer_any_pct', 'coh_volunteer_past_year_pct')
        and survey.value is not null
),

recorded as (
    select
        locality.nation,
        locality.locality_code,
        cast(count(practice.practice_id) as double) as records_n
    from core.dim_locality as locality
    left join core.fct_practice_study as practice
        on
            locality.locality_code = practice.locality_code
            and practice.geo_precision in ('lad', 'sub_lad')
    group by locality.nation, locality.locality_code
),

record_source as (
    select
        locality.nation,
        list_sort(array_agg(distinct practice.source_id)) as source_ids
    from core.fct_practice_study as practice
    inner join core.dim_locality as locality using (locality_code)
    where practice.geo_precision in ('lad', 'sub_lad')
    group by locality.nation
),

newest_population as (
    select
        locality_code,
        population_persons,
        source_id,
        row_number() over (
            partition by locality_code
            order by period_end desc
        ) as recency
    from core.fct_population
),

record_amount as (
    select
        'recording' as series,
        build.as_of as period_start,
        build.as_of as period_end,
        recorded.locality_code,
        cast(population.population_persons as double) as persons,
        recorded.records_n as amount,
        cast(null as double) as amount_in_rows,
        cast(null as double) as amount_by_recipient,
        false as is_unreliable,
        list_concat(record_source.source_ids, [population.source_id]) as source_ids
    from recorded
    cross join meta.build as build
    inner join record_source using (nation)
    inner join newest_population as population
        on
            recorded.locality_code = population.locality_code
            and population.recency = 1
)

select
    series,
    period_start,
    period_end,
    locality_code,
    persons,
    amount,
    amount_in_rows,
    amount_by_recipient,
    is_unreliable,
    source_ids
from money
union all
select * from known_location
union all
select
    series,
    period_start,
    period_end,
    locality_code,
    persons,
    amount,
    cast(null as double) as amount_in_rows,
    cast(null as double) as amount_by_recipient,
    is_unreliable,
    source_ids
from survey_amount
where
    nearness = 1
    and definition = 1
union all
select * from record_amount

-- In the complete lists of place funds, and only there, not being named is a nought; where one of them does not speak
-- of the place, what the others say is a least amount, and never a nought. The funds of the nations differ.
with measured as (
    select
        measure.metric_id,
        'place_funds' as window_id,
        fund.locality_code,
        case measure.metric_id
            when 'fun_place_total_gbp' then fund.complete_gbp
            when 'fun_place_n' then fund.complete_n
            when 'fun_place_per_head' then fund.complete_gbp / nullif(population.population_persons, 0)
        end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        case measure.metric_id when 'fun_place_n' then fund.complete_n else fund.complete_gbp end as n_num,
        cast(
            case measure.metric_id
                when 'fun_place_per_head' then population.population_persons
                when 'fun_place_n' then fund.covering_award_funds_n
                else fund.covering_funds_n
            end as double
        ) as n_den,
        cast(null as double) as se,
        cast(null as double) as coverage,
        case
            when measure.metric_id = 'fun_place_per_head' and lacks_residents(fund.locality_code) then 'not_applicable'
        end as gap_state,
        case
            when measure.metric_id = 'fun_place_per_head' and lacks_residents(fund.locality_code)
                then 'residents are the wrong denominator for the City of London'
            when measure.metric_id = 'fun_place_n' and fund.complete_n is null and fund.silent_award_funds_n > 0
                then 'a list that is complete for the nation does not speak of the place'
            when measure.metric_id <> 'fun_place_n' and fund.complete_gbp is null and fund.silent_funds_n > 0
                then 'a list that is complete for the nation does not speak of the place'
            when measure.metric_id = 'fun_place_n' and fund.complete_n is null
                then 'no place fund with a complete list of awards covers the nation'
            when measure.metric_id <> 'fun_place_n' and fund.complete_gbp is null
                then 'no place fund with a complete list covers the nation'
            when measure.metric_id = 'fun_place_per_head' and population.population_persons is null
                then 'no population on record'
        end as gap_reason,
        concat_ws(
            '; ',
            case
                when
                    case measure.metric_id
                        when 'fun_place_n' then fund.silent_award_funds_n
                        else fund.silent_funds_n
                    end > 0
                    then 'at least so much: a list that is complete for the nation does not speak of the place'
            end,
            case
                when fund.ceiling_gbp > 0 and measure.metric_id <> 'fun_place_n'
                    then 'includes amounts published as "up to"'
            end,
            case when fund.unplaced_complete_n > 0 then 'an award of a complete list could not be placed' end,
            case when measure.metric_id = 'fun_place_per_head' then population.small_note end,
            case when measure.metric_id = 'fun_place_per_head' then population.gap_note end
        ) as low_reason,
        case measure.metric_id
            when 'fun_place_per_head'
                then list_sort(list_distinct(list_concat(fund.source_ids, [population.source_id])))
            else fund.source_ids
        end as source_ids
    from metrics.place_fund as fund
    cross join (values ('fun_place_total_gbp'), ('fun_place_n'), ('fun_place_per_head')) as measure (metric_id)
    left join metrics.window_population as population
        on
            fund.locality_code = population.locality_code
            and population.window_id = 'place_funds'
    where
        fund.locality_code <> 'unallocated'
        or (fund.complete_gbp is not null and measure.metric_id <> 'fun_place_per_head')
    union all
    select
        'fun_place_partial_n' as metric_id,
        'on_record' as window_id,
        locality_code,
        partial_n as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        partial_n as n_num,
        cast(null as double) as n_den,
        cast(null as double) as se,
        cast(null as double) as coverage,
        cast(null as varchar) as gap_state,
        case
            when partial_n is null
                then 'the lists are partial: not being in them is no sign that there was no award'
        end as gap_reason,
        'the lists are partial: at least so many' as low_reason,
        source_ids
    from metrics.place_fund
    where
        locality_code <> 'unallocated'
        or partial_n is not null
)

select
    measured.metric_id,
    'all' as breakdown,
    measured.locality_code,
    period.period_start,
    period.period_end,
    case when measured.gap_reason is null then measured.value end as value,
    case when measured.gap_reason is null then measured.lci end as lci,
    case when measured.gap_reason is null then measured.uci end as uci,
    case when measured.gap_reason is null then measured.ci_method else 'none:no_value' end as ci_method,
    case when measured.gap_reason is null then measured.n_num end as n_num,
    case when measured.gap_reason is null then measured.n_den end as n_den,
    case when measured.gap_reason is null then measured.se end as se,
    case
        when measured.gap_reason is not null and measured.gap_state is not null then measured.gap_state
        when measured.gap_reason is not null then 'not_available'
        when measured.low_reason <> '' then 'ok_low'
        else 'ok'
    end as state,
    coalesce(measured.gap_reason, nullif(measured.low_reason, '')) as state_reason,
    case when measured.gap_reason is null then measured.coverage end as coverage,
    case when measured.gap_reason is null then measured.source_ids else cast([] as varchar[]) end as source_ids,
    cast(null as varchar) as comparable_group
from measured
inner join metrics.award_window as period
    on measured.window_id = period.window_id

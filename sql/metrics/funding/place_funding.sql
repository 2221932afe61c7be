-- One row per metric of place funds, area and period. Only in complete lists, a locality that is not named has zero. If
-- one of the lists does not cover the locality, the sum of the others is a minimum and never zero. The funds of the
-- nations differ.
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
        'none:register_count' as ci_method,
        case measure.metric_id when 'fun_place_n' then fund.complete_n else fund.complete_gbp end as n_num,
        cast(
            case measure.metric_id
                when 'fun_place_per_head' then population.population_persons
                when 'fun_place_n' then fund.covering_award_funds_n
                else fund.covering_funds_n
            end as double
        ) as n_den,
        case
            when measure.metric_id = 'fun_place_per_head' and lacks_residents(fund.locality_code)
                then reason('city_of_london')
            when measure.metric_id = 'fun_place_n' and fund.complete_n is null and fund.not_covering_award_funds_n > 0
                then reason('list_silent')
            when measure.metric_id <> 'fun_place_n' and fund.complete_gbp is null and fund.not_covering_funds_n > 0
                then reason('list_silent')
            when measure.metric_id = 'fun_place_n' and fund.complete_n is null
                then reason('no_complete_awards')
            when measure.metric_id <> 'fun_place_n' and fund.complete_gbp is null
                then reason('no_complete_list')
            when measure.metric_id = 'fun_place_per_head' and population.population_persons is null
                then reason('no_resident_count')
        end as gap_reason,
        reasons([
            case
                when
                    case measure.metric_id
                        when 'fun_place_n' then fund.not_covering_award_funds_n
                        else fund.not_covering_funds_n
                    end > 0
                    then reason('at_least_silent')
            end,
            case
                when fund.ceiling_gbp > 0 and measure.metric_id <> 'fun_place_n'
                    then reason('up_to')
            end,
            case when fund.unplaced_complete_n > 0 then reason('unplaced_award') end,
            case when measure.metric_id = 'fun_place_per_head' then population.small_note end,
            case when measure.metric_id = 'fun_place_per_head' then population.gap_note end
        ]) as low_reasons,
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
        'none:register_count' as ci_method,
        partial_n as n_num,
        cast(null as double) as n_den,
        case
            when partial_n is null
                then reason('partial_no_sign')
        end as gap_reason,
        [reason('partial_at_least')] as low_reasons,
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
    case when measured.gap_reason is null then measured.ci_method else 'none:no_value' end as ci_method,
    case when measured.gap_reason is null then measured.n_num end as n_num,
    case when measured.gap_reason is null then measured.n_den end as n_den,
    measured.gap_reason,
    case when measured.gap_reason is null then measured.low_reasons end as low_reasons,
    case when measured.gap_reason is null then measured.source_ids else cast([] as varchar[]) end as source_ids
from measured
inner join metrics.award_window as period using (window_id)

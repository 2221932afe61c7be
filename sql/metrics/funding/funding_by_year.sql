-- One row per metric of the summary of 2013 to 2018, area and period: a year, or all years. Every value has the
-- cautions that the summary is placed by address and has few funders, so none is reliable.
with place as (
    select
        locality_code,
        nation
    from core.dim_locality
    union all
    select
        beyond.locality_code,
        cast(null as varchar) as nation
    from (values ('unallocated'), ('K02000001')) as beyond (locality_code)
),

covered_nation as (
    select distinct locality.nation
    from core.fct_award_year_summary
    inner join core.dim_locality as locality using (locality_code)
),

wide as (
    select
        place.locality_code,
        place.locality_code in ('unallocated', 'K02000001') as is_beyond,
        scope.scope,
        period.period_start,
        period.period_end,
        summed.total_gbp,
        cast(summed.awards_n as double) as awards_n,
        cast(summed.funders_n as double) as funders_n,
        summed.largest_gbp,
        summed.funder_hhi,
        case
            when place.nation is not null and covered_nation.nation is null then reason('great_britain_only')
            when summed.locality_code is null then reason('awards_voluntary')
        end as absence,
        [reason('address_only'), reason('published_by_2019')] as cautions,
        case when place.locality_code = 'K02000001' then reason('great_britain_only') end as whole_note,
        cast(population.population_persons as double) as persons,
        population.small_note,
        population.gap_note,
        summed.source_ids,
        list_sort(list_distinct(list_concat(summed.source_ids, [population.source_id]))) as source_ids_with_population
    from place
    cross join metrics.award_year_window as period
    cross join (values ('local'), ('all')) as scope (scope)
    left join metrics.award_year_sum as summed using (locality_code, window_id, scope)
    left join covered_nation using (nation)
    left join metrics.award_year_population as population using (locality_code, period_start, period_end)
    where place.nation is not null or summed.locality_code is not null
),

measured as (
    select
        'fun_2013_2018_' || measure.name || case wide.scope when 'all' then '_all' else '' end as metric_id,
        wide.locality_code,
        wide.period_start,
        wide.period_end,
        case measure.name
            when 'gbp' then wide.total_gbp
            when 'n' then wide.awards_n
            when 'per_head' then wide.total_gbp / nullif(wide.persons, 0)
            when 'funders_n' then wide.funders_n
            when 'hhi_funder' then wide.funder_hhi
            when 'largest_funder_share' then wide.largest_gbp / wide.total_gbp
        end as value,
        case measure.name
            when 'n' then wide.awards_n
            when 'funders_n' then wide.funders_n
            when 'largest_funder_share' then wide.largest_gbp
            when 'hhi_funder' then null
            else wide.total_gbp
        end as n_num,
        case measure.name
            when 'gbp' then wide.awards_n
            when 'per_head' then wide.persons
            when 'hhi_funder' then wide.funders_n
            when 'largest_funder_share' then wide.total_gbp
        end as n_den,
        case
            when measure.name = 'per_head' and lacks_residents(wide.locality_code) then reason('city_of_london')
            when wide.absence is not null then wide.absence
            when measure.name = 'per_head' and wide.persons is null then reason('no_resident_count')
        end as gap_reason,
        joined_reasons(
            wide.cautions,
            reasons([
                wide.whole_note,
                case when measure.name = 'per_head' then wide.small_note end,
                case when measure.name = 'per_head' then wide.gap_note end,
                case
                    when measure.name in ('hhi_funder', 'largest_funder_share') and wide.awards_n < 5
                        then reason('few_awards', 5)
                end,
                case
                    when measure.name in ('hhi_funder', 'largest_funder_share') and wide.funders_n = 1
                        then reason('one_funder')
                end
            ])
        ) as low_reasons,
        case measure.name when 'per_head' then wide.source_ids_with_population else wide.source_ids end as source_ids
    from wide
    cross join (
        values
        ('gbp'), ('n'), ('per_head'), ('funders_n'), ('hhi_funder'), ('largest_funder_share')
    ) as measure (name)
    where
        (wide.scope = 'local' or measure.name in ('gbp', 'n'))
        and (not wide.is_beyond or measure.name in ('gbp', 'n'))
)

select
    metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    case when gap_reason is null then value end as value,
    case when gap_reason is null then 'none:register_count' else 'none:no_value' end as ci_method,
    case when gap_reason is null then n_num end as n_num,
    case when gap_reason is null then n_den end as n_den,
    gap_reason,
    case when gap_reason is null then low_reasons end as low_reasons,
    case when gap_reason is null then source_ids else cast([] as varchar[]) end as source_ids
from measured

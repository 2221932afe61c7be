-- One row per metric of the register, breakdown and area: how far two independent readings agree on the codes, and
-- which localities were searched.
with corpus as (
    select
        count(*) as records_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_study
),

reading_source as (
    select list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_reading
    where reading in ('first', 'second')
),

logged as (
    select
        search.locality_code,
        count(*) as searches_n,
        max(case when standing.search_status = 'recorded' then 1 else 0 end) as recorded_n,
        list_sort(array_agg(distinct search.source_id)) as source_ids
    from core.fct_practice_search as search
    inner join metrics.practice_standing as standing using (locality_code)
    group by search.locality_code
)

select
    'prac_alpha' as metric_id,
    'axis_' || agreement.axis as breakdown,
    'K02000001' as locality_code,
    agreement.alpha as value,
    agreement.alpha_lci as lci,
    agreement.alpha_uci as uci,
    case when agreement.alpha_lci is null then 'none:no_disagreement' else 'bootstrap' end as ci_method,
    cast(agreement.units_n as double) as n_den,
    case
        when agreement.alpha is null
            then reason('readings_agree')
    end as gap_reason,
    reasons([
        case
            when agreement.alpha < 0.667 then reason('alpha_low')
            when agreement.alpha_lci < 0.667 then reason('alpha_end_low')
        end
    ]) as low_reasons,
    coalesce(reading_source.source_ids, corpus.source_ids) as source_ids
from metrics.practice_agreement as agreement
cross join reading_source
cross join corpus
where corpus.records_n > 0
union all
select
    measure.metric_id,
    'all' as breakdown,
    search.locality_code,
    cast(
        case measure.metric_id when 'prac_search_log_n' then search.searches_n else search.recorded_n end as double
    ) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    cast(null as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar[]) as low_reasons,
    search.source_ids
from logged as search
cross join (values ('prac_search_status'), ('prac_search_log_n')) as measure (metric_id)
where
    measure.metric_id = 'prac_search_log_n'
    or search.recorded_n = 1

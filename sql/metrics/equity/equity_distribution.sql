-- One row per tenth of the residents with its share, and per fifth of the localities with the number searched, by
-- nation and period.
with looked_at as (
    select distinct locality_code
    from core.fct_practice_search
),

searched as (
    select
        place.nation_code,
        least(floor(5 * place.mid_rank), 4) + 1 as fifth,
        place.locality_code
    from metrics.equity_place as place
    inner join looked_at using (locality_code)
    where place.series = 'recording'
),

fifth_searched as (
    select
        judged.nation_code,
        fifths.fifth,
        cast(count(searched.locality_code) as double) as localities_n
    from metrics.equity_series as judged
    cross join (values (1), (2), (3), (4), (5)) as fifths (fifth)
    left join searched using (nation_code, fifth)
    where judged.series = 'recording'
    group by judged.nation_code, fifths.fifth
)

select
    'eq_curve_' || judged.series as metric_id,
    case when judged.gap_reason is null then 'decile_' || cast(tenths.tenth as varchar) else 'all' end as breakdown,
    judged.nation_code as locality_code,
    judged.period_start,
    judged.period_end,
    ordinate.amount_share as value,
    'none:ordinate' as ci_method,
    cast(judged.localities_n as double) as n_den,
    judged.gap_reason,
    judged.low_reasons,
    judged.coverage,
    judged.source_ids
from metrics.equity_series as judged
cross join (values (1), (2), (3), (4), (5), (6), (7), (8), (9)) as tenths (tenth)
left join metrics.equity_ordinate as ordinate using (series, nation_code, period_start, period_end, tenth)
-- If there is no curve, one row gives the reason for all tenths.
where
    judged.series in ('funding', 'funding_all', 'voice', 'volunteering')
    and (judged.gap_reason is null or tenths.tenth = 1)
union all
select
    'eq_searched_n' as metric_id,
    case when judged.gap_reason is null then 'quintile_' || cast(fifth_searched.fifth as varchar) else 'all' end
        as breakdown,
    judged.nation_code as locality_code,
    judged.period_start,
    judged.period_end,
    fifth_searched.localities_n as value,
    'none:register_count' as ci_method,
    sum(fifth_searched.localities_n) over (partition by judged.nation_code) as n_den,
    judged.gap_reason,
    cast(null as varchar[]) as low_reasons,
    cast(null as double) as coverage,
    judged.source_ids
from metrics.equity_series as judged
inner join fifth_searched using (nation_code)
where
    judged.series = 'recording'
    and (judged.gap_reason is null or fifth_searched.fifth = 1)

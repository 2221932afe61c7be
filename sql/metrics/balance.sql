-- Three shares side by side, never averaged: a place with one leg shows one leg.
with build as (
    select as_of
    from meta.build
),

leg as (
    select
        'bal_voice' as metric_id,
        locality_code,
        period_start,
        period_end,
        value / 100 as value,
        lci / 100 as lci,
        uci / 100 as uci,
        ci_method,
        n_num,
        n_den,
        se / 100 as se,
        state,
        state_reason,
        coverage,
        source_ids,
        comparable_group
    from metrics.cohesion
    where metric_id = 'coh_influence_pct'
    union all
    select
        'bal_money' as metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        ci_method,
        n_num,
        n_den,
        se,
        state,
        state_reason,
        coverage,
        source_ids,
        comparable_group
    from metrics.funding
    where metric_id = 'fun_balance_community'
    union all
    -- The side balance runs from -1 to 1, the leg from 0 to 1.
    select
        'bal_practice' as metric_id,
        locality_code,
        period_start,
        period_end,
        (value + 1) / 2 as value,
        (lci + 1) / 2 as lci,
        (uci + 1) / 2 as uci,
        ci_method,
        n_num,
        n_den,
        se,
        state,
        state_reason,
        coverage,
        source_ids,
        comparable_group
    from metrics.practice
    where metric_id = 'prac_side_balance'
),

-- Legs that stand in one row are counted as they stand there: the newest of each, and money of every award on record.
headline as (
    select
        leg.metric_id,
        leg.locality_code,
        leg.value,
        leg.source_ids,
        row_number() over (
            partition by leg.metric_id, leg.locality_code
            order by
                case
                    when
                        is_windowed(leg.metric_id)
                        and leg.period_start = period.period_start
                        and leg.period_end = period.period_end
                        then 0
                    else 1
                end,
                leg.period_end desc,
                leg.period_start desc
        ) as place
    from leg
    cross join metrics.award_window as period
    where period.window_id = 'on_record'
),

standing as (
    select
        locality.locality_code,
        count(headline.metric_id) as legs_n,
        list_sort(list_distinct(flatten(array_agg(headline.source_ids)))) as source_ids
    from core.dim_locality as locality
    left join headline
        on
            locality.locality_code = headline.locality_code
            and headline.place = 1
            and headline.value is not null
    group by locality.locality_code
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value,
    lci,
    uci,
    ci_method,
    n_num,
    n_den,
    se,
    state,
    state_reason,
    coverage,
    source_ids,
    comparable_group
from leg
union all
select
    'bal_legs_ok' as metric_id,
    standing.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    cast(standing.legs_n as double) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    cast(standing.legs_n as double) as n_num,
    3e0 as n_den,
    cast(null as double) as se,
    'ok' as state,
    cast(null as varchar) as state_reason,
    cast(null as double) as coverage,
    coalesce(standing.source_ids, cast([] as varchar[])) as source_ids,
    cast(null as varchar) as comparable_group
from standing
cross join build

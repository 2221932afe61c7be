-- One row per listed value, in the columns of Explore Local Statistics. The export provides listed_value, status_symbol
-- and unit_measure.
with area as (
    select
        locality_code as areacd,
        locality_name as areanm,
        'Local Authority District' as geography,
        locality_name_cy as areanm_cy
    from core.dim_locality
    union all
    select
        nation_code as areacd,
        nation as areanm,
        case when nation = 'United Kingdom' then 'United Kingdom' else 'Nation' end as geography,
        nation_name_cy as areanm_cy
    from core.dim_nation
),

prepared as (
    select
        value.metric_id,
        value.breakdown,
        value.locality_code,
        value.period_start,
        value.period_end,
        value.value,
        value.unit,
        value.lci,
        value.uci,
        value.state,
        value.state_reason,
        value.coverage,
        value.run_id,
        date_diff('month', value.period_start, value.period_end + 1) as months,
        value.ci_level = 0.95 as is_confidence,
        method.interval_kind,
        method.interval_reason
    from listed_value as value
    left join core.dim_interval_method as method using (ci_method)
)

select
    prepared.locality_code as areacd,
    coalesce(area.areanm, 'Not allocated to a single area') as areanm,
    coalesce(area.geography, 'No single area') as geography,
    metric.metric_name || case prepared.breakdown when 'all' then '' else ': ' || part.breakdown_name end as indicator,
    prepared.period_start || '/P' || case
        when prepared.period_start + to_months(prepared.months) <> prepared.period_end + 1
            then (prepared.period_end - prepared.period_start + 1) || 'D'
        when prepared.months % 12 = 0 then (prepared.months // 12) || 'Y'
        else prepared.months || 'M'
    end as period,
    prepared.value as observation,
    measure.kind as measure,
    measure.name as unit,
    case when prepared.is_confidence then prepared.lci end as lci_95,
    case when prepared.is_confidence then prepared.uci end as uci_95,
    nullif(symbol.symbol, '') as status,
    nullif(concat_ws(
        '; ',
        case when area.areacd is null then 'for several areas together, or for no known area' end,
        case prepared.state
            when 'not_searched' then 'not searched'
            when 'withheld' then 'withheld'
        end,
        prepared.state_reason,
        case
            when prepared.value is null then null
            when prepared.lci is null then 'no interval: ' || prepared.interval_reason
            when prepared.is_confidence then null
            else concat(
                'between ', prepared.lci, ' and ', prepared.uci,
                ', which is not a confidence interval (', prepared.interval_kind, ': ', prepared.interval_reason, ')'
            )
        end
    ), '') as notes,
    area.areanm_cy,
    metric.metric_name_cy || case prepared.breakdown when 'all' then '' else ': ' || part.breakdown_name_cy end
        as label_cy,
    prepared.metric_id,
    prepared.breakdown,
    prepared.run_id,
    prepared.coverage,
    prepared.state
from prepared
inner join core.dim_metric as metric using (metric_id)
inner join core.dim_breakdown as part using (breakdown)
left join area
    on prepared.locality_code = area.areacd
left join status_symbol as symbol using (state)
inner join unit_measure as measure
    on prepared.unit = measure.unit
order by prepared.metric_id, prepared.breakdown, prepared.locality_code, prepared.period_start, prepared.period_end

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

reckoned as (
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
    left join core.dim_interval_method as method
        on value.ci_method = method.ci_method
)

select
    reckoned.locality_code as areacd,
    coalesce(area.areanm, 'Not allocated to a single area') as areanm,
    coalesce(area.geography, 'No single area') as geography,
    metric.metric_name || case reckoned.breakdown when 'all' then '' else ': ' || part.breakdown_name end as indicator,
    reckoned.period_start || '/P' || case
        when reckoned.period_start + to_months(reckoned.months) <> reckoned.period_end + 1
            then (reckoned.period_end - reckoned.period_start + 1) || 'D'
        when reckoned.months % 12 = 0 then (reckoned.months // 12) || 'Y'
        else reckoned.months || 'M'
    end as period,
    reckoned.value as observation,
    measure.kind as measure,
    measure.name as unit,
    case when reckoned.is_confidence then reckoned.lci end as lci_95,
    case when reckoned.is_confidence then reckoned.uci end as uci_95,
    nullif(symbol.symbol, '') as status,
    nullif(concat_ws(
        '; ',
        case when area.areacd is null then 'for several areas together, or for no known area' end,
        case reckoned.state
            when 'not_searched' then 'not searched'
            when 'withheld' then 'withheld'
        end,
        reckoned.state_reason,
        case
            when reckoned.value is null then null
            when reckoned.lci is null then 'no interval: ' || reckoned.interval_reason
            when reckoned.is_confidence then null
            else concat(
                'between ', reckoned.lci, ' and ', reckoned.uci,
                ', which is not a confidence interval (', reckoned.interval_kind, ': ', reckoned.interval_reason, ')'
            )
        end
    ), '') as notes,
    area.areanm_cy,
    metric.metric_name_cy || case reckoned.breakdown when 'all' then '' else ': ' || part.breakdown_name_cy end
        as label_cy,
    reckoned.metric_id,
    reckoned.breakdown,
    reckoned.run_id,
    reckoned.coverage,
    reckoned.state
from reckoned
inner join core.dim_metric as metric
    on reckoned.metric_id = metric.metric_id
inner join core.dim_breakdown as part
    on reckoned.breakdown = part.breakdown
left join area
    on reckoned.locality_code = area.areacd
left join status_symbol as symbol
    on reckoned.state = symbol.state
inner join unit_measure as measure
    on reckoned.unit = measure.unit
order by reckoned.metric_id, reckoned.breakdown, reckoned.locality_code, reckoned.period_start, reckoned.period_end

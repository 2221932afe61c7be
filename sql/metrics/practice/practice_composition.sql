-- One row per metric of composition, breakdown and locality with a practice record: shares of the records by origin,
-- durability, side, lead and risk.
with risk as (
    select
        practice_id,
        count(*) as risks_n,
        count(case when code = 'inequalities' then 1 end) as inequalities_n,
        count(case when code = 'fatigue' then 1 end) as fatigue_n,
        count(case when code = 'finances' then 1 end) as finances_n,
        count(case when code = 'short_termism' then 1 end) as short_termism_n,
        count(case when code = 'formalisation' then 1 end) as formalisation_n
    from core.fct_practice_code
    where axis = 'risk'
    group by practice_id
),

counted as (
    select
        record.locality_code,
        count(case when record.side = 'community' then 1 end) + count(case when record.side = 'joint' then 1 end) / 2e0
            as community_n,
        count(case when record.origin = 'accelerated' then 1 end) as accelerated_n,
        count(case when record.origin = 'emergent' then 1 end) as emergent_n,
        count(case when record.origin = 'unknown' then 1 end) as unknown_origin_n,
        count(case when record.durability = 'robust' then 1 end) as robust_n,
        count(case when record.durability = 'fragile' then 1 end) as fragile_n,
        -- A named risk of a practice of unknown origin or durability counts on neither side of the share: if unknown
        -- practices counted only where they are at risk, the share would be too high.
        count(case when record.origin <> 'unknown' and record.durability <> 'unknown' then 1 end) as risk_known_n,
        count(
            case
                when
                    record.origin <> 'unknown' and record.durability <> 'unknown'
                    and (risk.risks_n > 0 or (record.origin = 'emergent' and record.durability = 'fragile'))
                    then 1
            end
        ) as at_risk_n,
        count(case when risk.inequalities_n > 0 then 1 end) as inequalities_n,
        count(case when risk.fatigue_n > 0 then 1 end) as fatigue_n,
        count(case when risk.finances_n > 0 then 1 end) as finances_n,
        count(case when risk.short_termism_n > 0 then 1 end) as short_termism_n,
        count(case when risk.formalisation_n > 0 then 1 end) as formalisation_n,
        count(case when record.grade >= 2 then 1 end) as e2plus_n,
        count(case when record.lead_side <> 'unknown' then 1 end) as lead_known_n,
        count(case when record.lead_side = 'community' then 1 end) as community_led_n,
        count(case when record.is_reaching_less_heard then 1 end) as inclusion_n
    from metrics.practice_record as record
    left join risk using (practice_id)
    group by record.locality_code
),

part as (
    select
        measure.metric_id,
        measure.breakdown,
        place.locality_code,
        case
            when measure.breakdown = 'risk_inequalities' then counted.inequalities_n
            when measure.breakdown = 'risk_fatigue' then counted.fatigue_n
            when measure.breakdown = 'risk_finances' then counted.finances_n
            when measure.breakdown = 'risk_short_termism' then counted.short_termism_n
            when measure.breakdown = 'risk_formalisation' then counted.formalisation_n
            when measure.metric_id = 'prac_e2plus_share' then counted.e2plus_n
            when measure.metric_id = 'prac_community_led_share' then counted.community_led_n
            when measure.metric_id = 'prac_inclusion_share' then counted.inclusion_n
            when measure.breakdown = 'origin_accelerated' then counted.accelerated_n
            when measure.breakdown = 'origin_emergent' then counted.emergent_n
            when measure.breakdown = 'origin_unknown' then counted.unknown_origin_n
            when measure.metric_id = 'prac_at_risk_share' then counted.at_risk_n
        end as part_n,
        case measure.metric_id
            when 'prac_community_led_share' then counted.lead_known_n
            when 'prac_at_risk_share' then counted.risk_known_n
            else place.practices_n
        end as whole_n,
        place.practices_n,
        place.source_note,
        place.source_ids
    from metrics.practice_place as place
    inner join counted using (locality_code)
    cross join (
        values
        ('prac_risk_share', 'risk_inequalities'),
        ('prac_risk_share', 'risk_fatigue'),
        ('prac_risk_share', 'risk_finances'),
        ('prac_risk_share', 'risk_short_termism'),
        ('prac_risk_share', 'risk_formalisation'),
        ('prac_e2plus_share', 'all'),
        ('prac_community_led_share', 'all'),
        ('prac_inclusion_share', 'all'),
        ('prac_origin_share', 'origin_accelerated'),
        ('prac_origin_share', 'origin_emergent'),
        ('prac_origin_share', 'origin_unknown'),
        ('prac_at_risk_share', 'all')
    ) as measure (metric_id, breakdown)
)

select
    metric_id,
    breakdown,
    locality_code,
    cast(part_n as double) / nullif(whole_n, 0) as value,
    wilson_low(part_n, whole_n) as lci,
    wilson_high(part_n, whole_n) as uci,
    'wilson' as ci_method,
    cast(part_n as double) as n_num,
    cast(whole_n as double) as n_den,
    case when whole_n = 0 then reason('no_code') end as gap_reason,
    reasons([source_note, case when whole_n < 50 then reason('few_records', 50) end]) as low_reasons,
    cast(whole_n as double) / practices_n as coverage,
    source_ids
from part
union all
select
    'prac_side_balance' as metric_id,
    'all' as breakdown,
    place.locality_code,
    2 * counted.community_n / place.practices_n - 1 as value,
    2 * wilson_low(counted.community_n, place.practices_n) - 1 as lci,
    2 * wilson_high(counted.community_n, place.practices_n) - 1 as uci,
    'wilson' as ci_method,
    counted.community_n as n_num,
    cast(place.practices_n as double) as n_den,
    case when place.practices_n < 5 then reason('few_records', 5) end as gap_reason,
    reasons([place.source_note, case when place.practices_n < 50 then reason('few_records', 50) end]) as low_reasons,
    cast(null as double) as coverage,
    place.source_ids
from metrics.practice_place as place
inner join counted using (locality_code)
union all
-- The interval is not from sampling: its bounds are the shares if every unknown practice were fragile, or robust.
select
    'prac_durable_share' as metric_id,
    'all' as breakdown,
    place.locality_code,
    cast(counted.robust_n as double) / nullif(counted.robust_n + counted.fragile_n, 0) as value,
    cast(counted.robust_n as double) / place.practices_n as lci,
    cast(place.practices_n - counted.fragile_n as double) / place.practices_n as uci,
    'bounds:unknown_codes' as ci_method,
    cast(counted.robust_n as double) as n_num,
    cast(counted.robust_n + counted.fragile_n as double) as n_den,
    case when counted.robust_n + counted.fragile_n = 0 then reason('no_durability') end as gap_reason,
    reasons([place.source_note]) as low_reasons,
    cast(counted.robust_n + counted.fragile_n as double) / place.practices_n as coverage,
    place.source_ids
from metrics.practice_place as place
inner join counted using (locality_code)

-- No locality has a score while a gate of its nation is closed, and every locality without a score names the closed
-- gate.
with closed as (
    select
        nation,
        min(gate) as gate
    from metrics.composite_gate
    where not is_open
    group by nation
)

select
    composite.locality_code,
    composite.state,
    composite.reason_codes,
    closed.gate
from metrics.composite as composite
left join closed using (nation)
where
    (composite.state = 'ok' and (closed.gate is not null or composite.cpc_score is null))
    or (
        composite.state = 'withheld'
        and (
            array_length(composite.reason_codes) = 0
            or (
                closed.gate is not null
                and (
                    reason_code(composite.reason_codes[1]) <> 'gate_closed'
                    or split_part(composite.reason_codes[1], '|', 2) <> closed.gate
                )
            )
            or (
                closed.gate is null
                and reason_code(composite.reason_codes[1]) not in ('screen_residents', 'screen_indicators')
            )
            or composite.cpc_score is not null
            or composite.rank_median is not null
        )
    )

-- No locality has a score while a gate of its nation is closed, and one without a score says which gate keeps it back.
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
    composite.state_reason,
    closed.gate
from metrics.composite as composite
left join closed
    on composite.nation = closed.nation
where
    (composite.state = 'ok' and (closed.gate is not null or composite.cpc_score is null))
    or (
        composite.state = 'withheld'
        and (
            composite.state_reason is null
            or composite.state_reason not like '%' || coalesce(closed.gate, 'G1') || '%'
            or composite.cpc_score is not null
            or composite.rank_median is not null
        )
    )

-- One row per locality and component of the balance, with its state. Values are not shown, because surveys and indices
-- of deprivation of different nations have no common scale.
with legs as (
    select
        locality_code,
        '1 Voice' as leg,
        bal_voice_state as state
    from marts.locality_profile
    union all
    select
        locality_code,
        '2 Money' as leg,
        bal_money_state as state
    from marts.locality_profile
    union all
    select
        locality_code,
        '3 Practice' as leg,
        bal_practice_state as state
    from marts.locality_profile
)

select
    legs.leg,
    legs.state,
    locality.hex_r,
    cast(locality.hex_q + case when mod(abs(locality.hex_r), 2) = 1 then 0.5 else 0 end as double) as hex_x
from legs
inner join core.dim_locality as locality using (locality_code)
order by legs.leg, locality.locality_code

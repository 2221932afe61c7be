-- One row per practice, axis and code. The types of a practice share a weight of one (method.md section 2); risks and
-- other codes have a weight of one each.
with types as (
    select
        practice_id,
        code
    from core.fct_practice_reading
    where
        reading = 'agreed'
        and axis in ('primary_type', 'other_type')
        and code <> 'none'
),

shares as (
    select
        practice_id,
        count(*) as types_n
    from types
    group by practice_id
)

select
    types.practice_id,
    'type' as axis,
    types.code,
    cast(1 as double) / nullif(shares.types_n, 0) as weight
from types
inner join shares using (practice_id)
union all
select
    practice_id,
    axis,
    code,
    cast(1 as double) as weight
from core.fct_practice_reading
where
    reading = 'agreed'
    and axis in ('risk', 'recommendation', 'lesson')
    and code <> 'none'

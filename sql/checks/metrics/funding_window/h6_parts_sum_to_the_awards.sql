-- H6: On every basis of location, localities and unallocated sum to the counted awards themselves, to one pound.
with part as (
    select
        window_id,
        scope,
        basis,
        sum(case when locality_code <> 'K02000001' then total_gbp end) as parts_gbp,
        sum(case when locality_code = 'K02000001' then total_gbp end) as whole_gbp
    from metrics.funding_window
    where origin = 'award_rows'
    group by window_id, scope, basis
),

award as (
    select
        window_id,
        sum(amount_gbp) as all_gbp,
        sum(case when in_scope_local then amount_gbp end) as local_gbp
    from metrics.award_counted
    where window_id <> 'place_funds'
    group by window_id
)

select
    award.window_id,
    part.scope,
    part.basis,
    part.parts_gbp,
    part.whole_gbp,
    award.all_gbp,
    award.local_gbp
from award
left join part
    on award.window_id = part.window_id
where
    part.window_id is null
    or part.parts_gbp is null
    or abs(part.parts_gbp - part.whole_gbp) > 1
    or abs(part.whole_gbp - case part.scope when 'all' then award.all_gbp else award.local_gbp end) > 1

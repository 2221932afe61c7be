-- H12: The share at risk is of the practices with known origin and durability, and those that carry a named risk count
-- as at risk.
with risk as (
    select distinct practice_id
    from core.fct_practice_code
    where axis = 'risk'
),

known as (
    select
        practice.locality_code,
        count(*) as known_n,
        count(risk.practice_id) as named_n
    from core.fct_practice_study as practice
    inner join core.dim_locality using (locality_code)
    left join risk using (practice_id)
    where
        practice.geo_precision in ('lad', 'sub_lad')
        and practice.origin <> 'unknown'
        and practice.durability <> 'unknown'
    group by practice.locality_code
)

select
    known.locality_code,
    known.known_n,
    known.named_n,
    share.n_num,
    share.n_den
from known
left join metrics.practice as share
    on
        known.locality_code = share.locality_code
        and share.metric_id = 'prac_at_risk_share'
where
    share.n_num is null
    or share.n_den is null
    or share.n_den <> known.known_n
    or share.n_num < known.named_n
    or share.n_num > share.n_den

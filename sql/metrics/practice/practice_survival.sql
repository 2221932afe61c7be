-- One row per metric of survival and area: how many practices were followed up, and the share that continues among
-- those with a known outcome, by locality and for the whole register.
with followed as (
    -- Only a status of the practice itself is a follow-up: successors are inferred by this project, and 'unknown' is
    -- not news.
    select distinct status.practice_id
    from core.fct_practice_status as status
    cross join meta.build as build
    where
        status.kind = 'practice'
        and status.status <> 'unknown'
        and status.status_date between cast(build.as_of - interval 24 month as date) and build.as_of
),

counted as (
    select
        record.locality_code,
        count(followed.practice_id) as followed_n,
        count(case when followup.outcome = 'going_on' then 1 end) as going_on_n,
        count(case when followup.outcome = 'ended' then 1 end) as ended_n
    from metrics.practice_record as record
    left join followed using (practice_id)
    left join metrics.practice_followup as followup using (practice_id)
    group by record.locality_code
),

outcome_count as (
    select
        place.locality_code,
        place.practices_n,
        counted.going_on_n,
        counted.ended_n,
        place.source_note,
        place.source_ids
    from metrics.practice_place as place
    inner join counted using (locality_code)
    union all
    select
        'K02000001' as locality_code,
        count(*) as practices_n,
        count(case when followup.outcome = 'going_on' then 1 end) as going_on_n,
        count(case when followup.outcome = 'ended' then 1 end) as ended_n,
        cast(null as varchar) as source_note,
        list_sort(array_agg(distinct practice.source_id)) as source_ids
    from core.fct_practice_study as practice
    left join metrics.practice_followup as followup using (practice_id)
    having count(*) > 0
)

select
    'prac_followup_cover' as metric_id,
    'all' as breakdown,
    place.locality_code,
    cast(counted.followed_n as double) / place.practices_n as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    cast(counted.followed_n as double) as n_num,
    cast(place.practices_n as double) as n_den,
    cast(null as varchar) as gap_reason,
    reasons([place.source_note]) as low_reasons,
    cast(null as double) as coverage,
    place.source_ids
from metrics.practice_place as place
inner join counted using (locality_code)
union all
-- The bounds are the shares if every practice with an unknown outcome had ended, or continued, because the practices
-- with a known outcome are not a sample of the others.
select
    'prac_survival_pct' as metric_id,
    'all' as breakdown,
    locality_code,
    100e0 * going_on_n / nullif(going_on_n + ended_n, 0) as value,
    100e0 * going_on_n / practices_n as lci,
    100e0 * (practices_n - ended_n) / practices_n as uci,
    'bounds:unknown_fate' as ci_method,
    cast(going_on_n as double) as n_num,
    cast(going_on_n + ended_n as double) as n_den,
    case when going_on_n + ended_n = 0 then reason('no_fate') end as gap_reason,
    reasons([source_note, reason('fate_known', going_on_n + ended_n, practices_n)]) as low_reasons,
    cast(going_on_n + ended_n as double) / practices_n as coverage,
    source_ids
from outcome_count

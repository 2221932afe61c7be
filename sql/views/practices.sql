-- The practice records of the register, with the last known status.
select
    practice.practice_name,
    practice.summary,
    practice.place,
    locality.locality_name,
    locality.locality_name_cy,
    practice.primary_type,
    practice.category,
    practice.side,
    practice.origin,
    practice.durability,
    practice.evidence_grade,
    followup.last_status,
    followup.last_status_date,
    practice.practice_id,
    practice.locality_code
from core.fct_practice_study as practice
inner join metrics.practice_followup as followup
    on practice.practice_id = followup.practice_id
left join core.dim_locality as locality
    on practice.locality_code = locality.locality_code

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
    practice.practice_id,
    practice.locality_code
from core.fct_practice as practice
left join core.dim_locality as locality
    on practice.locality_code = locality.locality_code

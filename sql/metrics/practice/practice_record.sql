-- One row per practice record of a locality or a part of it. Records of counties and wider areas are not assigned to
-- localities.
select
    practice.practice_id,
    practice.locality_code,
    practice.primary_type,
    practice.category,
    practice.side,
    practice.origin,
    practice.durability,
    practice.lead_side,
    practice.is_reaching_less_heard,
    practice.document_sha256,
    practice.source_id,
    cast(substr(practice.evidence_grade, 2, 1) as integer) as grade
from core.fct_practice_study as practice
inner join core.dim_locality using (locality_code)
where practice.geo_precision in ('lad', 'sub_lad')

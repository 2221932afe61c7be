-- One row per practice record, with the codes that the two readings agreed on.
select
    practice.practice_id,
    practice.locality_code,
    practice.place,
    practice.geo_precision,
    practice.practice_name,
    practice.summary,
    practice.lead_actor,
    practice.lead_side,
    practice.lead_sector,
    practice.is_reaching_less_heard,
    agreed.primary_type,
    case substr(agreed.primary_type, 1, 1)
        when 'A' then 'adaptation'
        when 'I' then 'innovation'
        when 'C' then 'collaboration'
    end as category,
    agreed.side,
    agreed.origin,
    agreed.durability,
    agreed.evidence_grade,
    practice.document_sha256,
    practice.line_start,
    practice.line_end,
    practice.is_case_study,
    practice.source_id,
    practice.file_sha256,
    practice.source_row
from staging.reference__practice as practice
inner join staging.reference__practice_reading as agreed
    on
        practice.practice_id = agreed.practice_id
        and agreed.reading = 'agreed'

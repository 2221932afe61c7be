-- One row per practice of either collection. Each column is of the codebook of its collection, and is null where the
-- other codebook has no such axis. No measure reads this table: the collections are never counted together.
with other as (
    select
        code.practice_id,
        array_agg(code.code order by code.code) as further_types
    from core.fct_practice_code as code
    inner join core.fct_practice_study as study using (practice_id)
    where
        code.axis = 'type'
        and code.code <> study.primary_type
    group by code.practice_id
)

select
    study.practice_id,
    'shifting_the_balance' as collection,
    true as is_counted,
    study.locality_code,
    study.place,
    study.geo_precision,
    study.practice_name,
    study.summary,
    study.lead_actor,
    study.lead_side,
    study.lead_sector,
    study.is_reaching_less_heard,
    cast(null as varchar) as is_shift,
    study.primary_type,
    study.category,
    coalesce(other.further_types, cast([] as varchar[])) as further_types,
    study.side,
    study.origin,
    study.durability,
    cast(null as varchar) as mechanism,
    cast(null as varchar) as direction,
    cast(null as varchar) as began,
    cast(null as varchar) as response_to_pandemic,
    cast(null as varchar) as status,
    cast(null as varchar) as status_date_as_stated,
    study.evidence_grade,
    cast(null as varchar[]) as disputed,
    cast(null as varchar) as started_as_stated,
    cast(null as varchar) as quantities_as_stated,
    study.document_sha256,
    study.line_start,
    study.line_end,
    study.is_case_study,
    cast(null as varchar) as source_title,
    cast(null as varchar) as publisher,
    cast(null as varchar) as source_url,
    cast(null as varchar) as source_date,
    cast(null as varchar) as evidence_note,
    cast(null as varchar) as confidence,
    study.source_id,
    study.file_sha256,
    study.source_row
from core.fct_practice_study as study
left join other using (practice_id)
union all
select
    practice_id,
    'national_scan_2026' as collection,
    is_counted,
    locality_code,
    locality_name as place,
    'lad' as geo_precision,
    practice_name,
    summary,
    lead_actor,
    cast(null as varchar) as lead_side,
    cast(null as varchar) as lead_sector,
    cast(null as boolean) as is_reaching_less_heard,
    is_shift,
    primary_type,
    category,
    further_types,
    side,
    cast(null as varchar) as origin,
    cast(null as varchar) as durability,
    mechanism,
    direction,
    began,
    response_to_pandemic,
    status,
    status_date_as_stated,
    evidence_grade,
    disputed,
    started_as_stated,
    quantities_as_stated,
    cast(null as varchar) as document_sha256,
    cast(null as bigint) as line_start,
    cast(null as bigint) as line_end,
    cast(null as boolean) as is_case_study,
    source_title,
    publisher,
    source_url,
    source_date,
    evidence_note,
    confidence,
    source_id,
    file_sha256,
    source_row
from core.fct_practice_scan

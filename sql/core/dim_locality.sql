-- One row per locality: the local authorities of April 2025, each with its comparable group.
with case_studies as (
    select distinct locality_code
    from staging.reference__practice
    where is_case_study
)

select
    locality.locality_code,
    locality.locality_name,
    locality.locality_name_cy,
    locality.nation,
    locality.region_code,
    locality.region_name,
    locality.region_name_cy,
    locality.authority_type,
    comparable_group(locality.nation, locality.authority_type, null, null, null, null) as comparable_group,
    locality.statswales_legacy_code,
    locality.hex_q,
    locality.hex_r,
    case_studies.locality_code is not null as is_case_study,
    '2025-04' as locality_vintage,
    locality.source_id,
    locality.file_sha256,
    locality.source_row
from staging.reference__locality as locality
left join case_studies using (locality_code)

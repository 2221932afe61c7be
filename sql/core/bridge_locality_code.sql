-- One row per area code, past or current, and the locality that it means. A split code is left out: no single locality
-- succeeded it, so data published under it has no locality.
select
    locality_code as area_code,
    locality_code,
    'current' as mode,
    locality_name as area_name,
    source_id,
    file_sha256,
    source_row
from staging.reference__locality
union all
select
    former_code as area_code,
    locality_code,
    mode,
    former_name as area_name,
    source_id,
    file_sha256,
    source_row
from staging.reference__locality_succession
where mode <> 'split'
union all
select
    statswales_legacy_code as area_code,
    locality_code,
    'statswales_legacy' as mode,
    locality_name as area_name,
    source_id,
    file_sha256,
    source_row
from staging.reference__locality
where statswales_legacy_code is not null

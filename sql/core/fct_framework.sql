-- One row per national framework, as recorded.
select
    framework.framework_id,
    nation.nation_code,
    framework.nation,
    framework.framework_name,
    framework.framework_name_cy,
    framework.kind,
    framework.in_force_from,
    framework.in_force_to,
    framework.status,
    framework.status_as_of,
    framework.source_url,
    framework.note,
    framework.source_id,
    framework.file_sha256,
    framework.source_row
from staging.reference__framework as framework
inner join core.dim_nation as nation using (nation)

select
    framework_id,
    nation,
    framework_name,
    kind,
    in_force_from,
    in_force_to,
    status,
    status_as_of,
    source_url,
    note,
    source_id,
    file_sha256,
    source_row
from staging.reference__framework

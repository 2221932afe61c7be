-- One row per file of awards. Other files are left out, so that tables of awards do not depend on them.
with named as (
    select
        source_id,
        file_sha256
    from staging.threesixtygiving__award
    union distinct
    select
        source_id,
        file_sha256
    from staging.reference__place_fund_award
    union distinct
    select
        source_id,
        file_sha256
    from staging.reference__covid_award
)

select
    named.source_id,
    named.file_sha256,
    file.file_name,
    file.landed_at
from named
inner join meta.landed_file as file using (source_id, file_sha256)

-- Every staged row of every award file is exactly one row of core.fct_award.
with staged as (
    select
        source_id,
        file_sha256
    from staging.threesixtygiving__award
    union all
    select
        source_id,
        file_sha256
    from staging.reference__place_fund_award
    union all
    select
        source_id,
        file_sha256
    from staging.reference__covid_award
),

rows_in as (
    select
        source_id,
        file_sha256,
        count(*) as rows_n
    from staged
    group by source_id, file_sha256
),

rows_out as (
    select
        source_id,
        file_sha256,
        count(*) as rows_n
    from core.fct_award
    group by source_id, file_sha256
),

compared as (
    select
        coalesce(rows_in.source_id, rows_out.source_id) as source_id,
        coalesce(rows_in.file_sha256, rows_out.file_sha256) as file_sha256,
        rows_in.rows_n as rows_in,
        rows_out.rows_n as rows_out
    from rows_in
    full outer join rows_out using (source_id, file_sha256)
)

select
    compared.source_id,
    compared.rows_in,
    compared.rows_out,
    compared.file_sha256
from compared
where compared.rows_in is distinct from compared.rows_out

-- Every staged row of every award source is one row here, none dropped and none added.
with staged as (
    select source_id from staging.threesixtygiving__award
    union all
    select source_id from staging.reference__place_fund_award
    union all
    select source_id from staging.reference__covid_award
),

rows_in as (
    select
        source_id,
        count(*) as rows_n
    from staged
    group by source_id
),

rows_out as (
    select
        source_id,
        count(*) as rows_n
    from core.fct_award
    group by source_id
)

select
    coalesce(rows_in.source_id, rows_out.source_id) as source_id,
    rows_in.rows_n as rows_in,
    rows_out.rows_n as rows_out
from rows_in
full outer join rows_out on rows_in.source_id = rows_out.source_id
where rows_in.rows_n is distinct from rows_out.rows_n

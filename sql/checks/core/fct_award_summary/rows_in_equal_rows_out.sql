-- Every locality of the published counts is one row here.
with rows_in as (
    select count(*) as rows_n from staging.reference__covid_award_summary
),

rows_out as (
    select count(*) as rows_n from core.fct_award_summary
)

select
    rows_in.rows_n as rows_in,
    rows_out.rows_n as rows_out
from rows_in
cross join rows_out
where rows_in.rows_n <> rows_out.rows_n

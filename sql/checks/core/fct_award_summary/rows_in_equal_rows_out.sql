-- Every locality in the published counts is exactly one row of core.fct_award_summary.
select
    staged.locality_code,
    staged.source_row,
    count(summary.locality_code) as rows_out,
    staged.source_id,
    staged.file_sha256
from staging.reference__covid_award_summary as staged
left join core.fct_award_summary as summary using (source_id, file_sha256, source_row)
group by
    staged.locality_code,
    staged.source_row,
    staged.source_id,
    staged.file_sha256
having count(summary.locality_code) <> 1

-- H6: Every row of the summary of 2013 to 2018 is exactly one row of core.fct_award_year_summary, with its amount and
-- awards, in a locality or unallocated: totals in are totals out.
select
    staged.district_code,
    staged.funder_name,
    staged.award_year,
    staged.amount_gbp,
    sum(cast(summary.amount_gbp as decimal(38, 2))) as amount_out,
    staged.source_row,
    staged.source_id,
    staged.file_sha256
from staging.reference__award_year_summary as staged
left join core.fct_award_year_summary as summary using (source_id, file_sha256, source_row)
group by
    staged.district_code,
    staged.funder_name,
    staged.award_year,
    staged.amount_gbp,
    staged.awards_n,
    staged.source_row,
    staged.source_id,
    staged.file_sha256
having
    count(summary.locality_code) <> 1
    or sum(cast(summary.amount_gbp as decimal(38, 2))) <> cast(staged.amount_gbp as decimal(38, 2))
    or sum(summary.awards_n) <> staged.awards_n

-- One row per locality with awards of spring 2020: published counts, for builds without the award rows.
select
    bridge.locality_code,
    summary.awards_n,
    summary.total_gbp,
    summary.median_gbp,
    summary.awards_up_to_10000_n,
    summary.funders_n,
    summary.largest_funder_share,
    summary.awards_with_planned_months_n,
    summary.median_planned_months,
    summary.awards_located_by_beneficiary_n,
    summary.source_id,
    summary.file_sha256,
    summary.source_row
from staging.reference__covid_award_summary as summary
inner join core.bridge_locality_code as bridge on summary.locality_code = bridge.area_code

-- One row per row of the summary of 2013 to 2018. Money of a merged or recoded district counts in its successor. Money
-- of a district that was split is unallocated, as for every other source, and no row is dropped.
with infrastructure as (
    select distinct name_key(funder_name) as funder_key
    from staging.reference__national_infrastructure_funder
)

select
    summary.district_code,
    summary.funder_name,
    summary.award_year,
    coalesce(bridge.locality_code, 'unallocated') as locality_code,
    bridge.area_name as district_name,
    bridge.mode,
    summary.amount_gbp,
    summary.awards_n,
    case when summary.amount_gbp > 0 then 'positive' when summary.amount_gbp < 0 then 'negative' else 'zero' end
        as amount_class,
    infrastructure.funder_key is not null as is_national_infrastructure,
    summary.source_id,
    summary.file_sha256,
    summary.source_row
from staging.reference__award_year_summary as summary
left join core.bridge_locality_code as bridge
    on summary.district_code = bridge.area_code
left join infrastructure
    on name_key(summary.funder_name) = infrastructure.funder_key

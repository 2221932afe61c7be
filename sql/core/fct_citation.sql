-- One row per row of a reference file, with the page that it comes from, because reference files combine many pages.
select
    source_id,
    file_sha256,
    source_row,
    source_title,
    source_url,
    licence_id
from staging.reference__survey_figure
union all
select
    source_id,
    file_sha256,
    source_row,
    source_title,
    source_url,
    cast(null as varchar) as licence_id
from staging.reference__place_fund_award
union all
select
    source_id,
    file_sha256,
    source_row,
    publication as source_title,
    cast(null as varchar) as source_url,
    cast(null as varchar) as licence_id
from staging.reference__population
union all
select
    source_id,
    file_sha256,
    source_row,
    source_title,
    source_url,
    cast(null as varchar) as licence_id
from staging.reference__practice_status
where source_title is not null
union all
select
    source_id,
    file_sha256,
    source_row,
    framework_name as source_title,
    source_url,
    cast(null as varchar) as licence_id
from staging.reference__framework

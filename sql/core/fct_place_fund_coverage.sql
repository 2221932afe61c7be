-- One row per place fund and locality. The record gives the coverage by fund and nation; it is expanded to localities
-- because a list may leave out a single one.
select
    coverage.fund,
    locality.locality_code,
    coverage.list_coverage,
    coverage.excepted_locality_codes is null
    or not list_contains(string_split(coverage.excepted_locality_codes, ';'), locality.locality_code) as is_on_list,
    coverage.note,
    coverage.source_url,
    coverage.source_id,
    coverage.file_sha256,
    coverage.source_row
from staging.reference__place_fund_coverage as coverage
inner join core.dim_locality as locality using (nation)

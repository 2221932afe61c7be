-- One row per pair of a record of the report and a record of the scan about the same practice. A pair with a record
-- that is left out has no row.
select
    link.study_practice_id,
    link.scan_practice_id,
    link.basis,
    link.confidence,
    link.source_id,
    link.file_sha256,
    link.source_row
from staging.reference__practice_link as link
inner join core.fct_practice_study as study
    on link.study_practice_id = study.practice_id
inner join core.fct_practice_scan as scan
    on link.scan_practice_id = scan.practice_id

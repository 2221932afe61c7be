-- One row per practice record of the national scan that is left out, with the first reason that applies.
select
    practice_id as left_out_id,
    'national_scan_2026' as collection,
    locality_code,
    practice_name,
    left_out_code,
    case left_out_code
        when 'unknown_locality' then 'The locality is not a local authority of April 2025.'
        when 'unread' then 'The record does not have two readings.'
        when 'open_dispute' then 'The two readings differ, and no third reading has decided.'
        when 'no_address' then 'The page has no address, so that no one can look it up.'
        when 'no_shift' then 'A reading found that nothing moves between institutions and communities.'
    end as left_out_reason,
    source_id,
    file_sha256,
    source_row
from core.practice_scan_coded
where left_out_code is not null

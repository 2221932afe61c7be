-- H2: The search status of every locality agrees with the practice records in the same row.
select
    locality_code,
    search_status,
    prac_records_n,
    prac_records_n_state
from marts.locality_profile
where
    (search_status = 'recorded') is distinct from (prac_records_n > 0 and prac_records_n is not null)
    or (search_status = 'searched_none_found') <> (prac_records_n_state = 'searched_none_found')
    or (search_status in ('scanned', 'not_searched')) <> (prac_records_n_state = 'not_searched')

-- H19: Every practice is in the collection of its source, a record of the report has no code of the scan, and a
-- doubtful record of the scan does not count.
select
    practice_id,
    collection
from core.fct_practice
where
    (collection = 'shifting_the_balance') <> (source_id = 'practice_register')
    or (collection = 'shifting_the_balance' and (mechanism is not null or not is_counted))
    or (collection = 'national_scan_2026' and (origin is not null or durability is not null or source_url is null))
    or (collection = 'national_scan_2026' and is_counted <> (is_shift = 'yes'))

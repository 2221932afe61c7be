-- A place is local exactly where it has a locality.
select
    award_key,
    rule,
    breadth,
    locality_code
from core.fct_award_place
where (breadth = 'local') <> (locality_code is not null)

-- H5: Every practice of both collections is in the library exactly once, with the names of its codes and the source or
-- the lines that it is from.
select
    practice.practice_id,
    count(library.practice_id) as times
from core.fct_practice as practice
left join marts.practice_library as library using (practice_id)
group by practice.practice_id
having
    count(library.practice_id) <> 1
    or count(library.type_name) <> 1
    or count(library.evidence_name) <> 1
    or count(library.mechanism) <> count(library.mechanism_name)
    or count(coalesce(library.source_url, cast(library.line_start as varchar))) <> 1

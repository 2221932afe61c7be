-- H2: A cell is zero only where a search found nothing and the register has no record of the locality; every other cell
-- without a record is null and has a reason.
with found_nothing as (
    select search.locality_code
    from core.fct_practice_search as search
    left join core.fct_practice_study as practice
        on
            search.locality_code = practice.locality_code
            and practice.geo_precision in ('lad', 'sub_lad')
    where practice.locality_code is null
    group by search.locality_code
    having min(search.result) = 'none_found' and max(search.result) = 'none_found'
)

select
    matrix.locality_code,
    matrix.practice_type,
    matrix.side,
    matrix.records_n,
    matrix.coded_weight,
    matrix.search_status,
    matrix.state
from marts.practice_matrix as matrix
left join found_nothing using (locality_code)
where
    (matrix.state = 'searched_none_found' and matrix.records_n is distinct from 0)
    or ((matrix.records_n = 0 or matrix.coded_weight = 0) and found_nothing.locality_code is null)
    or (matrix.search_status = 'searched_none_found') <> (found_nothing.locality_code is not null)
    or (matrix.state = 'searched_none_found') <> (found_nothing.locality_code is not null)
    or (matrix.state = 'not_searched') <> (matrix.records_n is null)
    or (matrix.records_n = 0 and matrix.coded_weight > 0)
    or (matrix.state <> 'ok' and array_length(matrix.reason_codes) = 0)

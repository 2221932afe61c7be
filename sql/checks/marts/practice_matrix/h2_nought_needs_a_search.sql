-- H2: A cell without records is nought only where a search is on record, and empty where there is none.
select
    matrix.locality_code,
    matrix.practice_type,
    matrix.side,
    matrix.records_n,
    matrix.state
from marts.practice_matrix as matrix
left join core.fct_practice_search as search
    on matrix.locality_code = search.locality_code
where
    (matrix.records_n = 0 and search.locality_code is null)
    or ((matrix.state = 'not_searched') <> (matrix.records_n is null))

-- Practice records of each locality by type and side. An empty cell is not zero.
select
    locality.locality_name,
    locality.locality_name_cy,
    locality.nation,
    matrix.practice_type,
    matrix.category,
    matrix.side,
    matrix.records_n,
    matrix.state,
    matrix.state_reason,
    matrix.search_status,
    matrix.locality_code
from marts.practice_matrix as matrix
inner join core.dim_locality as locality using (locality_code)

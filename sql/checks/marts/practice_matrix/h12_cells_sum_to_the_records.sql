-- H12: The sixteen cells of every locality sum to its practice records, both by primary type and by all types.
with matrix as (
    select
        locality_code,
        count(*) as cells_n,
        sum(records_n) as records,
        sum(coded_weight) as weights
    from marts.practice_matrix
    group by locality_code
)

select
    matrix.*,
    value.value
from matrix
left join metrics.metric_value as value
    on
        matrix.locality_code = value.locality_code
        and value.metric_id = 'prac_records_n'
where
    matrix.cells_n <> 16
    or (value.value is not null and (matrix.records is null or abs(matrix.records - value.value) > 0.000001))
    or (value.value is not null and (matrix.weights is null or abs(matrix.weights - value.value) > 0.000001))
    or (value.value is null and (matrix.records is not null or matrix.weights is not null))

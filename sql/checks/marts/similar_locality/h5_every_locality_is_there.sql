-- H5: Every locality has its similar ones, at most ten and in order from 1, or one row without any and with the reason.
with counted as (
    select
        locality_code,
        count(*) as rows_n,
        min(similarity_order) as first_order,
        max(similarity_order) as last_order,
        count(similar_code) as similar_n,
        count(distinct similar_code) as distinct_n,
        count(case when (similar_code is null) = (state = 'not_available') then 1 end) as stated_n,
        count(case when (state = 'ok') = (array_length(reason_codes) = 0) then 1 end) as reasoned_n
    from marts.similar_locality
    group by locality_code
)

select
    coalesce(locality.locality_code, counted.locality_code) as locality_code,
    counted.rows_n,
    counted.similar_n
from core.dim_locality as locality
full join counted
    on locality.locality_code = counted.locality_code
where
    locality.locality_code is null
    or counted.locality_code is null
    or counted.first_order <> 1
    or counted.last_order <> counted.rows_n
    or counted.rows_n > 10
    or counted.distinct_n <> counted.similar_n
    or (counted.similar_n <> counted.rows_n and counted.rows_n > 1)
    or counted.stated_n <> counted.rows_n
    or counted.reasoned_n <> counted.rows_n

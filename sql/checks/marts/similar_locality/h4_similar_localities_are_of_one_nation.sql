-- H4: No locality is similar to itself or to one of another nation, the order follows the distance, and two localities
-- are equally far from each other both ways.
with paired as (
    select
        mart.locality_code,
        mart.similar_code,
        mart.similarity_order,
        mart.distance,
        other.nation = mart.nation as is_of_nation,
        back.distance as distance_back,
        lag(mart.distance) over (
            partition by mart.locality_code
            order by mart.similarity_order
        ) as distance_before
    from marts.similar_locality as mart
    left join core.dim_locality as other
        on mart.similar_code = other.locality_code
    left join marts.similar_locality as back
        on
            mart.similar_code = back.locality_code
            and mart.locality_code = back.similar_code
    where mart.similar_code is not null
)

select
    locality_code,
    similar_code,
    similarity_order,
    distance,
    distance_back,
    distance_before
from paired
where
    locality_code = similar_code
    or not coalesce(is_of_nation, false)
    or distance < distance_before
    or distance <> distance_back
    or distance is null

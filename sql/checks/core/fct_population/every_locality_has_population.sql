-- H5: Every locality has exactly one latest population, and every population belongs to a locality.
with latest as (
    select locality_code
    from core.fct_population
    where is_latest
)

select
    coalesce(locality.locality_code, latest.locality_code) as locality_code,
    count(latest.locality_code) as latest_n
from core.dim_locality as locality
full outer join latest using (locality_code)
group by locality.locality_code, latest.locality_code
having count(latest.locality_code) <> 1 or count(locality.locality_code) = 0

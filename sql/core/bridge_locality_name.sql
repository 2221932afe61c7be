-- One row per name under which publishers print a locality. A name of two localities is left out: a wrong locality is
-- worse than none.
with names as (
    select
        name_key(locality_name) as name_key,
        locality_code
    from staging.reference__locality
    union
    select
        name_key(locality_name_cy) as name_key,
        locality_code
    from staging.reference__locality
    where locality_name_cy is not null
    union
    select
        name_key(alias) as name_key,
        locality_code
    from staging.reference__locality_alias
    union
    select
        name_key(former_name) as name_key,
        locality_code
    from staging.reference__locality_succession
    where mode <> 'split'
)

select
    name_key,
    min(locality_code) as locality_code
from names
group by name_key
having count(distinct locality_code) = 1

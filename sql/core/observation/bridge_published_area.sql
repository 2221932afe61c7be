-- A percentage of a merged authority is not one of the locality that it became part of, so merged codes are left out.
-- 596 is the number of Wales in StatsWales.
select
    area_code as published_code,
    locality_code as area_code
from core.bridge_locality_code
where mode <> 'merge'
union
select
    nation_code as published_code,
    nation_code as area_code
from core.dim_nation
union
select
    '596' as published_code,
    'W92000004' as area_code

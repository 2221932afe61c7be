-- One row per published area code of survey figures and area. A percentage of a merged authority is not a percentage of
-- the current locality, so merged codes are left out. The code of Wales in StatsWales is 596.
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

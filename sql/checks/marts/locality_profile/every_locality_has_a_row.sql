-- H5: Every locality has exactly one row.
select locality.locality_code
from core.dim_locality as locality
left join marts.locality_profile as profile using (locality_code)
where profile.locality_code is null

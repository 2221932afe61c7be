-- The local authorities of the United Kingdom as of April 2025.
select
    locality_code,
    locality_name,
    locality_name_cy,
    nation,
    region_name,
    authority_type,
    is_case_study
from core.dim_locality

-- One row per award for a region, a nation or more. A stated scope of a region or more decides. Otherwise a nation or
-- region among the places decides, unless the award also has a narrower place.
select award_key
from core.fct_award_place
where role = 'beneficiary'
group by award_key
having
    max(case when rule = 'location_scope' then 1 else 0 end) = 1
    or (
        max(case when breadth in ('nation', 'region') then 1 else 0 end) = 1
        and max(case when breadth in ('local', 'upper_tier') then 1 else 0 end) = 0
    )

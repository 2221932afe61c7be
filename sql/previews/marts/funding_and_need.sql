-- One row per locality: money per head of the place funds and deprivation. Localities without both are left out, and
-- the preview says so.
select
    nation,
    dep_prop10_areas,
    funding_gbp_per_head,
    case
        when funding_state = 'ok' and need_state = 'ok' then 'reliable' else 'unreliable'
    end as reliability
from marts.funding_and_need
where
    funding_metric_id = 'fun_place_per_head'
    and funding_gbp_per_head is not null
    and dep_prop10_areas is not null
order by nation, locality_code

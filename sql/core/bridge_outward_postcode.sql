-- One row per outward postcode and locality, with the share of its postcodes that are in the locality.
with counted as (
    select
        outward.outward_code,
        bridge.locality_code,
        outward.source_id,
        sum(outward.postcodes_n) as postcodes_n
    from staging.onspd__outward_code as outward
    inner join core.bridge_locality_code as bridge
        on outward.lad_code = bridge.area_code
    group by outward.outward_code, bridge.locality_code, outward.source_id
)

select
    outward_code,
    locality_code,
    cast(postcodes_n as bigint) as postcodes_n,
    postcodes_n / cast(sum(postcodes_n) over (partition by outward_code) as double) as postcode_share,
    source_id
from counted

-- The shares of an outward code sum to one, each with a postcode behind it.
select
    outward_code,
    sum(postcode_share) as share_sum
from core.bridge_outward_postcode
group by outward_code
having
    abs(sum(postcode_share) - 1) > 1e-9
    or min(postcodes_n) < 1

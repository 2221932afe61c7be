-- The shares of every outward postcode sum to one, and every share is of at least one postcode.
select
    outward_code,
    sum(postcode_share) as share_sum
from core.bridge_outward_postcode
group by outward_code
having
    abs(sum(postcode_share) - 1) > 1e-9
    or min(postcodes_n) < 1

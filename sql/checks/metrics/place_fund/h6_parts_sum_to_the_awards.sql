-- H6: The money of localities and the unallocated money of complete lists sum to the lists, to within one pound.
with part as (
    select sum(complete_gbp) as parts_gbp
    from metrics.place_fund
),

award as (
    select sum(amount_gbp) as whole_gbp
    from metrics.award_counted
    where
        window_id = 'place_funds'
        and list_coverage = 'complete'
)

select
    part.parts_gbp,
    award.whole_gbp
from part
cross join award
where abs(part.parts_gbp - award.whole_gbp) > 1

-- H6: What localities and unallocated have of complete lists is what the lists hold, to one pound.
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

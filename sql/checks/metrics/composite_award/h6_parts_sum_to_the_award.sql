-- H6: The parts of every award sum to the award under each rule of location.
select
    award_key,
    period_end,
    sum(population_weight) as population_weight,
    sum(equal_weight) as equal_weight,
    sum(recipient_weight) as recipient_weight
from metrics.composite_award
group by award_key, period_start, period_end
having
    abs(sum(population_weight) - 1) > 0.000001
    or abs(sum(equal_weight) - 1) > 0.000001
    or abs(sum(recipient_weight) - 1) > 0.000001

-- Every locality has more than a thousand and fewer than two million residents, because other sizes indicate a wrong
-- unit.
select
    locality_code,
    period_end,
    population_persons
from core.fct_population
where population_persons not between 1000 and 2000000

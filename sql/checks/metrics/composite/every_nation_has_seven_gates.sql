-- Every nation with a composite has its seven gates.
select
    composite.nation,
    count(distinct gate.gate) as gates_n
from metrics.composite as composite
left join metrics.composite_gate as gate using (nation)
group by composite.nation
having count(distinct gate.gate) <> 7

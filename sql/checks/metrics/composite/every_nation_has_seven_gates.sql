-- Where the composite is worked out, every nation has its seven gates; where it is off there is none.
select
    composite.nation,
    count(distinct gate.gate) as gates_n
from metrics.composite as composite
left join metrics.composite_gate as gate
    on composite.nation = gate.nation
group by composite.nation
having count(distinct gate.gate) <> 7

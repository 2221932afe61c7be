-- The tables of an edition. Tables for a first analysis come first.
select
    table_name,
    tier,
    grain,
    count(*) as columns_n
from meta.dictionary
group by
    table_name,
    tier,
    grain
order by
    tier desc,
    table_name asc

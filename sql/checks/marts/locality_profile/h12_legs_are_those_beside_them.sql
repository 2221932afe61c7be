-- H12: The number of components of the balance equals the number of components that have a value in the same row.
select
    locality_code,
    bal_legs_ok,
    bal_voice,
    bal_money,
    bal_practice
from marts.locality_profile
where
    bal_legs_ok is null
    or bal_legs_ok
    <> case when bal_voice is null then 0 else 1 end
    + case when bal_money is null then 0 else 1 end
    + case when bal_practice is null then 0 else 1 end

-- H12: The legs of the balance that are counted are those that the row shows.
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

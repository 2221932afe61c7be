-- H4: Every composite rank is among the localities of one nation that have a score.
with counted as (
    select
        nation,
        count(*) as places_n
    from metrics.composite
    where state = 'ok'
    group by nation
)

select
    composite.locality_code,
    composite.nation,
    composite.n,
    counted.places_n
from metrics.composite as composite
inner join core.dim_locality as locality using (locality_code)
left join counted
    on composite.nation = counted.nation
where
    composite.nation <> locality.nation
    or (composite.state = 'ok' and composite.n <> counted.places_n)
    or composite.rank_hi > composite.n
    or composite.rank_lo < 1

-- Every locality that a list of a place fund leaves out is known, and of the nation of its record.
with named as (
    select
        fund,
        nation,
        unnest(string_split(excepted_locality_codes, ';')) as locality_code
    from staging.reference__place_fund_coverage
    where excepted_locality_codes is not null
)

select
    named.fund,
    named.nation,
    named.locality_code
from named
left join core.dim_locality as locality
    on
        named.locality_code = locality.locality_code
        and named.nation = locality.nation
where locality.locality_code is null

-- Every locality that the list of a place fund leaves out is a known locality of the nation in the record.
with named as (
    select
        fund,
        nation,
        unnest(string_split(excepted_locality_codes, ';')) as locality_code,
        source_id,
        file_sha256,
        source_row
    from staging.reference__place_fund_coverage
    where excepted_locality_codes is not null
)

select named.*
from named
left join core.dim_locality as locality using (locality_code, nation)
where locality.locality_code is null

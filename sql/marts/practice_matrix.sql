-- The sixteen cells of the report's table for every locality. An empty cell is a zero only where a search is on record.
with type as (
    select
        listed.practice_type,
        listed.category
    from (
        values
        ('A1', 'adaptation'),
        ('A2', 'adaptation'),
        ('A3', 'adaptation'),
        ('I1', 'innovation'),
        ('I2', 'innovation'),
        ('I3', 'innovation'),
        ('C1', 'collaboration'),
        ('C2', 'collaboration')
    ) as listed (practice_type, category)
),

side as (
    select listed.side
    from (values ('institution'), ('community')) as listed (side)
),

record as (
    select
        practice_id,
        locality_code,
        primary_type,
        side,
        document_sha256
    from core.fct_practice
    where geo_precision in ('lad', 'sub_lad')
),

-- A joint practice counts half to each side.
cell as (
    select
        record.locality_code,
        record.primary_type as practice_type,
        side.side,
        sum(case when record.side = 'joint' then 0.5e0 else 1e0 end) as records_n
    from record
    inner join side
        on record.side in (side.side, 'joint')
    group by record.locality_code, record.primary_type, side.side
),

-- A practice of several types gives each its part.
coded as (
    select
        record.locality_code,
        code.code as practice_type,
        side.side,
        sum(code.weight * case when record.side = 'joint' then 0.5e0 else 1e0 end) as weight
    from record
    inner join core.fct_practice_code as code
        on
            record.practice_id = code.practice_id
            and code.axis = 'type'
    inner join side
        on record.side in (side.side, 'joint')
    group by record.locality_code, code.code, side.side
),

recorded as (
    select
        locality_code,
        count(distinct document_sha256) as documents_n
    from record
    group by locality_code
),

searched as (
    select distinct locality_code
    from core.fct_practice_search
)

select
    locality.locality_code,
    type.practice_type,
    type.category,
    side.side,
    case
        when cell.records_n is not null then cell.records_n
        when searched.locality_code is not null then 0e0
    end as records_n,
    case
        when coded.weight is not null then coded.weight
        when searched.locality_code is not null then 0e0
    end as coded_weight,
    case
        when recorded.locality_code is not null then 'recorded'
        when searched.locality_code is not null then 'searched_none_found'
        else 'not_searched'
    end as search_status,
    case
        when cell.records_n is not null and recorded.documents_n = 1 then 'ok_low'
        when cell.records_n is not null then 'ok'
        when searched.locality_code is not null then 'searched_none_found'
        else 'not_searched'
    end as state
from core.dim_locality as locality
cross join type
cross join side
left join cell
    on
        locality.locality_code = cell.locality_code
        and type.practice_type = cell.practice_type
        and side.side = cell.side
left join coded
    on
        locality.locality_code = coded.locality_code
        and type.practice_type = coded.practice_type
        and side.side = coded.side
left join recorded
    on locality.locality_code = recorded.locality_code
left join searched
    on locality.locality_code = searched.locality_code

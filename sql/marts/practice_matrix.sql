-- One row per locality, practice type and side: the sixteen cells of the table in the report. An empty cell is zero
-- only if a search found nothing in the locality: a document about other practices gives no information about this
-- cell.
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
        side
    from core.fct_practice_study
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

-- A practice of several types adds its part to each.
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
)

select
    standing.locality_code,
    type.practice_type,
    type.category,
    side.side,
    case
        when cell.records_n is not null then cell.records_n
        when standing.search_status = 'searched_none_found' then 0e0
    end as records_n,
    case
        when coded.weight is not null then coded.weight
        when standing.search_status = 'searched_none_found' then 0e0
    end as coded_weight,
    standing.search_status,
    coalesce(reason.gap_state, reason.value_state, 'ok') as state,
    reasons([reason.reason_code]) as reason_codes,
    reason.reason_text as state_reason
from metrics.practice_standing as standing
cross join type
cross join side
left join cell using (locality_code, practice_type, side)
left join coded using (locality_code, practice_type, side)
left join core.dim_reason as reason
    on
        reason.reason_code = case
            when cell.records_n is not null and standing.documents_n = 1 then reason('one_document')
            when cell.records_n is not null then null
            when standing.search_status = 'searched_none_found' then reason('found_nothing')
            when standing.search_status = 'scanned' then reason('only_scanned')
            when standing.search_status = 'not_searched' then reason('no_search')
            when coded.weight is not null
                then reason('other_type')
            else reason('none_of_cell')
        end

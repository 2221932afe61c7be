-- One row per practice of the national scan, with its decided codes and the reason for leaving it out, if there is one.
with code as (
    select
        practice_id,
        max(case when axis = 'is_shift' then code end) as is_shift,
        max(case when axis = 'primary_type' then code end) as primary_type,
        max(case when axis = 'side' then code end) as side,
        max(case when axis = 'mechanism' then code end) as mechanism,
        max(case when axis = 'direction' then code end) as direction,
        max(case when axis = 'began' then code end) as began,
        max(case when axis = 'response_to_pandemic' then code end) as response_to_pandemic,
        max(case when axis = 'status' then code end) as status,
        max(case when axis = 'evidence_grade' then code end) as evidence_grade,
        count(case when first_code is null or second_code is null then 1 end) as unread_n,
        count(case when is_disputed and code is null then 1 end) as open_n
    from core.fct_practice_scan_code
    group by practice_id
),

dispute as (
    select
        practice_id,
        array_agg(axis order by axis_number) as disputed
    from core.fct_practice_scan_code
    where is_disputed
    group by practice_id
),

further as (
    select
        practice_id,
        reading,
        unnest(string_split(other_types, ';')) as code
    from staging.reference__scan_reading
    where other_types is not null
),

-- A further type that both readings give.
agreed as (
    select
        further.practice_id,
        further.code
    from further
    inner join code using (practice_id)
    where further.code <> code.primary_type
    group by further.practice_id, further.code
    having count(distinct further.reading) = 2
),

other as (
    select
        practice_id,
        array_agg(code order by code) as further_types
    from agreed
    group by practice_id
)

select
    practice.practice_id,
    practice.locality_code,
    practice.locality_name,
    practice.practice_name,
    practice.summary,
    practice.lead_actor,
    code.is_shift,
    code.primary_type,
    case substr(code.primary_type, 1, 1)
        when 'A' then 'adaptation'
        when 'I' then 'innovation'
        when 'C' then 'collaboration'
    end as category,
    coalesce(other.further_types, cast([] as varchar[])) as further_types,
    code.side,
    code.mechanism,
    code.direction,
    code.began,
    code.response_to_pandemic,
    code.status,
    code.evidence_grade,
    coalesce(dispute.disputed, cast([] as varchar[])) as disputed,
    practice.started_as_stated,
    practice.status_date_as_stated,
    practice.status_on,
    practice.quantities_as_stated,
    practice.source_title,
    practice.publisher,
    practice.source_url,
    practice.source_date,
    practice.evidence_note,
    practice.confidence,
    case
        when locality.locality_code is null then 'unknown_locality'
        when code.practice_id is null or code.unread_n > 0 then 'unread'
        when code.open_n > 0 then 'open_dispute'
        when practice.source_url is null then 'no_address'
        when code.is_shift = 'no' then 'no_shift'
    end as left_out_code,
    practice.source_id,
    practice.file_sha256,
    practice.source_row
from staging.reference__scan_practice as practice
left join core.dim_locality as locality using (locality_code)
left join code using (practice_id)
left join dispute using (practice_id)
left join other using (practice_id)

-- One row per practice, reading, axis and code. On an axis that allows several codes, no code is also a judgement: it
-- is kept as 'none'.
with several as (
    select
        practice_id,
        reading,
        'risk' as axis,
        coalesce(risks, 'none') as codes,
        source_id,
        file_sha256,
        source_row
    from staging.reference__practice_reading
    union all
    select
        practice_id,
        reading,
        'recommendation' as axis,
        coalesce(recommendations, 'none') as codes,
        source_id,
        file_sha256,
        source_row
    from staging.reference__practice_reading
    union all
    select
        practice_id,
        reading,
        'lesson' as axis,
        coalesce(lessons, 'none') as codes,
        source_id,
        file_sha256,
        source_row
    from staging.reference__practice_reading
    union all
    select
        practice_id,
        reading,
        'other_type' as axis,
        coalesce(other_types, 'none') as codes,
        source_id,
        file_sha256,
        source_row
    from staging.reference__practice_reading
)

select
    practice_id,
    reading,
    axis,
    unnest(string_split(codes, ';')) as code,
    source_id,
    file_sha256,
    source_row
from several
union all
select
    practice_id,
    reading,
    'primary_type' as axis,
    primary_type as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading
union all
select
    practice_id,
    reading,
    'side' as axis,
    side as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading
union all
select
    practice_id,
    reading,
    'origin' as axis,
    origin as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading
union all
select
    practice_id,
    reading,
    'durability' as axis,
    durability as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading
union all
select
    practice_id,
    reading,
    'status' as axis,
    status as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading
union all
select
    practice_id,
    reading,
    'evidence_grade' as axis,
    evidence_grade as code,
    source_id,
    file_sha256,
    source_row
from staging.reference__practice_reading

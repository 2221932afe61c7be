-- One row per practice, reading, axis and code. On an axis that allows several codes, no code is also a judgement: it
-- is kept as 'none'.
with judged as (
    select
        reading.practice_id,
        reading.reading,
        axis.axis,
        case axis.axis
            when 'risk' then coalesce(reading.risks, 'none')
            when 'recommendation' then coalesce(reading.recommendations, 'none')
            when 'lesson' then coalesce(reading.lessons, 'none')
            when 'other_type' then coalesce(reading.other_types, 'none')
            when 'primary_type' then reading.primary_type
            when 'side' then reading.side
            when 'origin' then reading.origin
            when 'durability' then reading.durability
            when 'status' then reading.status
            when 'evidence_grade' then reading.evidence_grade
        end as codes,
        reading.source_id,
        reading.file_sha256,
        reading.source_row
    from staging.reference__practice_reading as reading
    cross join (
        values
        ('risk'),
        ('recommendation'),
        ('lesson'),
        ('other_type'),
        ('primary_type'),
        ('side'),
        ('origin'),
        ('durability'),
        ('status'),
        ('evidence_grade')
    ) as axis (axis)
)

select
    practice_id,
    reading,
    axis,
    unnest(string_split(codes, ';')) as code,
    source_id,
    file_sha256,
    source_row
from judged

-- One row per metric of breadth and locality with a practice record: how much the register holds, and how much of the
-- typology it covers.
with counted as (
    select
        locality_code,
        count(distinct primary_type) as types_n,
        count(distinct category) as categories_n
    from metrics.practice_record
    group by locality_code
),

-- A joint practice is on both sides of its type.
sided as (
    select
        record.locality_code,
        record.primary_type,
        side.side
    from metrics.practice_record as record
    cross join (values ('institution'), ('community')) as side (side)
    where record.side in (side.side, 'joint')
    group by record.locality_code, record.primary_type, side.side
),

mirrored as (
    select
        locality_code,
        primary_type,
        count(*) as sides_n
    from sided
    group by locality_code, primary_type
),

breadth as (
    select
        locality_code,
        sum(sides_n) as cells_n,
        count(case when sides_n = 2 then 1 end) as mirror_n
    from mirrored
    group by locality_code
),

recommended as (
    select
        record.locality_code,
        count(distinct case when record.grade >= 1 then code.code end) as recommendations_n
    from metrics.practice_record as record
    left join core.fct_practice_code as code
        on
            record.practice_id = code.practice_id
            and code.axis = 'recommendation'
    group by record.locality_code
),

-- Grades are ordinal, so the median is used (the lower one of two) and grades are not averaged.
graded as (
    select
        locality_code,
        grade,
        row_number() over (partition by locality_code order by grade, practice_id) as position,
        count(*) over (partition by locality_code) as records_n
    from metrics.practice_record
),

middle as (
    select
        locality_code,
        cast(grade as double) as median_grade
    from graded
    where position = floor((records_n + 1) / 2e0)
)

select
    measure.metric_id,
    'all' as breakdown,
    place.locality_code,
    cast(
        case measure.metric_id
            when 'prac_records_n' then place.practices_n
            when 'prac_sources_n' then place.documents_n
            when 'prac_cells_n' then breadth.cells_n
            when 'prac_types_n' then counted.types_n
            when 'prac_categories_n' then counted.categories_n
            when 'prac_mirror_n' then breadth.mirror_n
            when 'prac_evidence_median' then middle.median_grade
            when 'rec_coverage' then recommended.recommendations_n
        end as double
    ) as value,
    'none:register_count' as ci_method,
    place.practices_n as n_den,
    reasons([place.source_note]) as low_reasons,
    place.source_ids
from metrics.practice_place as place
inner join counted using (locality_code)
inner join breadth using (locality_code)
inner join recommended using (locality_code)
inner join middle using (locality_code)
cross join (
    values
    ('prac_records_n'),
    ('prac_sources_n'),
    ('prac_cells_n'),
    ('prac_types_n'),
    ('prac_categories_n'),
    ('prac_mirror_n'),
    ('prac_evidence_median'),
    ('rec_coverage')
) as measure (metric_id)

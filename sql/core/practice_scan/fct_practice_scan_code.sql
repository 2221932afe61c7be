-- One row per practice of the national scan and axis, with both readings and the code decided from them. Where the
-- readings differ, the code is that of the third reading; the lower one of is_shift and of the grade of evidence; and
-- unknown where the codebook has such a code (docs/method/national-scan.md).
with reading as (
    select
        scan.practice_id,
        scan.reading,
        axis.axis_number,
        axis.axis,
        case axis.axis
            when 'is_shift' then scan.is_shift
            when 'primary_type' then scan.primary_type
            when 'side' then scan.side
            when 'mechanism' then scan.mechanism
            when 'direction' then scan.direction
            when 'began' then scan.began
            when 'response_to_pandemic' then scan.response_to_pandemic
            when 'status' then scan.status
            when 'evidence_grade' then scan.evidence_grade
        end as code,
        scan.source_id,
        scan.file_sha256,
        scan.source_row
    from staging.reference__scan_reading as scan
    cross join (
        values
        (1, 'is_shift'),
        (2, 'primary_type'),
        (3, 'side'),
        (4, 'mechanism'),
        (5, 'direction'),
        (6, 'began'),
        (7, 'response_to_pandemic'),
        (8, 'status'),
        (9, 'evidence_grade')
    ) as axis (axis_number, axis)
),

pair as (
    select
        practice_id,
        axis_number,
        axis,
        max(case when reading = '1' then code end) as first_code,
        max(case when reading = '2' then code end) as second_code,
        max(source_id) as source_id,
        max(file_sha256) as file_sha256,
        min(source_row) as source_row
    from reading
    group by practice_id, axis_number, axis
)

select
    pair.*,
    case when pair.first_code <> pair.second_code then adjudication.decision end as third_code,
    pair.first_code <> pair.second_code as is_disputed,
    case
        when pair.first_code is null or pair.second_code is null then null
        when pair.first_code = pair.second_code then pair.first_code
        when pair.axis in ('primary_type', 'side', 'mechanism', 'direction') then adjudication.decision
        when pair.axis = 'is_shift'
            then case when pair.first_code = 'no' or pair.second_code = 'no' then 'no' else 'doubtful' end
        when pair.axis = 'evidence_grade' then least(pair.first_code, pair.second_code)
        else 'unknown'
    end as code,
    case
        when pair.first_code <> pair.second_code and adjudication.decision is not null
            then list_sort([pair.source_id, adjudication.source_id])
        else [pair.source_id]
    end as source_ids
from pair
left join staging.reference__scan_adjudication as adjudication using (practice_id, axis)

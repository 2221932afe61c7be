-- One row per practice of both collections: what it is, where, by whom, its latest status and who says so. A practice
-- of the study has the status of its follow-up; one of the scan that of its source, at the date that the source states.
with partner as (
    select
        practice_id,
        partner_number,
        partner_name
    from core.bridge_practice_partner
    union all
    select
        practice_id,
        partner_number,
        partner_name
    from core.fct_practice_scan_partner
),

partners as (
    select
        practice_id,
        array_agg(partner_name order by partner_number) as partners
    from partner
    group by practice_id
),

figure as (
    select
        practice_id,
        quantity_number,
        case
            when value = floor(value) then cast(cast(value as bigint) as varchar)
            else cast(value as varchar)
        end || ' ' || unit || ' (' || quantity_of || ')' as words
    from core.fct_practice_quantity
),

figures as (
    select
        practice_id,
        array_to_string(array_agg(words order by quantity_number), '; ') as words
    from figure
    group by practice_id
),

pair as (
    select
        study_practice_id as practice_id,
        scan_practice_id as other_id
    from core.bridge_practice_same
    union all
    select
        scan_practice_id as practice_id,
        study_practice_id as other_id
    from core.bridge_practice_same
),

pairs as (
    select
        practice_id,
        list_sort(array_agg(other_id)) as same_practice_ids
    from pair
    group by practice_id
),

stated as (
    select
        practice_id,
        replace(status_date_as_stated, ' (inferred)', '') as words
    from core.fct_practice
),

dated as (
    select
        practice_id,
        case when length(words) in (4, 7, 10) then try_cast(substr(words || '-01-01', 1, 10) as date) end as status_date
    from stated
),

type_name as (
    select
        code,
        code_name,
        code_name_cy
    from core.dim_practice_code
    where axis = 'primary_type'
),

mechanism_name as (
    select
        code,
        code_name,
        code_name_cy
    from core.dim_practice_code
    where axis = 'mechanism'
),

grade_name as (
    select
        code,
        code_name,
        code_name_cy
    from core.dim_practice_code
    where axis = 'evidence_grade'
)

select
    practice.practice_id,
    practice.collection,
    practice.is_counted,
    practice.is_shift,
    practice.locality_code,
    locality.locality_name,
    locality.locality_name_cy,
    practice.place,
    practice.geo_precision,
    nation.nation,
    locality.region_name,
    locality.region_name_cy,
    practice.practice_name,
    practice.summary,
    practice.mechanism,
    mechanism_name.code_name as mechanism_name,
    mechanism_name.code_name_cy as mechanism_name_cy,
    practice.primary_type,
    type_name.code_name as type_name,
    type_name.code_name_cy as type_name_cy,
    practice.category,
    practice.side,
    practice.direction,
    practice.lead_actor,
    coalesce(partners.partners, cast([] as varchar[])) as partners,
    coalesce(practice.quantities_as_stated, figures.words) as quantities_as_stated,
    practice.began,
    practice.started_as_stated,
    practice.response_to_pandemic,
    practice.origin,
    practice.durability,
    coalesce(attention.named_risks, cast([] as varchar[])) as named_risks,
    case
        when followup.is_completion then 'completed'
        else coalesce(followup.last_status, practice.status)
    end as status,
    coalesce(followup.last_status_date, dated.status_date) as status_date,
    practice.status_date_as_stated,
    date_diff('day', coalesce(followup.last_status_date, dated.status_date), build.as_of) as status_age_days,
    case
        when followup.practice_id is null then coalesce(practice.publisher, practice.source_title)
        else coalesce(followup.last_status_title, 'Shifting the Balance')
    end as status_by,
    case when followup.practice_id is null then practice.source_url else followup.last_status_url end as status_url,
    followup.outcome,
    followup.outcome_date,
    followup.looks_n,
    practice.evidence_grade,
    grade_name.code_name as evidence_name,
    grade_name.code_name_cy as evidence_name_cy,
    practice.evidence_note,
    coalesce(practice.source_title, 'Shifting the Balance') as source_title,
    practice.publisher,
    practice.source_url,
    case when followup.practice_id is null then practice.source_date else '2021' end as source_date,
    practice.line_start,
    practice.line_end,
    coalesce(pairs.same_practice_ids, cast([] as varchar[])) as same_practice_ids,
    practice.confidence,
    practice.source_id,
    practice.file_sha256,
    practice.source_row
from core.fct_practice as practice
cross join meta.build as build
inner join dated using (practice_id)
inner join core.dim_nation as nation
    on substr(practice.locality_code, 1, 1) = substr(nation.nation_code, 1, 1)
left join core.dim_locality as locality using (locality_code)
left join metrics.practice_followup as followup using (practice_id)
left join metrics.practice_attention as attention using (practice_id)
left join partners using (practice_id)
left join figures using (practice_id)
left join pairs using (practice_id)
left join type_name
    on practice.primary_type = type_name.code
left join mechanism_name
    on practice.mechanism = mechanism_name.code
left join grade_name
    on practice.evidence_grade = grade_name.code

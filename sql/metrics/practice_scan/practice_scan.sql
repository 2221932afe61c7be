-- One row per metric of the national scan, part and area. The scan is a sample of convenience, so every value carries
-- that caution. What was not found has a reason, and is never zero.
with behind as (
    select
        practice_id,
        source_id
    from core.fct_practice_scan
    union all
    select
        practice_id,
        unnest(source_ids) as source_id
    from core.fct_practice_scan_code
),

record_source as (
    select
        record.locality_code,
        list_sort(array_agg(distinct behind.source_id)) as source_ids
    from core.fct_practice_scan as record
    inner join behind using (practice_id)
    where record.is_counted
    group by record.locality_code
),

counted as (
    select
        record.locality_code,
        count(*) as records_n,
        count(distinct record.mechanism) as mechanisms_n,
        count(distinct record.primary_type) as types_n,
        count(case when record.evidence_grade >= 'E2' then 1 end) as e2_n,
        count(case when record.side = 'institution' then 1 end) as institution_n,
        count(case when record.side = 'community' then 1 end) as community_n,
        count(case when record.side = 'joint' then 1 end) as joint_n,
        max(
            case when record.status <> 'unknown' and record.status_on <= build.as_of then record.status_on end
        ) as newest_status_on,
        max(build.as_of) as as_of
    from core.fct_practice_scan as record
    cross join meta.build as build
    where record.is_counted
    group by record.locality_code
),

searched as (
    select
        locality_code,
        count(*) as searches_n,
        list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_scan_search
    group by locality_code
),

measured as (
    select
        measure.metric_id,
        measure.breakdown,
        counted.locality_code,
        case
            when measure.breakdown = 'side_institution' then nullif(counted.institution_n, 0)
            when measure.breakdown = 'side_community' then nullif(counted.community_n, 0)
            when measure.breakdown = 'side_joint' then nullif(counted.joint_n, 0)
            when measure.metric_id = 'scan_records_n' then counted.records_n
            when measure.metric_id = 'scan_mechanisms_n' then counted.mechanisms_n
            when measure.metric_id = 'scan_types_n' then counted.types_n
            when measure.metric_id = 'scan_evidence_e2_n' then nullif(counted.e2_n, 0)
            when measure.metric_id = 'scan_status_age_months'
                then calendar_months(counted.newest_status_on, counted.as_of)
        end as value,
        case measure.metric_id
            when 'scan_records_n' then reason('scan_none_of_side')
            when 'scan_evidence_e2_n' then reason('scan_no_figure')
            when 'scan_status_age_months' then reason('scan_no_date')
        end as without_value,
        counted.records_n,
        record_source.source_ids
    from counted
    inner join record_source using (locality_code)
    cross join (
        values
        ('scan_records_n', 'all'),
        ('scan_records_n', 'side_institution'),
        ('scan_records_n', 'side_community'),
        ('scan_records_n', 'side_joint'),
        ('scan_mechanisms_n', 'all'),
        ('scan_types_n', 'all'),
        ('scan_evidence_e2_n', 'all'),
        ('scan_status_age_months', 'all')
    ) as measure (metric_id, breakdown)
),

reading_source as (
    select list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_scan_code
),

resulting as (
    select
        metric_id,
        breakdown,
        locality_code,
        cast(value as double) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        case when value is null then 'none:no_value' else 'none:register_count' end as ci_method,
        cast(records_n as double) as n_den,
        case when value is null then without_value end as gap_reason,
        case when value is not null then reasons([reason('sample_of_convenience')]) end as low_reasons,
        source_ids
    from measured
    union all
    -- A locality that was scanned without a record that counts.
    select
        metric.metric_id,
        'all' as breakdown,
        searched.locality_code,
        cast(null as double) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:no_value' as ci_method,
        cast(null as double) as n_den,
        reason('scan_found_none') as gap_reason,
        cast(null as varchar[]) as low_reasons,
        searched.source_ids
    from searched
    inner join core.dim_metric as metric
        on
            metric.family = 'SCN'
            and metric.scope = 'locality'
            and metric.metric_id <> 'scan_searches_n'
    left join counted using (locality_code)
    where counted.locality_code is null
    union all
    select
        'scan_searches_n' as metric_id,
        'all' as breakdown,
        locality_code,
        cast(searches_n as double) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_den,
        cast(null as varchar) as gap_reason,
        reasons([reason('sample_of_convenience')]) as low_reasons,
        source_ids
    from searched
    union all
    select
        'scan_alpha' as metric_id,
        'axis_' || agreement.axis as breakdown,
        'K02000001' as locality_code,
        agreement.alpha as value,
        agreement.alpha_lci as lci,
        agreement.alpha_uci as uci,
        case when agreement.alpha_lci is null then 'none:no_disagreement' else 'bootstrap' end as ci_method,
        cast(agreement.units_n as double) as n_den,
        case when agreement.alpha is null then reason('readings_agree') end as gap_reason,
        reasons([
            reason('sample_of_convenience'),
            case
                when agreement.alpha < 0.667 then reason('alpha_low')
                when agreement.alpha_lci < 0.667 then reason('alpha_end_low')
            end
        ]) as low_reasons,
        reading_source.source_ids
    from metrics.practice_scan_agreement as agreement
    cross join reading_source
)

select
    resulting.*,
    build.as_of as period_start,
    build.as_of as period_end
from resulting
cross join meta.build as build

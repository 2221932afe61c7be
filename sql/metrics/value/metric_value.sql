-- One row per metric, breakdown, area and period, in the row contract of method.md section 3. A metric that is not in
-- the catalogue would have no unit, and breaks the contract. Only here a gap or a caution becomes a state, and codes of
-- reasons become text.
with found as (
    select * from metrics.locality_value
    union all
    select * from metrics.quality
    union all
    select * from metrics.balance_count
),

-- The hash of a build covers all files that it read; the hash of a value covers the files of its own sources.
listed as (
    select distinct
        array_to_string(source_ids, ';') as sources,
        source_ids
    from found
),

named as (
    select
        sources,
        unnest(source_ids) as source_id
    from listed
),

digest as (
    select
        named.sources,
        sha256(
            array_to_string(list_sort(array_agg(file.source_id || ' ' || file.file_sha256)), chr(10))
        ) as input_hash
    from named
    inner join meta.landed_file as file
        on
            named.source_id = file.source_id
            and file.is_current
    group by named.sources
),

-- Reliability is judged for shares: by the coefficient of variation in the middle, and by the effective sample near 0
-- and 1. A difference (pp) may be near zero, where its coefficient of variation is meaningless: use its interval.
judged as (
    select
        found.metric_id,
        found.breakdown,
        found.locality_code,
        found.period_start,
        found.period_end,
        found.value,
        found.lci,
        found.uci,
        found.ci_method,
        found.n_num,
        found.n_den,
        found.se,
        state_of(reason.gap_state, found.low_reasons) as state,
        joined_reasons(reasons([found.gap_reason]), joined_reasons(found.note_reasons, found.low_reasons))
            as reason_codes,
        found.coverage,
        found.source_ids,
        case
            when metric.comparable_within = 'none' then null
            when found.comparable_group is not null then found.comparable_group
            when metric.comparable_within = 'group' then locality.comparable_group
            when metric.comparable_within = 'nation' then locality.nation
            when metric.comparable_within = 'uk' and locality.locality_code is not null then 'UK'
        end as comparable_group,
        metric.unit,
        metric.method_version,
        case metric.unit when 'pct' then found.value / 100 when 'share' then found.value end as share,
        case metric.unit when 'pct' then found.se / 100 when 'share' then found.se end as share_se
    from found
    left join core.dim_metric as metric using (metric_id)
    left join core.dim_locality as locality using (locality_code)
    left join core.dim_reason as reason
        on reason_code(found.gap_reason) = reason.reason_code
),

-- The text of each list of reasons, computed once. A reason that includes others is the first of its list.
given as (
    select distinct reason_codes
    from judged
    where array_length(reason_codes) > 0
),

placed as (
    select
        reason_codes,
        unnest(range(1, array_length(reason_codes) + 1)) as position
    from given
),

list_text as (
    select
        placed.reason_codes,
        max(case when list_contains(reason.argument_types, 'reasons') then reason.reason_text end) as around,
        string_agg(
            case
                when not list_contains(reason.argument_types, 'reasons')
                    then
                        reason_text(
                            reason.reason_text, reason.argument_names, placed.reason_codes[placed.position]
                        )
            end, '; '
            order by placed.position
        ) as texts
    from placed
    inner join core.dim_reason as reason
        on reason_code(placed.reason_codes[placed.position]) = reason.reason_code
    group by placed.reason_codes
)

select
    judged.metric_id,
    judged.breakdown,
    judged.locality_code,
    '2025-04' as locality_vintage,
    iso_interval(judged.period_start, judged.period_end) as period,
    judged.period_start,
    judged.period_end,
    build.as_of,
    date_diff('day', judged.period_end, build.as_of) as staleness_days,
    judged.value,
    judged.unit,
    snapped_bound(judged.lci, judged.value) as lci,
    snapped_bound(judged.uci, judged.value) as uci,
    case when judged.lci is not null and method.interval_kind = 'interval' then 0.95e0 end as ci_level,
    judged.ci_method,
    judged.n_num,
    judged.n_den,
    judged.se,
    judged.state,
    judged.reason_codes,
    coalesce(replace(list_text.around, '{reasons}', list_text.texts), list_text.texts) as state_reason,
    reliability(
        judged.value,
        case when judged.share < 0.1 or judged.share > 0.9 or judged.unit = 'pp' then null else judged.se end,
        case when judged.ci_method = 'wilson' then judged.n_den else n_eff(judged.share, judged.share_se) end
    ) as reliability,
    judged.comparable_group,
    bounded.group_nation,
    bounded.group_kind,
    bounded.group_survey,
    bounded.group_wording,
    bounded.group_index,
    judged.coverage,
    judged.source_ids,
    case when array_length(judged.source_ids) = 0 then build.input_hash else digest.input_hash end as input_hash,
    judged.method_version,
    build.run_id
from judged
cross join meta.build as build
left join digest
    on array_to_string(judged.source_ids, ';') = digest.sources
left join list_text using (reason_codes)
left join core.dim_interval_method as method using (ci_method)
left join core.dim_comparable_group as bounded using (comparable_group)

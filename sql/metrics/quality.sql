-- The product's own quality, published like any other measure. Corpus-wide values stand at the United Kingdom.
with build as (
    select as_of
    from meta.build
),

headline as (
    select
        value.locality_code,
        state_of(reason.gap_state, value.low_reasons) as state,
        value.value,
        value.period_end
    from metrics.locality_value as value
    inner join metrics.headline_period as headline
        on
            value.metric_id = headline.metric_id
            and value.locality_code = headline.locality_code
            and value.period_start = headline.period_start
            and value.period_end = headline.period_end
    inner join core.dim_metric as metric
        on value.metric_id = metric.metric_id
    left join core.dim_reason as reason
        on reason_code(value.gap_reason) = reason.reason_code
    where
        value.breakdown = 'all'
        and metric.has_whole
),

counted as (
    select
        locality.locality_code,
        count(*) as metrics_n,
        count(case when headline.state = 'ok' then 1 end) as ok_n,
        count(case when headline.state = 'ok_low' then 1 end) as ok_low_n,
        count(case when headline.state = 'suppressed' then 1 end) as suppressed_n,
        count(case when headline.state = 'not_available' then 1 end) as not_available_n,
        count(case when headline.state = 'not_applicable' then 1 end) as not_applicable_n,
        count(case when headline.state = 'not_searched' then 1 end) as not_searched_n,
        count(case when headline.state = 'searched_none_found' then 1 end) as searched_none_found_n,
        count(case when headline.state = 'withheld' then 1 end) as withheld_n,
        min(case when headline.value is not null then headline.period_end end) as oldest_period_end
    from core.dim_locality as locality
    inner join headline
        on locality.locality_code = headline.locality_code
    group by locality.locality_code
),

live as (
    select distinct source_id
    from meta.landed_file
    where is_current
),

source as (
    select
        count(*) as sources_n,
        count(live.source_id) as live_n
    from core.dim_source as source
    left join live
        on source.source_id = live.source_id
    where source.kind not in ('reference', 'practices')
),

money as (
    select
        sum(funding.nation_wide_gbp + funding.unallocated_gbp) as adrift_gbp,
        sum(funding.rows_gbp) as total_gbp,
        max(context.rows_note) as rows_note
    from metrics.funding_window as funding
    inner join metrics.funding_context as context
        on
            funding.window_id = context.window_id
            and funding.scope = context.scope
            and funding.locality_code = context.locality_code
    where
        funding.window_id = 'on_record'
        and funding.scope = 'all'
        and funding.basis = 'best'
        and funding.locality_code = 'K02000001'
),

conversion as (
    select count(*) as codes_n
    from core.bridge_locality_code
    where mode not in ('current', 'statswales_legacy')
),

search as (
    select count(distinct search.locality_code) as localities_n
    from core.fct_practice_search as search
    inner join core.dim_locality as locality
        on search.locality_code = locality.locality_code
),

reading as (
    select
        practice_id,
        count(distinct reading) as readings_n
    from core.fct_practice_reading
    where reading in ('first', 'second')
    group by practice_id
),

coding as (
    select
        count(*) as practices_n,
        count(case when reading.readings_n = 2 then 1 end) as double_coded_n
    from core.fct_practice as practice
    left join reading
        on practice.practice_id = reading.practice_id
),

label as (
    select
        metric_name_cy as label_cy,
        is_name_cy_reviewed
    from core.dim_metric
    union all
    select
        locality_name_cy as label_cy,
        true as is_name_cy_reviewed
    from core.dim_locality
    where nation = 'Wales'
),

labels as (
    select
        count(*) as labels_n,
        count(nullif(label_cy, '')) as labels_cy_n,
        count(case when label_cy <> '' and not is_name_cy_reviewed then 1 end) as unreviewed_n
    from label
),

award as (
    select
        count(case when amount_class = 'negative' then 1 end) as negative_n,
        count(case when amount_class = 'zero' then 1 end) as zero_n,
        count(case when is_repeat then 1 end) as repeat_n,
        count(case when is_regrant then 1 end) as regrant_n,
        count(case when is_dated_in_future then 1 end) as future_n,
        count(case when amount_gbp is null then 1 end) as other_currency_n,
        count(case when has_conflicting_id then 1 end) as conflicting_id_n
    from core.fct_award
),

measured as (
    select
        'q_metrics_ok_share' as metric_id,
        'all' as breakdown,
        locality_code,
        cast(ok_n as double) / nullif(metrics_n - not_applicable_n, 0) as value,
        cast(ok_n as double) as n_num,
        cast(metrics_n - not_applicable_n as double) as n_den,
        case when metrics_n = not_applicable_n then reason('no_metric_applies') end as gap_reason,
        cast(null as varchar) as low_reason
    from counted
    union all
    select
        'q_states' as metric_id,
        'state_' || state.state as breakdown,
        counted.locality_code,
        cast(
            case state.state
                when 'ok' then counted.ok_n
                when 'ok_low' then counted.ok_low_n
                when 'suppressed' then counted.suppressed_n
                when 'not_available' then counted.not_available_n
                when 'not_applicable' then counted.not_applicable_n
                when 'not_searched' then counted.not_searched_n
                when 'searched_none_found' then counted.searched_none_found_n
                when 'withheld' then counted.withheld_n
            end as double
        ) as value,
        cast(null as double) as n_num,
        cast(counted.metrics_n as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar) as low_reason
    from counted
    cross join (
        values
        ('ok'),
        ('ok_low'),
        ('suppressed'),
        ('not_available'),
        ('not_applicable'),
        ('not_searched'),
        ('searched_none_found'),
        ('withheld')
    ) as state (state)
    union all
    select
        'q_oldest_input_years' as metric_id,
        'all' as breakdown,
        counted.locality_code,
        date_diff('day', counted.oldest_period_end, build.as_of) / 365.25e0 as value,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        case when counted.oldest_period_end is null then reason('no_metric_value') end as gap_reason,
        cast(null as varchar) as low_reason
    from counted
    cross join build
    union all
    select
        'q_sources_live' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        cast(live_n as double) as value,
        cast(live_n as double) as n_num,
        cast(sources_n as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar) as low_reason
    from source
    union all
    select
        'q_unallocated_gbp_share' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        money.adrift_gbp / nullif(money.total_gbp, 0) as value,
        money.adrift_gbp as n_num,
        money.total_gbp as n_den,
        case when money.total_gbp is null then reason('no_award') end as gap_reason,
        money.rows_note as low_reason
    from money
    union all
    select
        'q_vintage_conversions_n' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        cast(codes_n as double) as value,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar) as low_reason
    from conversion
    union all
    select
        'q_release_moved_band_pct' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        cast(null as double) as value,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        reason('no_bands') as gap_reason,
        cast(null as varchar) as low_reason
    from build
    union all
    select
        'q_searched_las_n' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        cast(localities_n as double) as value,
        cast(localities_n as double) as n_num,
        cast(null as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar) as low_reason
    from search
    union all
    select
        'q_double_coded_pct' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        100e0 * double_coded_n / nullif(practices_n, 0) as value,
        cast(double_coded_n as double) as n_num,
        cast(practices_n as double) as n_den,
        case when practices_n = 0 then reason('no_record') end as gap_reason,
        cast(null as varchar) as low_reason
    from coding
    union all
    select
        'q_cy_label_pct' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        100e0 * labels_cy_n / nullif(labels_n, 0) as value,
        cast(labels_cy_n as double) as n_num,
        cast(labels_n as double) as n_den,
        case when labels_n = 0 then reason('no_label') end as gap_reason,
        case
            when unreviewed_n > 0 then reason('labels_unreviewed', unreviewed_n)
        end as low_reason
    from labels
    union all
    select
        'q_awards_n' as metric_id,
        'award_' || fault.name as breakdown,
        'K02000001' as locality_code,
        cast(
            case fault.name
                when 'negative' then award.negative_n
                when 'zero' then award.zero_n
                when 'repeat' then award.repeat_n
                when 'regrant' then award.regrant_n
                when 'future' then award.future_n
                when 'other_currency' then award.other_currency_n
                when 'conflicting_id' then award.conflicting_id_n
            end as double
        ) as value,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar) as low_reason
    from award
    cross join (
        values ('negative'), ('zero'), ('repeat'), ('regrant'), ('future'), ('other_currency'), ('conflicting_id')
    ) as fault (name)
)

select
    measured.metric_id,
    measured.breakdown,
    measured.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    measured.value,
    case when measured.gap_reason is null then 'none:register_count' else 'none:no_value' end as ci_method,
    measured.n_num,
    measured.n_den,
    measured.gap_reason,
    case when measured.gap_reason is null then reasons([measured.low_reason]) end as low_reasons,
    cast([] as varchar[]) as source_ids
from measured
cross join build

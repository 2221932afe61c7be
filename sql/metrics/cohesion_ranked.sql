-- The rank intervals of the survey percentages in the shape of every family: what a set for the rank begins and ends
-- with, and the probabilities of the outer fifths.
with ranked as (
    select
        replace(replace(rank.metric_id, 'coh_', ''), '_pct', '') as item,
        rank.locality_code,
        rank.period_start,
        rank.period_end,
        cast(rank.rank_lo as double) as rank_lo,
        cast(rank.rank_hi as double) as rank_hi,
        rank.p_topfifth,
        rank.p_botfifth,
        cast(rank.n as double) as n,
        rank.reason_codes,
        rank.fifth_reason_codes,
        rank.comparable_group,
        cohesion.source_ids
    from metrics.rank_interval as rank
    inner join metrics.cohesion as cohesion
        on
            rank.metric_id = cohesion.metric_id
            and rank.locality_code = cohesion.locality_code
            and rank.period_start = cohesion.period_start
            and rank.period_end = cohesion.period_end
),

part as (
    select
        'coh_rank_lo_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        rank_lo as value,
        'none:end_of_rank_set' as method,
        n,
        reason_codes,
        comparable_group,
        source_ids
    from ranked
    union all
    select
        'coh_rank_hi_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        rank_hi as value,
        'none:end_of_rank_set' as method,
        n,
        reason_codes,
        comparable_group,
        source_ids
    from ranked
    union all
    select
        'coh_p_topfifth_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        p_topfifth as value,
        'none:share_of_draws' as method,
        n,
        case when array_length(fifth_reason_codes) > 0 then fifth_reason_codes else reason_codes end as reason_codes,
        comparable_group,
        source_ids
    from ranked
    union all
    select
        'coh_p_botfifth_' || item as metric_id,
        locality_code,
        period_start,
        period_end,
        p_botfifth as value,
        'none:share_of_draws' as method,
        n,
        case when array_length(fifth_reason_codes) > 0 then fifth_reason_codes else reason_codes end as reason_codes,
        comparable_group,
        source_ids
    from ranked
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    value,
    case when value is null then 'none:no_value' else method end as ci_method,
    case when value is not null then n end as n_den,
    case when value is null then reason_codes[1] end as gap_reason,
    case when value is null then reasons_after_first(reason_codes) else reason_codes end as low_reasons,
    cast(null as varchar[]) as note_reasons,
    case when value is null then cast([] as varchar[]) else source_ids end as source_ids,
    comparable_group
from part

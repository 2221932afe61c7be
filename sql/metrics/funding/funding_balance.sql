-- One row per metric of recipients, breakdown, window and area: how the money is divided between community
-- organisations and public bodies.
-- Known public bodies are outside the local scope, so the balance is of all awards except those of place funds. The
-- bounds assign the money of recipients of unknown kind to one side and to the other.
select
    'fun_balance_community' as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    community_gbp / nullif(community_gbp + public_body_gbp, 0) as value,
    community_gbp / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) as lci,
    (community_gbp + unknown_kind_gbp) / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) as uci,
    'bounds:unknown_recipient_kind' as ci_method,
    community_gbp as n_num,
    community_gbp + public_body_gbp as n_den,
    (community_gbp + public_body_gbp) / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) as coverage,
    case
        when absence is not null then absence
        when rows_gbp is null then summary_gap
        when community_gbp + public_body_gbp + unknown_kind_gbp = 0
            then coalesce(summary_gap, reason('no_side'))
        when community_gbp + public_body_gbp = 0 then reason('kind_unknown')
        when is_mostly_unknown(community_gbp + public_body_gbp, community_gbp + public_body_gbp + unknown_kind_gbp)
            then reason('kind_tenth')
        when known_kind_awards_n < 5
            then reason('few_awards_kind', 5)
        when public_body_gbp = 0
            then
                reason('no_public_body')
        when community_gbp = 0
            then
                reason('no_community')
    end as gap_reason,
    reasons([
        rows_note,
        months_note,
        dates_note,
        case
            when
                (community_gbp + public_body_gbp)
                / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) < 0.5
                then reason('kind_half')
        end
    ]) as low_reasons,
    rows_source_ids as source_ids
from metrics.funding_context
where
    not is_beyond
    and scope = 'all'

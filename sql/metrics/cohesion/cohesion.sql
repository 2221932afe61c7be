-- One row per cohesion metric, area and period: survey percentages, with the statistics of a percentage. Two bounds in
-- whole points are treated as rounded: the rounding adds to the error.
with measured as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        case
            when lci = floor(lci) and uci = floor(uci) then se_from_rounded_ci(lci, uci)
            else se_from_ci(lci, uci)
        end as se,
        respondents_n,
        gap_reason,
        low_reasons,
        note_reasons,
        source_ids,
        comparable_group
    from metrics.survey_figure
    where unit = 'pct' and family <> 'SOC'
)

select
    metric_id,
    'all' as breakdown,
    locality_code,
    period_start,
    period_end,
    value,
    lci,
    uci,
    case
        when value is null then 'none:no_value'
        when lci is not null then 'published'
        else 'none:not_published'
    end as ci_method,
    respondents_n as n_den,
    se,
    gap_reason,
    joined_reasons(
        low_reasons,
        reasons([
            case when n_eff(value / 100, se / 100) < 50 then reason('small_sample', 50) end,
            case when value between 10 and 90 and se / value > 0.2 then reason('variation') end
        ])
    ) as low_reasons,
    note_reasons,
    source_ids,
    comparable_group
from measured

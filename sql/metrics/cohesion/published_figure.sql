-- One row per metric of a published figure that is not a survey percentage (such as a mean on a scale, or a number of
-- facilities for residents), area and period, in the published unit. Statistics of survey percentages, such as an
-- effective sample, do not apply.
with measured as (
    select
        metric_id,
        unit,
        locality_code,
        period_start,
        period_end,
        value,
        lci,
        uci,
        se_from_ci(lci, uci) as se,
        respondents_n,
        gap_reason,
        low_reasons,
        note_reasons,
        source_ids,
        comparable_group
    from metrics.survey_figure
    where unit <> 'pct' or family = 'SOC'
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
            case when se / nullif(abs(value), 0) > 0.2 then reason('variation') end,
            case when value is not null and lci is null then reason('no_interval') end,
            case
                when value is not null and unit like 'per_%' and lacks_residents(locality_code)
                    then reason('city_residents')
            end
        ])
    ) as low_reasons,
    note_reasons,
    source_ids,
    comparable_group
from measured

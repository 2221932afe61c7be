-- One row per metric of rates, breakdown, window and area: money and awards in relation to the residents.
select
    case scope when 'all' then 'fun_per_head_all' else 'fun_per_head' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    total_gbp / nullif(persons, 0) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    total_gbp as n_num,
    persons as n_den,
    cast(null as double) as se,
    coverage,
    case
        when has_wrong_denominator then reason('city_of_london')
        when absence is not null then absence
        when persons is null then reason('no_resident_count')
    end as gap_reason,
    reasons([
        kind_note,
        summary_note,
        overlap_note,
        months_note,
        partial_note,
        dates_note,
        ceiling_note,
        small_note,
        gap_note,
        headquarters_note
    ]) as low_reasons,
    source_ids_with_population as source_ids
from metrics.funding_context
where not is_beyond
union all
select
    case scope when 'all' then 'fun_n_rate_all' else 'fun_n_rate' end as metric_id,
    'all' as breakdown,
    window_id,
    locality_code,
    10000 * weighted_awards_n / nullif(persons, 0) as value,
    10000 * case
        when weighted_awards_n < 10 then poisson_low(weighted_awards_n)
        else byar_low(weighted_awards_n)
    end / nullif(persons, 0) as lci,
    10000 * case
        when weighted_awards_n < 10 then poisson_high(weighted_awards_n)
        else byar_high(weighted_awards_n)
    end / nullif(persons, 0) as uci,
    case when weighted_awards_n < 10 then 'exact_poisson' else 'byar' end as ci_method,
    weighted_awards_n as n_num,
    persons as n_den,
    10000 * sqrt(weighted_awards_n) / nullif(persons, 0) as se,
    coverage,
    case
        when has_wrong_denominator then reason('city_of_london')
        when absence is not null then absence
        when weighted_awards_n is null then totals_gap
        when persons is null then reason('no_resident_count')
    end as gap_reason,
    reasons([
        kind_note,
        totals_note,
        summary_note,
        overlap_note,
        months_note,
        partial_note,
        dates_note,
        small_note,
        gap_note,
        case when weighted_awards_n < 25 then reason('few_awards_varied', 25) end
    ]) as low_reasons,
    source_ids_with_population as source_ids
from metrics.funding_context
where not is_beyond
union all
select
    case context.scope when 'all' then 'fun_per_head_annual_all' else 'fun_per_head_annual' end as metric_id,
    'all' as breakdown,
    context.window_id,
    context.locality_code,
    annual.gbp_a_year / nullif(context.persons, 0) as value,
    cast(null as double) as lci,
    cast(null as double) as uci,
    'none:register_count' as ci_method,
    annual.gbp_a_year as n_num,
    context.persons as n_den,
    cast(null as double) as se,
    annual.known_gbp_a_year / annual.gbp_a_year as coverage,
    -- A rate per year needs a whole period (method.md section 4): in months without an award on record, data may not
    -- have landed.
    case
        when context.has_wrong_denominator then reason('city_of_london')
        when annual.gbp_a_year is null
            then
                coalesce(
                    context.summary_gap,
                    reason('awards_voluntary')
                )
        when context.persons is null then reason('no_resident_count')
        else context.months_note
    end as gap_reason,
    reasons([
        context.kind_note,
        context.rows_note,
        context.partial_note,
        context.dates_note,
        context.ceiling_note,
        case
            when annual.known_gbp_a_year / annual.gbp_a_year < 0.5
                then reason('duration_half_money')
        end,
        context.small_note,
        context.gap_note,
        context.headquarters_note
    ]) as low_reasons,
    list_sort(list_distinct(list_concat(annual.source_ids, [population.source_id]))) as source_ids
from metrics.funding_context as context
left join metrics.funding_annual as annual using (scope, locality_code)
left join metrics.window_population as population using (window_id, locality_code)
where
    context.window_id = 'rolling_3y'
    and not context.is_beyond

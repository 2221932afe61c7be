-- One row per window, scope, location basis and locality: sums of the counted awards. Money without a locality is
-- 'unallocated'. The total of the United Kingdom is computed from the awards themselves, so that the parts can be
-- compared with it. In a window that includes the summary of the study's period, money, number and small awards are of
-- both, and measures that a summary lacks are of the award rows alone. If no award row states a duration, the durations
-- of the summary are used.
select
    coalesce(located.window_id, summarised.window_id) as window_id,
    coalesce(located.scope, summarised.scope) as scope,
    coalesce(located.basis, summarised.basis) as basis,
    coalesce(located.locality_code, summarised.locality_code) as locality_code,
    case
        when summarised.window_id is null then 'award_rows'
        when summed.window_id is null then 'summary'
        else 'award_rows_and_summary'
    end as origin,
    list_sum([summed.weighted_awards_n, summarised.added_awards_n]) as weighted_awards_n,
    list_sum([summed.total_gbp, summarised.added_gbp]) as total_gbp,
    summed.weighted_awards_n as rows_awards_n,
    summed.total_gbp as rows_gbp,
    summarised.added_awards_n as summary_awards_n,
    summarised.added_gbp as summary_gbp,
    summed.totals_gbp,
    list_sum([summed.dated_gbp, summarised.added_gbp]) as dated_gbp,
    summed.ceiling_gbp,
    summed.partial_list_gbp,
    summed.size_class_1_n,
    summed.size_class_2_n,
    summed.size_class_3_n,
    summed.size_class_4_n,
    summed.size_class_5_n,
    summed.size_class_6_n,
    summed.size_class_7_n,
    summed.size_class_8_n,
    summed.size_class_1_gbp,
    summed.size_class_2_gbp,
    summed.size_class_3_gbp,
    summed.size_class_4_gbp,
    summed.size_class_5_gbp,
    summed.size_class_6_gbp,
    summed.size_class_7_gbp,
    summed.size_class_8_gbp,
    list_sum([summed.weighted_awards_up_to_10000_n, summarised.added_up_to_10000_n])
        as weighted_awards_up_to_10000_n,
    case
        when summed.planned_awards_n > 0 or summarised.awards_with_planned_months_n is null then summed.planned_n
        else cast(summarised.awards_with_planned_months_n as double)
    end as planned_n,
    summed.planned_gbp,
    summed.multi_year_gbp,
    case when summed.planned_awards_n > 0 then party.median_planned_months else summarised.median_planned_months end
        as median_planned_months,
    case
        when summed.planned_awards_n > 0 or summarised.awards_with_planned_months_n is null then summed.planned_awards_n
        else summarised.awards_with_planned_months_n
    end as planned_awards_n,
    summed.community_gbp,
    summed.public_body_gbp,
    summed.unknown_kind_gbp,
    summed.known_kind_awards_n,
    summed.unknown_recipient_gbp,
    located.beneficiary_gbp,
    located.recipient_gbp,
    located.nation_wide_gbp,
    located.unallocated_gbp,
    case when summed.window_id is null then summarised.funders_n else party.funders_n end as funders_n,
    party.named_funder_awards_n,
    party.named_funder_gbp,
    party.funder_hhi,
    summed.squared_gbp,
    party.recipients_n,
    party.named_recipient_awards_n,
    party.named_recipient_gbp,
    party.recipient_hhi,
    summed.source_ids as rows_source_ids,
    list_sort(list_distinct(list_concat(summed.source_ids, summarised.source_ids))) as source_ids
from metrics.window_location as located
full outer join metrics.window_summary as summarised using (window_id, scope, basis, locality_code)
left join metrics.window_sum as summed
    on
        located.window_id = summed.window_id
        and located.scope = summed.scope
        and located.summed_basis = summed.basis
        and located.locality_code = summed.locality_code
left join metrics.window_party as party
    on
        located.window_id = party.window_id
        and located.scope = party.scope
        and located.summed_basis = party.basis
        and located.locality_code = party.locality_code

-- A published award shows that money was given; no published award shows nothing, so no total here is a zero. Metric
-- ids without an ending are of the local scope, those with `_all` of every award. Money, numbers and small awards are
-- of all that is on record; what the summary of spring 2020 does not hold is of the award rows, and says so.
with wide as (
    select
        context.window_id,
        context.scope,
        context.locality_code,
        context.persons,
        context.small_note,
        context.gap_note,
        context.coverage,
        context.has_wrong_denominator,
        context.is_beyond,
        context.absence,
        context.totals_gap,
        context.summary_gap,
        context.summary_note,
        context.overlap_note,
        context.rows_note,
        context.totals_note,
        context.kind_note,
        context.months_note,
        context.partial_note,
        context.ceiling_note,
        context.dates_note,
        context.headquarters_note,
        context.source_ids,
        context.source_ids_with_population,
        funding.weighted_awards_n,
        funding.total_gbp,
        funding.rows_gbp,
        funding.summary_awards_n,
        funding.totals_gbp,
        funding.size_class_1_n,
        funding.size_class_2_n,
        funding.size_class_3_n,
        funding.size_class_4_n,
        funding.size_class_5_n,
        funding.size_class_6_n,
        funding.size_class_7_n,
        funding.size_class_8_n,
        funding.size_class_1_gbp,
        funding.size_class_2_gbp,
        funding.size_class_3_gbp,
        funding.size_class_4_gbp,
        funding.size_class_5_gbp,
        funding.size_class_6_gbp,
        funding.size_class_7_gbp,
        funding.size_class_8_gbp,
        funding.weighted_awards_up_to_10000_n,
        funding.planned_n,
        funding.planned_gbp,
        funding.multi_year_gbp,
        funding.median_planned_months,
        funding.planned_awards_n,
        case when funding.planned_gbp > 0 then funding.rows_awards_n else funding.weighted_awards_n end
            as timed_awards_n,
        case when funding.planned_gbp > 0 then context.rows_note end as timed_note,
        case when funding.planned_gbp > 0 then funding.rows_source_ids else funding.source_ids end as timed_source_ids,
        funding.rows_source_ids,
        funding.community_gbp,
        funding.public_body_gbp,
        funding.unknown_kind_gbp,
        funding.known_kind_awards_n,
        funding.beneficiary_gbp,
        funding.recipient_gbp,
        funding.nation_wide_gbp,
        funding.unallocated_gbp,
        funding.funders_n,
        funding.named_funder_awards_n,
        funding.named_funder_gbp,
        funding.funder_hhi,
        funding.recipients_n,
        funding.named_recipient_awards_n,
        funding.named_recipient_gbp,
        funding.recipient_hhi
    from metrics.funding_context as context
    left join metrics.funding_window as funding
        on
            context.window_id = funding.window_id
            and context.scope = funding.scope
            and context.locality_code = funding.locality_code
            and funding.basis = 'best'
    where context.window_id <> 'place_funds'
),

measured as (
    select
        case scope when 'all' then 'fun_total_gbp_all' else 'fun_total_gbp' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        total_gbp as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        total_gbp as n_num,
        weighted_awards_n as n_den,
        cast(null as double) as se,
        coverage,
        absence as gap_reason,
        reasons([
            kind_note,
            summary_note,
            overlap_note,
            months_note,
            partial_note,
            dates_note,
            ceiling_note
        ]) as low_reasons,
        source_ids
    from wide
    union all
    select
        case scope when 'all' then 'fun_n_all' else 'fun_n' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        weighted_awards_n as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        weighted_awards_n as n_num,
        cast(null as double) as n_den,
        cast(null as double) as se,
        coverage,
        coalesce(absence, case when weighted_awards_n is null then totals_gap end) as gap_reason,
        reasons([
            kind_note,
            totals_note,
            summary_note,
            overlap_note,
            months_note,
            partial_note,
            dates_note
        ]) as low_reasons,
        source_ids
    from wide
    union all
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
    from wide
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
    from wide
    where not is_beyond
    union all
    -- Where nothing is on record the whole says why.
    select
        case when counted.is_money then 'fun_total_gbp' else 'fun_n' end as metric_id,
        'size_class_' || class.number as breakdown,
        wide.window_id,
        wide.locality_code,
        case (class.number || case when counted.is_money then '_gbp' else '' end)
            when '1' then wide.size_class_1_n
            when '2' then wide.size_class_2_n
            when '3' then wide.size_class_3_n
            when '4' then wide.size_class_4_n
            when '5' then wide.size_class_5_n
            when '6' then wide.size_class_6_n
            when '7' then wide.size_class_7_n
            when '8' then wide.size_class_8_n
            when '1_gbp' then wide.size_class_1_gbp
            when '2_gbp' then wide.size_class_2_gbp
            when '3_gbp' then wide.size_class_3_gbp
            when '4_gbp' then wide.size_class_4_gbp
            when '5_gbp' then wide.size_class_5_gbp
            when '6_gbp' then wide.size_class_6_gbp
            when '7_gbp' then wide.size_class_7_gbp
            when '8_gbp' then wide.size_class_8_gbp
        end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        case when counted.is_money then wide.total_gbp - wide.totals_gbp else wide.weighted_awards_n end as n_den,
        cast(null as double) as se,
        wide.coverage,
        wide.totals_gap as gap_reason,
        reasons([
            wide.kind_note,
            wide.totals_note,
            wide.summary_note,
            wide.overlap_note,
            wide.months_note,
            wide.partial_note,
            wide.dates_note,
            wide.ceiling_note
        ]) as low_reasons,
        wide.source_ids
    from wide
    cross join (values ('1'), ('2'), ('3'), ('4'), ('5'), ('6'), ('7'), ('8')) as class (number)
    cross join (values (false), (true)) as counted (is_money)
    where
        wide.scope = 'local'
        and wide.absence is null
    union all
    select
        case scope when 'all' then 'fun_small_award_share_all' else 'fun_small_award_share' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        weighted_awards_up_to_10000_n / nullif(weighted_awards_n, 0) as value,
        wilson_low(weighted_awards_up_to_10000_n, weighted_awards_n) as lci,
        wilson_high(weighted_awards_up_to_10000_n, weighted_awards_n) as uci,
        'wilson' as ci_method,
        weighted_awards_up_to_10000_n as n_num,
        weighted_awards_n as n_den,
        cast(null as double) as se,
        coverage,
        coalesce(absence, case when weighted_awards_n is null then totals_gap end) as gap_reason,
        reasons([
            kind_note,
            totals_note,
            summary_note,
            overlap_note,
            months_note,
            partial_note,
            dates_note,
            ceiling_note,
            case when weighted_awards_n < 50 then reason('few_awards_short', 50) end
        ]) as low_reasons,
        source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_duration_median_all' else 'fun_duration_median' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        median_planned_months as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        planned_n as n_num,
        timed_awards_n as n_den,
        cast(null as double) as se,
        planned_n / nullif(timed_awards_n, 0) as coverage,
        case
            when absence is not null then absence
            when timed_awards_n is null then totals_gap
            when median_planned_months is null and summary_awards_n is null and summary_gap is not null
                then summary_gap
            when median_planned_months is null then reason('no_duration')
            when hardly_known(planned_n, timed_awards_n)
                then reason('duration_tenth_awards')
        end as gap_reason,
        reasons([
            kind_note,
            totals_note,
            timed_note,
            months_note,
            partial_note,
            dates_note,
            case
                when planned_n / nullif(timed_awards_n, 0) < 0.5
                    then reason('duration_half_awards')
            end,
            case when planned_awards_n < 5 then reason('few_awards', 5) end
        ]) as low_reasons,
        timed_source_ids as source_ids
    from wide
    where not is_beyond
    union all
    -- The interval is not of sampling: its ends are the share if no money of unknown duration, or all of it, were for
    -- two years or more.
    select
        case scope when 'all' then 'fun_multi_year_share_all' else 'fun_multi_year_share' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        multi_year_gbp / nullif(planned_gbp, 0) as value,
        multi_year_gbp / nullif(rows_gbp, 0) as lci,
        (multi_year_gbp + rows_gbp - planned_gbp) / nullif(rows_gbp, 0) as uci,
        'bounds:unknown_planned_months' as ci_method,
        multi_year_gbp as n_num,
        planned_gbp as n_den,
        cast(null as double) as se,
        planned_gbp / nullif(rows_gbp, 0) as coverage,
        case
            when absence is not null then absence
            when rows_gbp is null then summary_gap
            when totals_gap is not null then totals_gap
            when planned_gbp = 0 then coalesce(summary_gap, reason('no_duration'))
            when hardly_known(planned_gbp, rows_gbp)
                then reason('duration_tenth_money')
        end as gap_reason,
        reasons([
            kind_note,
            rows_note,
            months_note,
            partial_note,
            dates_note,
            ceiling_note,
            case
                when planned_gbp / nullif(rows_gbp, 0) < 0.5
                    then reason('duration_half_money')
            end,
            case when planned_awards_n < 5 then reason('few_awards', 5) end
        ]) as low_reasons,
        rows_source_ids as source_ids
    from wide
    where not is_beyond
    union all
    select
        'fun_' || measure.name || case wide.scope when 'all' then '_all' else '' end as metric_id,
        'all' as breakdown,
        wide.window_id,
        wide.locality_code,
        case measure.name
            when 'hhi_funder' then wide.funder_hhi
            when 'effective_funders' then 1 / nullif(wide.funder_hhi, 0)
            when 'hhi_funder_norm' then hhi_normalised(wide.funder_hhi, wide.funders_n)
        end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(wide.funders_n as double) as n_den,
        cast(null as double) as se,
        wide.named_funder_gbp / nullif(wide.rows_gbp, 0) as coverage,
        case
            when wide.absence is not null then wide.absence
            when wide.funder_hhi is null then coalesce(wide.summary_gap, reason('no_funder'))
            when measure.name = 'hhi_funder_norm' and wide.funders_n = 1 then reason('single_funder')
            when hardly_known(wide.named_funder_gbp, wide.rows_gbp)
                then reason('funder_tenth')
        end as gap_reason,
        reasons([
            wide.kind_note,
            wide.rows_note,
            wide.months_note,
            wide.partial_note,
            wide.dates_note,
            wide.ceiling_note,
            case
                when wide.named_funder_gbp / nullif(wide.rows_gbp, 0) < 0.5
                    then reason('funder_half')
            end,
            case when wide.named_funder_awards_n < 5 then reason('few_awards', 5) end,
            case
                when wide.funders_n = 1
                    then reason('one_funder')
            end
        ]) as low_reasons,
        wide.rows_source_ids as source_ids
    from wide
    cross join (values ('hhi_funder'), ('effective_funders'), ('hhi_funder_norm')) as measure (name)
    where
        not wide.is_beyond
        and (wide.scope = 'local' or measure.name <> 'hhi_funder_norm')
    union all
    select
        case scope when 'all' then 'fun_hq_share_all' else 'fun_hq_share' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        recipient_gbp / nullif(rows_gbp, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        recipient_gbp as n_num,
        rows_gbp as n_den,
        cast(null as double) as se,
        coverage,
        coalesce(absence, case when rows_gbp is null then summary_gap end) as gap_reason,
        reasons([kind_note, rows_note, months_note, partial_note, dates_note, ceiling_note]) as low_reasons,
        rows_source_ids as source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_recipients_n_all' else 'fun_recipients_n' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        cast(recipients_n as double) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(recipients_n as double) as n_num,
        cast(null as double) as n_den,
        cast(null as double) as se,
        named_recipient_gbp / nullif(rows_gbp, 0) as coverage,
        case
            when absence is not null then absence
            when recipients_n is null then coalesce(summary_gap, reason('no_recipient'))
        end as gap_reason,
        reasons([
            kind_note,
            rows_note,
            totals_note,
            months_note,
            partial_note,
            dates_note,
            case
                when named_recipient_gbp / nullif(rows_gbp, 0) < 0.5
                    then reason('recipient_half')
            end
        ]) as low_reasons,
        rows_source_ids as source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_hhi_recipient_all' else 'fun_hhi_recipient' end as metric_id,
        'all' as breakdown,
        window_id,
        locality_code,
        recipient_hhi as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(recipients_n as double) as n_den,
        cast(null as double) as se,
        named_recipient_gbp / nullif(rows_gbp, 0) as coverage,
        case
            when absence is not null then absence
            when recipient_hhi is null then coalesce(summary_gap, reason('no_recipient'))
            when hardly_known(named_recipient_gbp, rows_gbp) then reason('recipient_tenth')
        end as gap_reason,
        reasons([
            kind_note,
            rows_note,
            months_note,
            partial_note,
            dates_note,
            ceiling_note,
            case
                when named_recipient_gbp / nullif(rows_gbp, 0) < 0.5
                    then reason('recipient_half')
            end,
            case when named_recipient_awards_n < 5 then reason('few_awards', 5) end,
            case
                when recipients_n = 1
                    then reason('one_recipient')
            end
        ]) as low_reasons,
        rows_source_ids as source_ids
    from wide
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
        -- A rate a year takes a period that is whole (method.md section 4): months without an award on record may be
        -- months of which nothing has been landed.
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
    left join metrics.funding_annual as annual
        on
            context.scope = annual.scope
            and context.locality_code = annual.locality_code
    left join metrics.window_population as population
        on
            context.window_id = population.window_id
            and context.locality_code = population.locality_code
    where
        context.window_id = 'rolling_3y'
        and not context.is_beyond
    union all
    -- Nation-wide awards are outside the local scope, so the shares of location are of every award. Where no money is
    -- on record one row says so of them all.
    select
        'fun_loc_share' as metric_id,
        basis.name as breakdown,
        wide.window_id,
        wide.locality_code,
        case basis.name
            when 'beneficiary' then wide.beneficiary_gbp
            when 'recipient' then wide.recipient_gbp
            when 'nation_wide' then wide.nation_wide_gbp
            when 'unallocated' then wide.unallocated_gbp
        end / nullif(wide.rows_gbp, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        case basis.name
            when 'beneficiary' then wide.beneficiary_gbp
            when 'recipient' then wide.recipient_gbp
            when 'nation_wide' then wide.nation_wide_gbp
            when 'unallocated' then wide.unallocated_gbp
        end as n_num,
        wide.rows_gbp as n_den,
        cast(null as double) as se,
        wide.coverage,
        coalesce(wide.absence, case when wide.rows_gbp is null then wide.summary_gap end) as gap_reason,
        reasons([wide.rows_note, wide.months_note, wide.partial_note, wide.dates_note, wide.ceiling_note])
            as low_reasons,
        wide.rows_source_ids as source_ids
    from wide
    cross join (values ('all'), ('beneficiary'), ('recipient'), ('nation_wide'), ('unallocated')) as basis (name)
    where
        wide.scope = 'all'
        and (basis.name = 'all') = (wide.absence is not null or wide.rows_gbp is null)
        and (
            wide.locality_code = 'K02000001'
            or (basis.name in ('all', 'beneficiary', 'recipient') and not wide.is_beyond)
        )
    union all
    -- Known public bodies are outside the local scope, so the balance is of every award but those of place funds. The
    -- ends of the interval give the money of recipients of unknown kind to one side and to the other.
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
        cast(null as double) as se,
        (community_gbp + public_body_gbp) / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) as coverage,
        case
            when absence is not null then absence
            when rows_gbp is null then summary_gap
            when community_gbp + public_body_gbp + unknown_kind_gbp = 0
                then coalesce(summary_gap, reason('no_side'))
            when community_gbp + public_body_gbp = 0 then reason('kind_unknown')
            when hardly_known(community_gbp + public_body_gbp, community_gbp + public_body_gbp + unknown_kind_gbp)
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
    from wide
    where
        not is_beyond
        and scope = 'all'
)

select
    measured.metric_id,
    measured.breakdown,
    measured.locality_code,
    period.period_start,
    period.period_end,
    case when measured.gap_reason is null then measured.value end as value,
    case when measured.gap_reason is null then measured.lci end as lci,
    case when measured.gap_reason is null then measured.uci end as uci,
    case when measured.gap_reason is null then measured.ci_method else 'none:no_value' end as ci_method,
    case when measured.gap_reason is null then measured.n_num end as n_num,
    case when measured.gap_reason is null then measured.n_den end as n_den,
    case when measured.gap_reason is null then measured.se end as se,
    measured.gap_reason,
    case when measured.gap_reason is null then measured.low_reasons end as low_reasons,
    case when measured.gap_reason is null then measured.coverage end as coverage,
    case when measured.gap_reason is null then measured.source_ids else cast([] as varchar[]) end as source_ids
from measured
inner join metrics.award_window as period
    on measured.window_id = period.window_id

-- A published award shows that money was given; no published award shows nothing, so no value here is a zero but in the
-- complete lists of place funds. Metric ids without an ending are of the local scope, those with `_all` of every award.
with place as (
    select locality_code
    from core.dim_locality
    union all
    select locality_code
    from (values ('unallocated'), ('K02000001')) as beyond (locality_code)
),

-- The population nearest to the middle of the window, counted in days from both its ends.
dated_population as (
    select
        period.window_id,
        population.locality_code,
        population.population_persons,
        population.period_end,
        population.source_id,
        row_number() over (
            partition by period.window_id, population.locality_code
            order by
                abs(
                    date_diff('day', period.period_start, population.period_end)
                    + date_diff('day', period.period_end, population.period_end)
                ),
                population.period_end desc
        ) as nearness,
        abs(
            date_diff('day', period.period_start, population.period_end)
            + date_diff('day', period.period_end, population.period_end)
        ) / 2e0 / 365.25e0 as gap_years
    from core.fct_population as population
    cross join metrics.award_window as period
),

population as (
    select
        window_id,
        locality_code,
        cast(population_persons as double) as persons,
        source_id,
        case when population_persons < 20000 then 'fewer than 20,000 residents' end as small_note,
        case when gap_years > 5 then 'population of more than five years from the middle of the period' end as gap_note
    from dated_population
    where nearness = 1
),

dated_share as (
    select
        scope,
        locality_code,
        dated_gbp / nullif(total_gbp, 0) as coverage
    from metrics.funding_window
    where
        window_id = 'on_record'
        and basis = 'best'
),

wide as (
    select
        period.window_id,
        scope.scope,
        place.locality_code,
        funding.origin,
        funding.weighted_awards_n,
        funding.total_gbp,
        funding.size_class_1_n,
        funding.size_class_2_n,
        funding.size_class_3_n,
        funding.size_class_4_n,
        funding.size_class_5_n,
        funding.size_class_6_n,
        funding.size_class_7_n,
        funding.size_class_8_n,
        funding.weighted_awards_up_to_10000_n,
        funding.planned_n,
        funding.planned_gbp,
        funding.multi_year_gbp,
        funding.median_planned_months,
        funding.community_gbp,
        funding.public_body_gbp,
        funding.unknown_kind_gbp,
        funding.beneficiary_gbp,
        funding.recipient_gbp,
        funding.nation_wide_gbp,
        funding.unallocated_gbp,
        funding.funders_n,
        funding.named_funder_gbp,
        funding.funder_hhi,
        population.persons,
        population.small_note,
        population.gap_note,
        case when period.window_id in ('on_record', 'rolling_3y') then dated_share.coverage end as coverage,
        place.locality_code = 'E09000001' as is_city_of_london,
        place.locality_code in ('unallocated', 'K02000001') as is_beyond,
        case
            when funding.weighted_awards_n is null
                then 'publishing is voluntary: the absence of a published award is not the absence of funding'
        end as absence,
        case
            when funding.origin = 'summary' then 'the summary of the period does not hold it'
        end as summary_gap,
        case
            when funding.origin = 'summary' and scope.scope = 'local'
                then 'from a summary that cannot tell awards outside the local scope apart'
        end as scope_note,
        case
            when period.months_observed < period.months_expected
                then
                    'awards on record are dated in ' || cast(period.months_observed as varchar) || ' of the '
                    || cast(period.months_expected as varchar) || ' months of the period'
        end as months_note,
        case when funding.ceiling_gbp > 0 then 'includes amounts published as "up to"' end as ceiling_note,
        case
            when period.window_id = 'rolling_3y' and dated_share.coverage < 0.5
                then 'less than half of the money on record carries a date'
        end as dates_note,
        case
            when funding.recipient_gbp / nullif(funding.total_gbp, 0) > 0.5
                then 'more than half of the money is placed by the address of the recipient'
        end as headquarters_note,
        funding.source_ids,
        list_sort(list_distinct(list_concat(funding.source_ids, [population.source_id]))) as source_ids_with_population
    from place
    cross join metrics.award_window as period
    cross join (values ('local'), ('all')) as scope (scope)
    left join metrics.funding_window as funding
        on
            place.locality_code = funding.locality_code
            and period.window_id = funding.window_id
            and scope.scope = funding.scope
            and funding.basis = 'best'
    left join population
        on
            place.locality_code = population.locality_code
            and period.window_id = population.window_id
    left join dated_share
        on
            place.locality_code = dated_share.locality_code
            and scope.scope = dated_share.scope
    where
        period.window_id <> 'place_funds'
        and (place.locality_code not in ('unallocated', 'K02000001') or funding.weighted_awards_n is not null)
),

measured as (
    select
        case scope when 'all' then 'fun_total_gbp_all' else 'fun_total_gbp' end as metric_id,
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
        cast(null as varchar) as gap_state,
        absence as gap_reason,
        concat_ws('; ', scope_note, months_note, dates_note, ceiling_note) as low_reason,
        source_ids
    from wide
    union all
    select
        case scope when 'all' then 'fun_n_all' else 'fun_n' end as metric_id,
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
        cast(null as varchar) as gap_state,
        absence as gap_reason,
        concat_ws('; ', scope_note, months_note, dates_note) as low_reason,
        source_ids
    from wide
    union all
    select
        case scope when 'all' then 'fun_per_head_all' else 'fun_per_head' end as metric_id,
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
        case when is_city_of_london then 'not_applicable' end as gap_state,
        case
            when is_city_of_london then 'residents are the wrong denominator for the City of London'
            when absence is not null then absence
            when persons is null then 'no population on record'
        end as gap_reason,
        concat_ws(
            '; ', scope_note, months_note, dates_note, ceiling_note, small_note, gap_note, headquarters_note
        ) as low_reason,
        source_ids_with_population as source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_n_rate_all' else 'fun_n_rate' end as metric_id,
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
        case when is_city_of_london then 'not_applicable' end as gap_state,
        case
            when is_city_of_london then 'residents are the wrong denominator for the City of London'
            when absence is not null then absence
            when persons is null then 'no population on record'
        end as gap_reason,
        concat_ws(
            '; ',
            scope_note,
            months_note,
            dates_note,
            small_note,
            gap_note,
            case when weighted_awards_n < 25 then 'fewer than 25 awards: coefficient of variation above 20 %' end
        ) as low_reason,
        source_ids_with_population as source_ids
    from wide
    where not is_beyond
    union all
    select
        'fun_size_class_' || class.number as metric_id,
        wide.window_id,
        wide.locality_code,
        case class.number
            when '1' then wide.size_class_1_n
            when '2' then wide.size_class_2_n
            when '3' then wide.size_class_3_n
            when '4' then wide.size_class_4_n
            when '5' then wide.size_class_5_n
            when '6' then wide.size_class_6_n
            when '7' then wide.size_class_7_n
            when '8' then wide.size_class_8_n
        end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        wide.weighted_awards_n as n_den,
        cast(null as double) as se,
        wide.coverage,
        cast(null as varchar) as gap_state,
        coalesce(wide.absence, wide.summary_gap) as gap_reason,
        concat_ws('; ', wide.months_note, wide.dates_note, wide.ceiling_note) as low_reason,
        wide.source_ids
    from wide
    cross join (values ('1'), ('2'), ('3'), ('4'), ('5'), ('6'), ('7'), ('8')) as class (number)
    where wide.scope = 'local'
    union all
    select
        case scope when 'all' then 'fun_small_award_share_all' else 'fun_small_award_share' end as metric_id,
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
        cast(null as varchar) as gap_state,
        absence as gap_reason,
        concat_ws(
            '; ',
            scope_note,
            months_note,
            dates_note,
            ceiling_note,
            case when weighted_awards_n < 50 then 'fewer than 50 awards' end
        ) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_duration_median_all' else 'fun_duration_median' end as metric_id,
        window_id,
        locality_code,
        median_planned_months as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        planned_n as n_num,
        weighted_awards_n as n_den,
        cast(null as double) as se,
        planned_n / nullif(weighted_awards_n, 0) as coverage,
        cast(null as varchar) as gap_state,
        case
            when absence is not null then absence
            when median_planned_months is null then 'no award states how long it is planned for'
        end as gap_reason,
        concat_ws(
            '; ',
            scope_note,
            months_note,
            dates_note,
            case
                when planned_n / nullif(weighted_awards_n, 0) < 0.5
                    then 'planned duration known for less than half of the awards'
            end
        ) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    -- The interval is not of sampling: its ends are the share if no money of unknown duration, or all of it, were for
    -- two years or more.
    select
        case scope when 'all' then 'fun_multi_year_share_all' else 'fun_multi_year_share' end as metric_id,
        window_id,
        locality_code,
        multi_year_gbp / nullif(planned_gbp, 0) as value,
        multi_year_gbp / nullif(total_gbp, 0) as lci,
        (multi_year_gbp + total_gbp - planned_gbp) / nullif(total_gbp, 0) as uci,
        'bounds:unknown_planned_months' as ci_method,
        multi_year_gbp as n_num,
        planned_gbp as n_den,
        cast(null as double) as se,
        planned_gbp / nullif(total_gbp, 0) as coverage,
        cast(null as varchar) as gap_state,
        case
            when absence is not null then absence
            when summary_gap is not null then summary_gap
            when planned_gbp = 0 then 'no award states how long it is planned for'
        end as gap_reason,
        concat_ws(
            '; ',
            months_note,
            dates_note,
            ceiling_note,
            case
                when planned_gbp / nullif(total_gbp, 0) < 0.5
                    then 'planned duration known for less than half of the money'
            end
        ) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_hhi_funder_all' else 'fun_hhi_funder' end as metric_id,
        window_id,
        locality_code,
        funder_hhi as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(funders_n as double) as n_den,
        cast(null as double) as se,
        named_funder_gbp / nullif(total_gbp, 0) as coverage,
        cast(null as varchar) as gap_state,
        case
            when absence is not null then absence
            when summary_gap is not null then summary_gap
            when funder_hhi is null then 'no award names its funder'
        end as gap_reason,
        concat_ws(
            '; ',
            months_note,
            dates_note,
            ceiling_note,
            case
                when named_funder_gbp / nullif(total_gbp, 0) < 0.5 then 'funder known for less than half of the money'
            end
        ) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    select
        case scope when 'all' then 'fun_effective_funders_all' else 'fun_effective_funders' end as metric_id,
        window_id,
        locality_code,
        1 / nullif(funder_hhi, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(funders_n as double) as n_den,
        cast(null as double) as se,
        named_funder_gbp / nullif(total_gbp, 0) as coverage,
        cast(null as varchar) as gap_state,
        case
            when absence is not null then absence
            when summary_gap is not null then summary_gap
            when funder_hhi is null then 'no award names its funder'
        end as gap_reason,
        concat_ws(
            '; ',
            months_note,
            dates_note,
            ceiling_note,
            case
                when named_funder_gbp / nullif(total_gbp, 0) < 0.5 then 'funder known for less than half of the money'
            end
        ) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    select
        'fun_hhi_funder_norm' as metric_id,
        window_id,
        locality_code,
        hhi_normalised(funder_hhi, funders_n) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(funders_n as double) as n_den,
        cast(null as double) as se,
        named_funder_gbp / nullif(total_gbp, 0) as coverage,
        case when summary_gap is null and funders_n = 1 then 'not_applicable' end as gap_state,
        case
            when absence is not null then absence
            when summary_gap is not null then summary_gap
            when funder_hhi is null then 'no award names its funder'
            when funders_n = 1 then 'undefined for a single funder'
        end as gap_reason,
        concat_ws(
            '; ',
            months_note,
            dates_note,
            ceiling_note,
            case
                when named_funder_gbp / nullif(total_gbp, 0) < 0.5 then 'funder known for less than half of the money'
            end
        ) as low_reason,
        source_ids
    from wide
    where
        not is_beyond
        and scope = 'local'
    union all
    select
        case scope when 'all' then 'fun_hq_share_all' else 'fun_hq_share' end as metric_id,
        window_id,
        locality_code,
        recipient_gbp / nullif(total_gbp, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        recipient_gbp as n_num,
        total_gbp as n_den,
        cast(null as double) as se,
        coverage,
        cast(null as varchar) as gap_state,
        coalesce(absence, summary_gap) as gap_reason,
        concat_ws('; ', months_note, dates_note, ceiling_note) as low_reason,
        source_ids
    from wide
    where not is_beyond
    union all
    -- Nation-wide awards are outside the local scope, so the shares of location are of every award.
    select
        'fun_loc_share_' || basis.name as metric_id,
        wide.window_id,
        wide.locality_code,
        case basis.name
            when 'beneficiary' then wide.beneficiary_gbp
            when 'recipient' then wide.recipient_gbp
            when 'nation_wide' then wide.nation_wide_gbp
            when 'unallocated' then wide.unallocated_gbp
        end / nullif(wide.total_gbp, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        case basis.name
            when 'beneficiary' then wide.beneficiary_gbp
            when 'recipient' then wide.recipient_gbp
            when 'nation_wide' then wide.nation_wide_gbp
            when 'unallocated' then wide.unallocated_gbp
        end as n_num,
        wide.total_gbp as n_den,
        cast(null as double) as se,
        wide.coverage,
        cast(null as varchar) as gap_state,
        coalesce(wide.absence, wide.summary_gap) as gap_reason,
        concat_ws('; ', wide.months_note, wide.dates_note, wide.ceiling_note) as low_reason,
        wide.source_ids
    from wide
    cross join (values ('beneficiary'), ('recipient'), ('nation_wide'), ('unallocated')) as basis (name)
    where
        wide.scope = 'all'
        and (
            wide.locality_code = 'K02000001'
            or (basis.name in ('beneficiary', 'recipient') and not wide.is_beyond)
        )
    union all
    -- Public bodies are outside the local scope, so the balance is of every award but those of place funds. The ends of
    -- the interval give the money of recipients of unknown kind to one side and to the other.
    select
        'fun_balance_community' as metric_id,
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
        cast(null as varchar) as gap_state,
        case
            when absence is not null then absence
            when summary_gap is not null then summary_gap
            when community_gbp + public_body_gbp + unknown_kind_gbp = 0
                then 'no published award to either side outside the lists of place funds'
            when community_gbp + public_body_gbp = 0 then 'the kind of every recipient is unknown'
        end as gap_reason,
        concat_ws(
            '; ',
            months_note,
            dates_note,
            case
                when
                    (community_gbp + public_body_gbp)
                    / nullif(community_gbp + public_body_gbp + unknown_kind_gbp, 0) < 0.5
                    then 'kind of recipient known for less than half of the money'
            end,
            case
                when community_gbp = 0
                    then 'no published award to the community side, which is not to say that none was made'
            end
        ) as low_reason,
        source_ids
    from wide
    where
        not is_beyond
        and scope = 'all'
    union all
    select
        measure.metric_id,
        'place_funds' as window_id,
        fund.locality_code,
        case measure.metric_id
            when 'fun_place_total_gbp' then fund.complete_gbp
            when 'fun_place_n' then fund.complete_n
            when 'fun_place_per_head' then fund.complete_gbp / nullif(population.persons, 0)
        end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        case measure.metric_id when 'fun_place_n' then fund.complete_n else fund.complete_gbp end as n_num,
        case measure.metric_id
            when 'fun_place_per_head' then population.persons
            else cast(fund.covering_funds_n as double)
        end as n_den,
        cast(null as double) as se,
        cast(null as double) as coverage,
        case
            when measure.metric_id = 'fun_place_per_head' and fund.locality_code = 'E09000001' then 'not_applicable'
        end as gap_state,
        case
            when measure.metric_id = 'fun_place_per_head' and fund.locality_code = 'E09000001'
                then 'residents are the wrong denominator for the City of London'
            when fund.complete_n is null then 'no place fund with a complete list covers the nation'
            when measure.metric_id = 'fun_place_per_head' and population.persons is null then 'no population on record'
        end as gap_reason,
        concat_ws(
            '; ',
            case
                when fund.ceiling_gbp > 0 and measure.metric_id <> 'fun_place_n'
                    then 'includes amounts published as "up to"'
            end,
            case when fund.unplaced_complete_n > 0 then 'an award of a complete list could not be placed' end,
            case when measure.metric_id = 'fun_place_per_head' then population.small_note end,
            case when measure.metric_id = 'fun_place_per_head' then population.gap_note end
        ) as low_reason,
        case measure.metric_id
            when 'fun_place_per_head'
                then list_sort(list_distinct(list_concat(fund.source_ids, [population.source_id])))
            else fund.source_ids
        end as source_ids
    from metrics.place_fund as fund
    cross join (values ('fun_place_total_gbp'), ('fun_place_n'), ('fun_place_per_head')) as measure (metric_id)
    left join population
        on
            fund.locality_code = population.locality_code
            and population.window_id = 'place_funds'
    where
        fund.locality_code <> 'unallocated'
        or (fund.complete_n is not null and measure.metric_id <> 'fun_place_per_head')
    union all
    select
        'fun_place_partial_n' as metric_id,
        'place_funds' as window_id,
        locality_code,
        partial_n as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        partial_n as n_num,
        cast(null as double) as n_den,
        cast(null as double) as se,
        cast(null as double) as coverage,
        cast(null as varchar) as gap_state,
        case
            when partial_n is null
                then 'the lists are partial: not being in them is no sign that there was no award'
        end as gap_reason,
        'the lists are partial: at least so many' as low_reason,
        source_ids
    from metrics.place_fund
    where
        locality_code <> 'unallocated'
        or partial_n is not null
)

select
    measured.metric_id,
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
    case
        when measured.gap_reason is not null and measured.gap_state is not null then measured.gap_state
        when measured.gap_reason is not null then 'not_available'
        when measured.low_reason <> '' then 'ok_low'
        else 'ok'
    end as state,
    case when measured.gap_reason is not null then measured.gap_reason else nullif(measured.low_reason, '') end
        as state_reason,
    case when measured.gap_reason is null then measured.coverage end as coverage,
    case when measured.gap_reason is null then measured.source_ids else cast([] as varchar[]) end as source_ids,
    cast(null as varchar) as comparable_group
from measured
inner join metrics.award_window as period
    on measured.window_id = period.window_id

-- Statements about the register of practices, never about what a place does: a locality that nobody searched has no row
-- here. Records of counties and wider areas are not pushed down to localities.
with record as (
    select
        practice.practice_id,
        practice.locality_code,
        practice.primary_type,
        practice.category,
        practice.side,
        practice.origin,
        practice.durability,
        practice.lead_side,
        practice.is_reaching_less_heard,
        practice.document_sha256,
        practice.source_id,
        cast(substr(practice.evidence_grade, 2, 1) as integer) as grade
    from core.fct_practice as practice
    inner join core.dim_locality as locality
        on practice.locality_code = locality.locality_code
    where practice.geo_precision in ('lad', 'sub_lad')
),

risk as (
    select
        practice_id,
        count(*) as risks_n,
        count(case when code = 'inequalities' then 1 end) as inequalities_n,
        count(case when code = 'fatigue' then 1 end) as fatigue_n,
        count(case when code = 'finances' then 1 end) as finances_n,
        count(case when code = 'short_termism' then 1 end) as short_termism_n,
        count(case when code = 'formalisation' then 1 end) as formalisation_n
    from core.fct_practice_code
    where axis = 'risk'
    group by practice_id
),

-- Only what a page says of the practice itself is a follow-up: successors are our inference, and unknown is no news.
followed as (
    select distinct status.practice_id
    from core.fct_practice_status as status
    cross join meta.build as build
    where
        status.kind = 'practice'
        and status.status <> 'unknown'
        and status.status_date between cast(build.as_of - interval 24 month as date) and build.as_of
),

counted as (
    select
        record.locality_code,
        count(*) as records_n,
        count(distinct record.document_sha256) as sources_n,
        count(distinct record.primary_type) as types_n,
        count(distinct record.category) as categories_n,
        count(case when record.side = 'community' then 1 end) + count(case when record.side = 'joint' then 1 end) / 2e0
            as community_n,
        count(case when record.origin = 'accelerated' then 1 end) as accelerated_n,
        count(case when record.origin = 'emergent' then 1 end) as emergent_n,
        count(case when record.origin = 'unknown' then 1 end) as unknown_origin_n,
        count(case when record.durability = 'robust' then 1 end) as robust_n,
        count(case when record.durability = 'fragile' then 1 end) as fragile_n,
        -- A named risk of a practice of unknown origin or durability counts on neither side of the share: to count the
        -- unknown only where they are at risk would raise it.
        count(case when record.origin <> 'unknown' and record.durability <> 'unknown' then 1 end) as risk_known_n,
        count(
            case
                when
                    record.origin <> 'unknown' and record.durability <> 'unknown'
                    and (risk.risks_n > 0 or (record.origin = 'emergent' and record.durability = 'fragile'))
                    then 1
            end
        ) as at_risk_n,
        count(case when risk.inequalities_n > 0 then 1 end) as inequalities_n,
        count(case when risk.fatigue_n > 0 then 1 end) as fatigue_n,
        count(case when risk.finances_n > 0 then 1 end) as finances_n,
        count(case when risk.short_termism_n > 0 then 1 end) as short_termism_n,
        count(case when risk.formalisation_n > 0 then 1 end) as formalisation_n,
        count(case when record.grade >= 2 then 1 end) as e2plus_n,
        count(case when record.lead_side <> 'unknown' then 1 end) as lead_known_n,
        count(case when record.lead_side = 'community' then 1 end) as community_led_n,
        count(case when record.is_reaching_less_heard then 1 end) as inclusion_n,
        count(followed.practice_id) as followed_n,
        count(case when followup.outcome = 'going_on' then 1 end) as going_on_n,
        count(case when followup.outcome = 'ended' then 1 end) as ended_n,
        list_sort(array_agg(distinct record.source_id)) as source_ids
    from record
    left join risk
        on record.practice_id = risk.practice_id
    left join followed
        on record.practice_id = followed.practice_id
    left join metrics.practice_followup as followup
        on record.practice_id = followup.practice_id
    group by record.locality_code
),

-- A joint practice stands on both sides of its type.
sided as (
    select
        record.locality_code,
        record.primary_type,
        side.side
    from record
    cross join (values ('institution'), ('community')) as side (side)
    where record.side in (side.side, 'joint')
    group by record.locality_code, record.primary_type, side.side
),

mirrored as (
    select
        locality_code,
        primary_type,
        count(*) as sides_n
    from sided
    group by locality_code, primary_type
),

breadth as (
    select
        locality_code,
        sum(sides_n) as cells_n,
        count(case when sides_n = 2 then 1 end) as mirror_n
    from mirrored
    group by locality_code
),

-- A joint practice touches two cells, so that it counts in both where cells are counted, and half in each where what is
-- in them is weighed.
touched as (
    select
        record.locality_code,
        record.primary_type,
        side.side,
        count(*) as touching_n,
        sum(case when record.side = 'joint' then 0.5e0 else 1e0 end) as weight
    from record
    cross join (values ('institution'), ('community')) as side (side)
    where record.side in (side.side, 'joint')
    group by record.locality_code, record.primary_type, side.side
),

variety as (
    select
        touched.locality_code,
        hill_1(touched.weight) as cells_q1,
        hill_2(touched.weight) as cells_q2,
        added_up(chance_seen(counted.records_n, touched.touching_n, 5)) as cells_rare_5,
        least(
            chao_1(
                count(*),
                max(counted.records_n),
                count(case when touched.touching_n = 1 then 1 end),
                count(case when touched.touching_n = 2 then 1 end)
            ),
            16
        ) as cells_chao1,
        expected_cells(max(counted.records_n), 16) as cells_expected
    from touched
    inner join counted
        on touched.locality_code = counted.locality_code
    group by touched.locality_code
),

advised as (
    select
        record.locality_code,
        count(distinct case when record.grade >= 1 then code.code end) as recommendations_n
    from record
    left join core.fct_practice_code as code
        on
            record.practice_id = code.practice_id
            and code.axis = 'recommendation'
    group by record.locality_code
),

network as (
    select
        counted.locality_code,
        count(party.party_id) as bodies_n,
        count(case when party.degree >= 2 and party.neighbour_sectors_n >= 2 then 1 end) as bridging_n
    from counted
    left join metrics.practice_party_tied as party
        on counted.locality_code = party.locality_code
    group by counted.locality_code
),

tied as (
    select
        counted.locality_code,
        count(tie.source_party_id) as ties_n,
        count(case when tie.is_cross_sector then 1 end) as cross_sector_n
    from counted
    left join metrics.practice_tie as tie
        on counted.locality_code = tie.locality_code
    group by counted.locality_code
),

-- Sample coverage needs each record in one class only, so here joint is a side of its own.
class as (
    select
        locality_code,
        primary_type,
        side,
        count(*) as records_n
    from record
    group by locality_code, primary_type, side
),

frequency as (
    select
        locality_code,
        count(case when records_n = 1 then 1 end) as singletons_n,
        count(case when records_n = 2 then 1 end) as doubletons_n
    from class
    group by locality_code
),

-- Grades are ordinal, so the middle one is taken, the lower of two, and nothing is averaged.
graded as (
    select
        locality_code,
        grade,
        row_number() over (partition by locality_code order by grade, practice_id) as position,
        count(*) over (partition by locality_code) as records_n
    from record
),

middle as (
    select
        locality_code,
        cast(grade as double) as median_grade
    from graded
    where position = floor((records_n + 1) / 2e0)
),

partner as (
    select
        record.locality_code,
        count(distinct name_key(named.partner_name)) as partners_n
    from record
    left join core.bridge_practice_partner as named
        on record.practice_id = named.practice_id
    group by record.locality_code
),

place as (
    select
        counted.locality_code,
        counted.records_n,
        counted.sources_n,
        counted.types_n,
        counted.categories_n,
        counted.community_n,
        counted.accelerated_n,
        counted.emergent_n,
        counted.unknown_origin_n,
        counted.robust_n,
        counted.fragile_n,
        counted.at_risk_n,
        counted.risk_known_n,
        counted.inequalities_n,
        counted.fatigue_n,
        counted.finances_n,
        counted.short_termism_n,
        counted.formalisation_n,
        counted.e2plus_n,
        counted.lead_known_n,
        counted.community_led_n,
        counted.inclusion_n,
        counted.followed_n,
        counted.going_on_n,
        counted.ended_n,
        breadth.cells_n,
        breadth.mirror_n,
        good_turing_coverage(counted.records_n, frequency.singletons_n, frequency.doubletons_n) as coverage_gt,
        middle.median_grade,
        partner.partners_n,
        variety.cells_q1,
        variety.cells_q2,
        variety.cells_rare_5,
        variety.cells_chao1,
        variety.cells_expected,
        advised.recommendations_n,
        network.bodies_n,
        network.bridging_n,
        tied.ties_n,
        tied.cross_sector_n,
        case when counted.sources_n = 1 then reason('one_document') end as source_note,
        counted.source_ids
    from counted
    inner join breadth
        on counted.locality_code = breadth.locality_code
    inner join frequency
        on counted.locality_code = frequency.locality_code
    inner join middle
        on counted.locality_code = middle.locality_code
    inner join partner
        on counted.locality_code = partner.locality_code
    inner join variety
        on counted.locality_code = variety.locality_code
    inner join advised
        on counted.locality_code = advised.locality_code
    inner join network
        on counted.locality_code = network.locality_code
    inner join tied
        on counted.locality_code = tied.locality_code
),

tally as (
    select
        place.locality_code,
        measure.metric_id,
        case measure.metric_id
            when 'prac_records_n' then place.records_n
            when 'prac_sources_n' then place.sources_n
            when 'prac_cells_n' then place.cells_n
            when 'prac_types_n' then place.types_n
            when 'prac_categories_n' then place.categories_n
            when 'prac_mirror_n' then place.mirror_n
            when 'prac_partners_n' then place.partners_n
            when 'prac_evidence_median' then place.median_grade
            when 'prac_coverage_gt' then place.coverage_gt
            when 'prac_cells_q1' then place.cells_q1
            when 'prac_cells_q2' then place.cells_q2
            when 'prac_cells_rare_5' then place.cells_rare_5
            when 'prac_cells_chao1' then place.cells_chao1
            when 'prac_cells_expected' then place.cells_expected
            when 'prac_network_density' then network_density(place.bodies_n, place.ties_n)
            when 'prac_bridging_n' then place.bridging_n
            when 'rec_coverage' then place.recommendations_n
        end as value,
        case
            when measure.metric_id = 'prac_coverage_gt' and place.records_n < 2
                then reason('one_record')
            when measure.metric_id = 'prac_cells_rare_5' and place.records_n < 5
                then reason('few_records_drawn', 5)
            when measure.metric_id = 'prac_cells_chao1' and place.records_n < 10
                then reason('few_records_unrecorded', 10)
            when measure.metric_id in ('prac_network_density', 'prac_bridging_n') and place.bodies_n < 3
                then reason('few_bodies', 3)
        end as gap_reason,
        place.records_n,
        place.source_note,
        place.source_ids
    from place
    cross join (
        values
        ('prac_records_n'),
        ('prac_sources_n'),
        ('prac_cells_n'),
        ('prac_types_n'),
        ('prac_categories_n'),
        ('prac_mirror_n'),
        ('prac_partners_n'),
        ('prac_evidence_median'),
        ('prac_coverage_gt'),
        ('prac_cells_q1'),
        ('prac_cells_q2'),
        ('prac_cells_rare_5'),
        ('prac_cells_chao1'),
        ('prac_cells_expected'),
        ('prac_network_density'),
        ('prac_bridging_n'),
        ('rec_coverage')
    ) as measure (metric_id)
),

part as (
    select
        place.locality_code,
        measure.metric_id,
        measure.breakdown,
        case
            when measure.breakdown = 'risk_inequalities' then place.inequalities_n
            when measure.breakdown = 'risk_fatigue' then place.fatigue_n
            when measure.breakdown = 'risk_finances' then place.finances_n
            when measure.breakdown = 'risk_short_termism' then place.short_termism_n
            when measure.breakdown = 'risk_formalisation' then place.formalisation_n
            when measure.metric_id = 'prac_e2plus_share' then place.e2plus_n
            when measure.metric_id = 'prac_community_led_share' then place.community_led_n
            when measure.metric_id = 'prac_inclusion_share' then place.inclusion_n
            when measure.breakdown = 'origin_accelerated' then place.accelerated_n
            when measure.breakdown = 'origin_emergent' then place.emergent_n
            when measure.breakdown = 'origin_unknown' then place.unknown_origin_n
            when measure.metric_id = 'prac_at_risk_share' then place.at_risk_n
        end as part_n,
        case measure.metric_id
            when 'prac_community_led_share' then place.lead_known_n
            when 'prac_at_risk_share' then place.risk_known_n
            else place.records_n
        end as whole_n,
        place.records_n,
        place.source_note,
        place.source_ids
    from place
    cross join (
        values
        ('prac_risk_share', 'risk_inequalities'),
        ('prac_risk_share', 'risk_fatigue'),
        ('prac_risk_share', 'risk_finances'),
        ('prac_risk_share', 'risk_short_termism'),
        ('prac_risk_share', 'risk_formalisation'),
        ('prac_e2plus_share', 'all'),
        ('prac_community_led_share', 'all'),
        ('prac_inclusion_share', 'all'),
        ('prac_origin_share', 'origin_accelerated'),
        ('prac_origin_share', 'origin_emergent'),
        ('prac_origin_share', 'origin_unknown'),
        ('prac_at_risk_share', 'all')
    ) as measure (metric_id, breakdown)
),

corpus as (
    select
        count(*) as records_n,
        count(case when followup.outcome = 'going_on' then 1 end) as going_on_n,
        count(case when followup.outcome = 'ended' then 1 end) as ended_n,
        list_sort(array_agg(distinct practice.source_id)) as source_ids
    from core.fct_practice as practice
    left join metrics.practice_followup as followup
        on practice.practice_id = followup.practice_id
),

read as (
    select list_sort(array_agg(distinct source_id)) as source_ids
    from core.fct_practice_reading
    where reading in ('first', 'second')
),

logged as (
    select
        search.locality_code,
        count(*) as searches_n,
        max(case when standing.search_status = 'recorded' then 1 else 0 end) as recorded_n,
        list_sort(array_agg(distinct search.source_id)) as source_ids
    from core.fct_practice_search as search
    inner join metrics.practice_standing as standing
        on search.locality_code = standing.locality_code
    group by search.locality_code
),

measured as (
    select
        metric_id,
        'all' as breakdown,
        locality_code,
        cast(value as double) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(records_n as double) as n_den,
        gap_reason,
        reasons([source_note]) as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from tally
    union all
    select
        metric_id,
        breakdown,
        locality_code,
        cast(part_n as double) / nullif(whole_n, 0) as value,
        wilson_low(part_n, whole_n) as lci,
        wilson_high(part_n, whole_n) as uci,
        'wilson' as ci_method,
        cast(part_n as double) as n_num,
        cast(whole_n as double) as n_den,
        case when whole_n = 0 then reason('no_code') end as gap_reason,
        reasons([source_note, case when whole_n < 50 then reason('few_records', 50) end]) as low_reasons,
        cast(whole_n as double) / records_n as coverage,
        source_ids
    from part
    union all
    select
        'prac_side_balance' as metric_id,
        'all' as breakdown,
        locality_code,
        2 * community_n / records_n - 1 as value,
        2 * wilson_low(community_n, records_n) - 1 as lci,
        2 * wilson_high(community_n, records_n) - 1 as uci,
        'wilson' as ci_method,
        community_n as n_num,
        cast(records_n as double) as n_den,
        case when records_n < 5 then reason('few_records', 5) end as gap_reason,
        reasons([source_note, case when records_n < 50 then reason('few_records', 50) end])
            as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from place
    union all
    -- The interval is not of sampling: its ends are what the share would be if every unknown practice were fragile, or
    -- robust.
    select
        'prac_durable_share' as metric_id,
        'all' as breakdown,
        locality_code,
        cast(robust_n as double) / nullif(robust_n + fragile_n, 0) as value,
        cast(robust_n as double) / records_n as lci,
        cast(records_n - fragile_n as double) / records_n as uci,
        'bounds:unknown_codes' as ci_method,
        cast(robust_n as double) as n_num,
        cast(robust_n + fragile_n as double) as n_den,
        case when robust_n + fragile_n = 0 then reason('no_durability') end as gap_reason,
        reasons([source_note]) as low_reasons,
        cast(robust_n + fragile_n as double) / records_n as coverage,
        source_ids
    from place
    union all
    select
        'prac_followup_cover' as metric_id,
        'all' as breakdown,
        locality_code,
        cast(followed_n as double) / records_n as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(followed_n as double) as n_num,
        cast(records_n as double) as n_den,
        cast(null as varchar) as gap_reason,
        reasons([source_note]) as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from place
    union all
    select
        'prac_cross_sector_share' as metric_id,
        'all' as breakdown,
        locality_code,
        cast(cross_sector_n as double) / nullif(ties_n, 0) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(cross_sector_n as double) as n_num,
        cast(ties_n as double) as n_den,
        case when ties_n = 0 then reason('no_bodies_together') end as gap_reason,
        reasons([source_note]) as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from place
    union all
    -- The ends are what the share would be if every practice of unknown fate had ended, or gone on: those of which
    -- something is known are no sample of the others.
    select
        'prac_survival_pct' as metric_id,
        'all' as breakdown,
        locality_code,
        100e0 * going_on_n / nullif(going_on_n + ended_n, 0) as value,
        100e0 * going_on_n / records_n as lci,
        100e0 * (records_n - ended_n) / records_n as uci,
        'bounds:unknown_fate' as ci_method,
        cast(going_on_n as double) as n_num,
        cast(going_on_n + ended_n as double) as n_den,
        case
            when going_on_n + ended_n = 0 then reason('no_fate')
        end as gap_reason,
        reasons([
            source_note,
            reason('fate_known', going_on_n + ended_n, records_n)
        ]) as low_reasons,
        cast(going_on_n + ended_n as double) / records_n as coverage,
        source_ids
    from place
    union all
    select
        'prac_survival_pct' as metric_id,
        'all' as breakdown,
        'K02000001' as locality_code,
        100e0 * going_on_n / nullif(going_on_n + ended_n, 0) as value,
        100e0 * going_on_n / records_n as lci,
        100e0 * (records_n - ended_n) / records_n as uci,
        'bounds:unknown_fate' as ci_method,
        cast(going_on_n as double) as n_num,
        cast(going_on_n + ended_n as double) as n_den,
        case
            when going_on_n + ended_n = 0 then reason('no_fate')
        end as gap_reason,
        [reason('fate_known', going_on_n + ended_n, records_n)] as low_reasons,
        cast(going_on_n + ended_n as double) / records_n as coverage,
        source_ids
    from corpus
    where records_n > 0
    union all
    select
        'prac_alpha' as metric_id,
        'axis_' || agreement.axis as breakdown,
        'K02000001' as locality_code,
        agreement.alpha as value,
        agreement.alpha_lci as lci,
        agreement.alpha_uci as uci,
        case when agreement.alpha_lci is null then 'none:no_disagreement' else 'bootstrap' end as ci_method,
        cast(null as double) as n_num,
        cast(agreement.units_n as double) as n_den,
        case
            when agreement.alpha is null
                then reason('readings_agree')
        end as gap_reason,
        reasons([
            case
                when agreement.alpha < 0.667 then reason('alpha_low')
                when agreement.alpha_lci < 0.667 then reason('alpha_end_low')
            end
        ]) as low_reasons,
        cast(null as double) as coverage,
        coalesce(read.source_ids, corpus.source_ids) as source_ids
    from metrics.practice_agreement as agreement
    cross join read
    cross join corpus
    where corpus.records_n > 0
    union all
    select
        measure.metric_id,
        'all' as breakdown,
        search.locality_code,
        cast(
            case measure.metric_id when 'prac_search_log_n' then search.searches_n else search.recorded_n end as double
        ) as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        'none:register_count' as ci_method,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        cast(null as varchar) as gap_reason,
        cast(null as varchar[]) as low_reasons,
        cast(null as double) as coverage,
        search.source_ids
    from logged as search
    cross join (values ('prac_search_status'), ('prac_search_log_n')) as measure (metric_id)
    where
        measure.metric_id = 'prac_search_log_n'
        or search.recorded_n = 1
),

-- The only way to a nought: a search on record that found nothing, in a place that has no record.
empty_handed as (
    select
        metric.metric_id,
        metric.metric_id in (
            'prac_records_n',
            'prac_sources_n',
            'prac_cells_n',
            'prac_types_n',
            'prac_categories_n',
            'prac_mirror_n',
            'prac_partners_n',
            'prac_bridging_n',
            'prac_search_status',
            'rec_coverage'
        ) as is_count,
        standing.locality_code,
        standing.source_ids
    from metrics.practice_standing as standing
    inner join core.dim_metric as metric
        on
            metric.family = 'PRA'
            and metric.scope = 'locality'
            and metric.metric_id <> 'prac_search_log_n'
    where standing.search_status = 'searched_none_found'
),

resulting as (
    select
        metric_id,
        breakdown,
        locality_code,
        case when gap_reason is null then value end as value,
        case when gap_reason is null then lci end as lci,
        case when gap_reason is null then uci end as uci,
        case when gap_reason is null then ci_method else 'none:no_value' end as ci_method,
        case when gap_reason is null then n_num end as n_num,
        n_den,
        gap_reason,
        case when gap_reason is null then low_reasons end as low_reasons,
        coverage,
        source_ids
    from measured
    union all
    select
        metric_id,
        'all' as breakdown,
        locality_code,
        case when is_count then 0e0 end as value,
        cast(null as double) as lci,
        cast(null as double) as uci,
        case when is_count then 'none:register_count' else 'none:no_value' end as ci_method,
        cast(null as double) as n_num,
        cast(null as double) as n_den,
        case when is_count then reason('found_nothing') else reason('share_of_none') end as gap_reason,
        cast(null as varchar[]) as low_reasons,
        cast(null as double) as coverage,
        source_ids
    from empty_handed
)

select
    resulting.metric_id,
    resulting.breakdown,
    resulting.locality_code,
    build.as_of as period_start,
    build.as_of as period_end,
    resulting.value,
    resulting.lci,
    resulting.uci,
    resulting.ci_method,
    resulting.n_num,
    resulting.n_den,
    resulting.gap_reason,
    resulting.low_reasons,
    resulting.coverage,
    resulting.source_ids
from resulting
cross join meta.build as build

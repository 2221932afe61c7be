-- One row per window, scope and area that the summary of spring 2020 affects: what the summary lacks, as reasons.
-- Localities are those of the summary, for each window that includes a day of the study's period, if the summary by
-- locality is the only record of that period.
with summarised as (
    select
        period.window_id,
        summary.locality_code,
        period.origin <> 'award_rows' as is_held,
        coalesce(funding.summary_gbp < summary.total_gbp, false) as is_in_rows
    from core.fct_award_summary as summary
    cross join metrics.award_window as period
    inner join metrics.award_window as study
        on
            period.period_start <= study.period_end
            and period.period_end >= study.period_start
    left join metrics.funding_window as funding
        on
            period.window_id = funding.window_id
            and summary.locality_code = funding.locality_code
            and funding.scope = 'all'
            and funding.basis = 'best'
    where
        period.window_id <> 'place_funds'
        and study.window_id = 'covid_2020'
        and study.origin = 'summary'
),

-- The same for unallocated money and the total of the United Kingdom, which the summary affects as a whole.
affected as (
    select
        *,
        false as is_beyond
    from summarised
    union all
    select
        summarised.window_id,
        beyond.locality_code,
        summarised.is_held,
        beyond.locality_code = 'K02000001' and max(case when summarised.is_in_rows then 1 else 0 end) = 1 as is_in_rows,
        true as is_beyond
    from summarised
    cross join (values ('unallocated'), ('K02000001')) as beyond (locality_code)
    group by summarised.window_id, beyond.locality_code, summarised.is_held
)

select
    affected.window_id,
    scope.scope,
    affected.locality_code,
    case
        when not affected.is_held
            then reason('summary_period')
        when scope.scope = 'local'
            then reason('summary_scope')
        else reason('summary_lacks')
    end as gap,
    reason('summary_left_out') as rows_note,
    case
        when scope.scope = 'local' or not affected.is_held then reason('summary_left_out')
        when affected.is_beyond then reason('summary_unplaced')
    end as note,
    case when scope.scope = 'all' and affected.is_held and affected.is_in_rows then reason('summary_and_rows') end
        as overlap_note
from affected
cross join (values ('local'), ('all')) as scope (scope)

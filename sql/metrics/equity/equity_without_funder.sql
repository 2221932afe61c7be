-- One row per window, scope, nation and funder: the concentration index without the money of that funder, which shows
-- how far the index depends on a single publisher. A place fund without a named funder counts as a funder. The money of
-- the summary of spring 2020, which does not name the funder of each award, is in every index. A locality without a
-- remaining award is left out, because no published award does not mean zero.
with award as (
    select
        counted.window_id,
        scope.scope,
        place.nation_code,
        place.locality_code,
        coalesce(counted.funder_id, counted.fund) as funder_key,
        stable_sum(bridge.weight * counted.amount_gbp) as gbp
    from metrics.award_counted as counted
    cross join (values ('local'), ('all')) as scope (scope)
    inner join core.bridge_award_locality as bridge
        on
            counted.award_key = bridge.award_key
            and bridge.basis = 'best'
    inner join metrics.award_window as period using (window_id)
    inner join metrics.equity_place as place
        on
            bridge.locality_code = place.locality_code
            and period.period_start = place.period_start
            and period.period_end = place.period_end
            and place.series = case scope.scope when 'all' then 'funding_all' else 'funding' end
    where
        counted.window_id <> 'place_funds'
        and (scope.scope = 'all' or counted.in_scope_local)
    group by
        counted.window_id,
        scope.scope,
        place.nation_code,
        place.locality_code,
        coalesce(counted.funder_id, counted.fund)
),

given as (
    select * from award
    union all
    select
        funding.window_id,
        funding.scope,
        place.nation_code,
        place.locality_code,
        cast(null as varchar) as funder_key,
        funding.summary_gbp as gbp
    from metrics.funding_window as funding
    inner join metrics.award_window as period using (window_id)
    inner join metrics.equity_place as place
        on
            funding.locality_code = place.locality_code
            and period.period_start = place.period_start
            and period.period_end = place.period_end
            and place.series = 'funding_all'
    where funding.summary_gbp > 0
),

funder as (
    select distinct
        window_id,
        scope,
        nation_code,
        funder_key
    from given
    where funder_key is not null
),

remaining as (
    select
        given.window_id,
        given.scope,
        given.nation_code,
        funder.funder_key,
        given.locality_code,
        stable_sum(given.gbp) as gbp
    from given
    inner join funder
        on
            given.window_id = funder.window_id
            and given.scope = funder.scope
            and given.nation_code = funder.nation_code
            and (given.funder_key is null or given.funder_key <> funder.funder_key)
    group by given.window_id, given.scope, given.nation_code, funder.funder_key, given.locality_code
),

ordered as (
    select
        remaining.window_id,
        remaining.scope,
        remaining.nation_code,
        remaining.funder_key,
        remaining.gbp,
        (
            sum(place.persons)
                over (
                    partition by remaining.window_id, remaining.scope, remaining.nation_code, remaining.funder_key
                    order by place.rank_percentile
                )
            - sum(place.persons) over (
                partition by
                    remaining.window_id,
                    remaining.scope,
                    remaining.nation_code,
                    remaining.funder_key,
                    place.rank_percentile
            ) / 2
        )
        / nullif(
            sum(place.persons) over (
                partition by remaining.window_id, remaining.scope, remaining.nation_code, remaining.funder_key
            ),
            0
        ) as mid_rank
    from remaining
    inner join metrics.award_window as period using (window_id)
    inner join metrics.equity_place as place
        on
            remaining.locality_code = place.locality_code
            and period.period_start = place.period_start
            and period.period_end = place.period_end
            and place.series = case remaining.scope when 'all' then 'funding_all' else 'funding' end
)

-- A funder that gave all the money also has a row, so that the range covers every funder.
select
    funder.*,
    count(ordered.gbp) as localities_n,
    case when count(ordered.gbp) >= 8 then concentration_index(ordered.gbp, ordered.mid_rank) end as index_value
from funder
left join ordered using (window_id, scope, nation_code, funder_key)
group by funder.window_id, funder.scope, funder.nation_code, funder.funder_key

-- One row per period of the summary of 2013 to 2018, scope and area: its money, awards and funders. The local scope
-- leaves out funders of national infrastructure; the summary does not name recipients, so public bodies and awards for
-- a region stay in. Sums of zero or less count neither as money nor as awards, as for every award. The total of the
-- United Kingdom is computed from the rows themselves, so that the parts can be compared with it.
with counted as (
    select
        period.window_id,
        case when whole.is_whole then 'K02000001' else summary.locality_code end as locality_code,
        summary.funder_name,
        summary.is_national_infrastructure,
        cast(summary.amount_gbp as decimal(38, 2)) as gbp,
        summary.awards_n,
        summary.source_id
    from core.fct_award_year_summary as summary
    inner join metrics.award_year_window as period
        on summary.award_year between period.first_year and period.last_year
    cross join (values (true), (false)) as whole (is_whole)
    where counts_in_totals(summary.amount_gbp, false, false)
),

funder as (
    select
        counted.window_id,
        scope.scope,
        counted.locality_code,
        counted.funder_name,
        sum(counted.gbp) as gbp,
        exact_sum(counted.gbp) as share_gbp,
        sum(counted.awards_n) as awards_n,
        min(counted.source_id) as source_id
    from counted
    cross join (values ('local'), ('all')) as scope (scope)
    where scope.scope = 'all' or not counted.is_national_infrastructure
    group by counted.window_id, scope.scope, counted.locality_code, counted.funder_name
)

select
    window_id,
    scope,
    locality_code,
    exact_sum(gbp) as total_gbp,
    cast(sum(awards_n) as bigint) as awards_n,
    count(*) as funders_n,
    max(share_gbp) as largest_gbp,
    case
        when count(*) = 1 then 1e0
        else exact_sum(cast(share_gbp * share_gbp as decimal(38, 6))) / (exact_sum(gbp) * exact_sum(gbp))
    end as funder_hhi,
    list_sort(array_agg(distinct source_id)) as source_ids
from funder
group by window_id, scope, locality_code

-- H6: Localities and unallocated sum to the total of the United Kingdom and to the summary of 2013 to 2018, to the
-- penny and the award.
with part as (
    select
        window_id,
        scope,
        sum(case when locality_code <> 'K02000001' then cast(total_gbp as decimal(38, 2)) end) as parts_gbp,
        sum(case when locality_code = 'K02000001' then cast(total_gbp as decimal(38, 2)) end) as whole_gbp,
        sum(case when locality_code <> 'K02000001' then awards_n end) as parts_n,
        sum(case when locality_code = 'K02000001' then awards_n end) as whole_n
    from metrics.award_year_sum
    group by window_id, scope
),

expected as (
    select
        period.window_id,
        scope.scope,
        sum(cast(summary.amount_gbp as decimal(38, 2))) as gbp,
        sum(summary.awards_n) as n
    from core.fct_award_year_summary as summary
    inner join metrics.award_year_window as period
        on summary.award_year between period.first_year and period.last_year
    cross join (values ('local'), ('all')) as scope (scope)
    where
        summary.amount_class = 'positive'
        and (scope.scope = 'all' or not summary.is_national_infrastructure)
    group by period.window_id, scope.scope
)

select
    expected.*,
    part.parts_gbp,
    part.whole_gbp,
    part.parts_n,
    part.whole_n
from expected
left join part using (window_id, scope)
where
    coalesce(part.parts_gbp <> expected.gbp or part.whole_gbp <> expected.gbp, true)
    or coalesce(part.parts_n <> expected.n or part.whole_n <> expected.n, true)

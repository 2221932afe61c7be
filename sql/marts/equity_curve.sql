-- One row per series, nation, period and tenth of the residents: the concentration curves, for charts. A curve above
-- the line of equality means that the more deprived localities have more than their share of residents. Each point also
-- has the index of its curve.
with named as (
    select
        series,
        nation_code,
        period_start,
        period_end,
        tenth,
        persons_share,
        amount_share,
        case series
            when 'recording' then 'eq_recording_gradient'
            when 'funding_beneficiary' then 'eq_ci_funding'
            when 'funding_all_beneficiary' then 'eq_ci_funding_all'
            else 'eq_ci_' || series
        end as metric_id,
        case when series in ('funding_beneficiary', 'funding_all_beneficiary') then 'beneficiary' else 'all' end
            as breakdown
    from metrics.equity_ordinate
)

select
    named.*,
    nation.nation as nation_name,
    named.amount_share - named.persons_share as above_equality,
    equity.value as index_value,
    equity.lci,
    equity.uci,
    equity.state,
    equity.reason_codes,
    equity.state_reason
from named
inner join core.dim_nation as nation using (nation_code)
inner join metrics.metric_value as equity
    on
        named.metric_id = equity.metric_id
        and named.breakdown = equity.breakdown
        and named.nation_code = equity.locality_code
        and named.period_start = equity.period_start
        and named.period_end = equity.period_end

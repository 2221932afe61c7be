-- H12: A practice that carries a named risk is at risk: those at risk are no fewer than those that carry any one risk,
-- and the parts of all records that carry each may exceed the whole together.
select
    risk.metric_id,
    risk.locality_code,
    risk.n_num,
    share.n_num as at_risk_n
from metrics.practice as risk
left join metrics.practice as share
    on
        risk.locality_code = share.locality_code
        and share.metric_id = 'prac_at_risk_share'
where
    risk.metric_id like 'prac_risk%'
    and risk.n_num > 0
    and (share.n_num is null or share.n_num < risk.n_num or share.n_num > share.n_den)

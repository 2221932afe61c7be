-- H12: The eight counts of states add up to the number of metrics, the same for every locality.
select
    locality_code,
    sum(value) as states,
    max(n_den) as metrics_n
from metrics.quality
where metric_id like 'q_states_%'
group by locality_code
having
    count(*) <> 8
    or sum(value) <> max(n_den)

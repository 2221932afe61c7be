-- H7: the published bounds hold the value, and a bound is never there without it.
select
    indicator_id,
    item_wording_id,
    area_code,
    period_start,
    lci_95,
    value,
    uci_95
from core.fct_observation
where lci_95 > value or uci_95 < value or (value is null and (lci_95 is not null or uci_95 is not null))

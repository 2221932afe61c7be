-- H7: Every published interval contains its value, and no interval exists without a value.
select
    observation.indicator_id,
    observation.area_code,
    observation.source_row,
    observation.lci_95,
    observation.value,
    observation.uci_95,
    observation.item_wording_id,
    observation.period_start,
    observation.source_id,
    observation.file_sha256
from core.fct_observation as observation
where
    observation.lci_95 > observation.value
    or observation.uci_95 < observation.value
    or (observation.value is null and (observation.lci_95 is not null or observation.uci_95 is not null))

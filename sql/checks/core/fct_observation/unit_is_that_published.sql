-- Every percentage has a published unit of per cent, and no mean or value on another scale, such as out of 10, is
-- stored as a percentage.
select
    observation.indicator_id,
    observation.area_code,
    observation.value,
    observation.unit,
    published.unit as published_unit,
    observation.source_row,
    published.measure,
    observation.source_id,
    observation.file_sha256
from core.fct_observation as observation
inner join staging.tidy__observation as published using (source_id, file_sha256, source_row)
where
    published.unit is not null
    and (observation.unit = 'pct') <> (
        regexp_matches(lower(trim(published.unit)), '^%$|per ?cent')
        and not regexp_matches(lower(published.measure), '(^|[^a-z])mean([^a-z]|$)')
    )

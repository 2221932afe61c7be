-- H5: The counts of states of every metric and nation sum to the number of areas, and the gaps sum to the areas that
-- apply and have no value.
with size as (
    select
        nation,
        count(*) as localities_n
    from core.dim_locality
    group by nation
)

select
    coverage.metric_id,
    coverage.nation,
    coverage.areas_n,
    size.localities_n
from marts.coverage as coverage
left join size
    on
        coverage.nation = size.nation
        and coverage.scope = 'locality'
where
    coverage.areas_n
    <> coverage.ok_n + coverage.ok_low_n + coverage.suppressed_n + coverage.not_available_n
    + coverage.not_applicable_n + coverage.not_searched_n + coverage.searched_none_found_n + coverage.withheld_n
    or coverage.gap_n
    <> coverage.areas_n - coverage.not_applicable_n - coverage.ok_n - coverage.ok_low_n
    - coverage.searched_none_found_n
    or coverage.areas_n <> size.localities_n
    or (coverage.gap_n > 0 and coverage.main_reason_codes is null)

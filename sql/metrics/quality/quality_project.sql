-- One row per metric of the project and breakdown: how complete its sources, register, codes and labels are, for all
-- data together.
with live as (
    select distinct source_id
    from meta.landed_file
    where is_current
),

source as (
    select
        count(*) as sources_n,
        count(live.source_id) as live_n
    from core.dim_source as source
    left join live using (source_id)
    where source.kind not in ('reference', 'practices')
),

conversion as (
    select count(*) as codes_n
    from core.bridge_locality_code
    where mode not in ('current', 'statswales_legacy')
),

search as (
    select count(distinct search.locality_code) as localities_n
    from core.fct_practice_search as search
    inner join core.dim_locality using (locality_code)
),

reading as (
    select
        practice_id,
        count(distinct reading) as readings_n
    from core.fct_practice_reading
    where reading in ('first', 'second')
    group by practice_id
),

coding as (
    select
        count(*) as practices_n,
        count(case when reading.readings_n = 2 then 1 end) as double_coded_n
    from core.fct_practice_study as practice
    left join reading
        on practice.practice_id = reading.practice_id
),

label as (
    select
        metric_name_cy as label_cy,
        is_name_cy_reviewed
    from core.dim_metric
    union all
    select
        locality_name_cy as label_cy,
        true as is_name_cy_reviewed
    from core.dim_locality
    where nation = 'Wales'
),

labels as (
    select
        count(*) as labels_n,
        count(nullif(label_cy, '')) as labels_cy_n,
        count(case when label_cy <> '' and not is_name_cy_reviewed then 1 end) as unreviewed_n
    from label
)

select
    'q_sources_live' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    cast(live_n as double) as value,
    cast(live_n as double) as n_num,
    cast(sources_n as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar) as low_reason
from source
union all
select
    'q_vintage_conversions_n' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    cast(codes_n as double) as value,
    cast(null as double) as n_num,
    cast(null as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar) as low_reason
from conversion
union all
select
    'q_release_moved_band_pct' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    cast(null as double) as value,
    cast(null as double) as n_num,
    cast(null as double) as n_den,
    reason('no_bands') as gap_reason,
    cast(null as varchar) as low_reason
from meta.build
union all
select
    'q_searched_las_n' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    cast(localities_n as double) as value,
    cast(localities_n as double) as n_num,
    cast(null as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar) as low_reason
from search
union all
select
    'q_double_coded_pct' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    100e0 * double_coded_n / nullif(practices_n, 0) as value,
    cast(double_coded_n as double) as n_num,
    cast(practices_n as double) as n_den,
    case when practices_n = 0 then reason('no_record') end as gap_reason,
    cast(null as varchar) as low_reason
from coding
union all
select
    'q_cy_label_pct' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    100e0 * labels_cy_n / nullif(labels_n, 0) as value,
    cast(labels_cy_n as double) as n_num,
    cast(labels_n as double) as n_den,
    case when labels_n = 0 then reason('no_label') end as gap_reason,
    case
        when unreviewed_n > 0 then reason('labels_unreviewed', unreviewed_n)
    end as low_reason
from labels

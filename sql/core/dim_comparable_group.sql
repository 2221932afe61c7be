-- One row per group within which values may be compared, with the columns that define it. A group is the localities of
-- a nation, of one authority type in a nation, or of the United Kingdom; the localities with one survey wording; those
-- that one index of deprivation ranks; or those with population estimates of one year.
with estimate as (
    select cast(extract(year from period_end) as varchar) as estimate_year
    from core.fct_population
    union
    select cast(extract(year from period_end) as varchar) as estimate_year
    from core.fct_population_age
),

part as (
    select distinct
        nation as group_nation,
        authority_type as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        cast(null as varchar) as group_index,
        cast(null as varchar) as estimate_year
    from core.dim_locality
    union all
    select distinct
        nation as group_nation,
        cast(null as varchar) as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        cast(null as varchar) as group_index,
        cast(null as varchar) as estimate_year
    from core.dim_locality
    union all
    select
        'United Kingdom' as group_nation,
        cast(null as varchar) as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        cast(null as varchar) as group_index,
        cast(null as varchar) as estimate_year
    union all
    select distinct
        nation as group_nation,
        cast(null as varchar) as group_kind,
        survey as group_survey,
        item_wording_id as group_wording,
        cast(null as varchar) as group_index,
        cast(null as varchar) as estimate_year
    from core.dim_indicator
    union all
    select
        nation as group_nation,
        cast(null as varchar) as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        index_id as group_index,
        cast(null as varchar) as estimate_year
    from core.dim_index
    union all
    select distinct
        locality.nation as group_nation,
        locality.authority_type as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        edition.index_id as group_index,
        cast(null as varchar) as estimate_year
    from core.dim_locality as locality
    inner join core.dim_index as edition using (nation)
    union all
    select
        'United Kingdom' as group_nation,
        cast(null as varchar) as group_kind,
        cast(null as varchar) as group_survey,
        cast(null as varchar) as group_wording,
        cast(null as varchar) as group_index,
        estimate_year
    from estimate
)

select
    comparable_group(group_nation, group_kind, group_survey, group_wording, group_index, estimate_year)
        as comparable_group,
    group_nation,
    group_kind,
    group_survey,
    group_wording,
    group_index,
    cast(estimate_year as integer) as group_year
from part

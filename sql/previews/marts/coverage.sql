-- One row per nation, family of metrics and state: the number of areas with that state, by their newest value.
with counted as (
    select
        nation,
        family,
        'ok' as state,
        ok_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'ok_low' as state,
        ok_low_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'searched_none_found' as state,
        searched_none_found_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'not_searched' as state,
        not_searched_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'not_available' as state,
        not_available_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'not_applicable' as state,
        not_applicable_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'suppressed' as state,
        suppressed_n as areas_n
    from marts.coverage
    union all
    select
        nation,
        family,
        'withheld' as state,
        withheld_n as areas_n
    from marts.coverage
),

named as (
    select distinct
        family,
        family_name
    from core.dim_metric
)

select
    counted.nation,
    named.family_name as family,
    counted.state,
    cast(sum(counted.areas_n) as double) as values_n
from counted
inner join named using (family)
group by counted.nation, named.family_name, counted.state
order by counted.nation, named.family_name, counted.state

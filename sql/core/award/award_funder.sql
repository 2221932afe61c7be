-- One row per funder name of the awards that is on the list of funders of national infrastructure.
with funder as (
    select funder_name
    from staging.threesixtygiving__award
    union
    select funder_name
    from staging.reference__covid_award
),

infrastructure as (
    select distinct name_key(funder_name) as name_key
    from staging.reference__national_infrastructure_funder
)

select funder.funder_name
from funder
inner join infrastructure on name_key(funder.funder_name) = infrastructure.name_key

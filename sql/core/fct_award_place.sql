-- One row per place of an award, with its locality. A code takes precedence over a postcode, and a postcode over a
-- name. A code that no look-up has stays unresolved and its name is not tried, because the name of a ward or a
-- constituency may be that of another locality. An unreadable code is not a missing code: if neither postcode nor name
-- resolves, the place is unresolved, so that the money never moves to the recipient. In a name printed as a path, the
-- last part takes precedence over the whole: "East - Suffolk" is the county of Suffolk, not the district of East
-- Suffolk. Names are matched without the words for a kind of authority (place_key), and a key of two localities matches
-- none. Each distinct place is resolved once, because few places are printed many times.
with printed as (
    select distinct
        geo_code,
        geo_code_type,
        location_name,
        postcode,
        country_code
    from staging.threesixtygiving__award_location
),

named as (
    select
        geo_code,
        geo_code_type,
        location_name,
        postcode,
        country_code,
        coalesce(gss_code(geo_code), gss_code(geo_code_type), gss_code(location_name)) as gss,
        gss_code(geo_code) is null as is_swapped,
        case when is_area_code(geo_code) then geo_code end as unread_code,
        postcode_key(postcode) as postcode_key,
        place_key(name_key(location_name)) as whole_place_key,
        place_key(name_key(last_place(location_name))) as last_place_key,
        upper(country_code) as country
    from printed
),

area_localities as (
    select
        lookup.area_code,
        bridge.locality_code
    from staging.ons__area_lookup as lookup
    inner join core.bridge_locality_code as bridge on lookup.lad_code = bridge.area_code
    union
    select
        small_area_code as area_code,
        locality_code
    from core.fct_small_area
),

areas as (
    select
        area_code,
        min(locality_code) as locality_code
    from area_localities
    group by area_code
    having count(distinct locality_code) = 1
),

postcodes as (
    select
        directory.postcode_key,
        bridge.locality_code
    from staging.onspd__postcode as directory
    inner join core.bridge_locality_code as bridge on directory.lad_code = bridge.area_code
),

localities as (
    select
        place_key(name_key) as place_key,
        min(locality_code) as locality_code
    from core.bridge_locality_name
    group by place_key(name_key)
    having count(distinct locality_code) = 1
),

listed as (
    select
        place_key(name_key(place.place_name)) as place_key,
        min(place.breadth) as breadth,
        min(bridge.locality_code) as locality_code
    from staging.reference__award_place_name as place
    left join core.bridge_locality_code as bridge on place.area_code = bridge.area_code
    group by place_key(name_key(place.place_name))
),

names as (
    select
        place_key,
        locality_code,
        'local' as breadth
    from localities
    union all
    select
        listed.place_key,
        listed.locality_code,
        listed.breadth
    from listed
    left join localities on listed.place_key = localities.place_key
    where localities.place_key is null
),

resolved as (
    select
        named.geo_code,
        named.geo_code_type,
        named.location_name,
        named.postcode,
        named.country_code,
        named.gss,
        named.is_swapped,
        named.unread_code,
        named.postcode_key,
        named.country,
        authority.locality_code as authority_locality,
        areas.locality_code as area_locality,
        postcodes.locality_code as postcode_locality,
        coalesce(ending.breadth, whole.breadth) as name_breadth,
        case when ending.breadth is not null then ending.locality_code else whole.locality_code end as name_locality,
        gss_breadth(named.gss) as code_breadth
    from named
    left join core.bridge_locality_code as authority on named.gss = authority.area_code
    left join areas on named.gss = areas.area_code
    left join postcodes on named.postcode_key = postcodes.postcode_key
    left join names as whole on named.whole_place_key = whole.place_key
    left join names as ending on named.last_place_key = ending.place_key
),

ruled as (
    select
        geo_code,
        geo_code_type,
        location_name,
        postcode,
        country_code,
        case
            when coalesce(authority_locality, area_locality) is not null and is_swapped then 'swapped_code'
            when authority_locality is not null then 'local_authority_code'
            when area_locality is not null and regexp_matches(gss, '^(E05|W05|S13|N08)') then 'ward'
            when area_locality is not null then 'small_area'
            when gss is not null and code_breadth <> 'unknown' then 'wider_code'
            when gss is not null then 'unresolved_code'
            when postcode_locality is not null then 'postcode'
            when country not in ('GB', 'UK') then 'abroad'
            when name_locality is not null then 'name'
            when name_breadth is not null then 'wider_name'
            when unread_code is not null then 'unresolved_code'
            when location_name is not null then 'unresolved_name'
            when postcode_key is not null then 'unresolved_postcode'
            else 'country_alone'
        end as rule,
        coalesce(gss, location_name, postcode_key, country) as place,
        coalesce(gss, unread_code) as code,
        coalesce(authority_locality, area_locality) as code_locality,
        postcode_locality,
        name_locality,
        code_breadth,
        name_breadth
    from resolved
),

known as (
    select
        geo_code,
        geo_code_type,
        location_name,
        postcode,
        country_code,
        rule,
        case when rule = 'unresolved_code' then code else place end as place,
        case
            when rule in ('swapped_code', 'local_authority_code', 'ward', 'small_area') then code_locality
            when rule = 'postcode' then postcode_locality
            when rule = 'name' then name_locality
        end as locality_code,
        case
            when rule in ('swapped_code', 'local_authority_code', 'ward', 'small_area', 'postcode', 'name') then 'local'
            when rule = 'wider_code' then code_breadth
            when rule = 'wider_name' then name_breadth
            when rule = 'abroad' then 'nation'
            else 'unknown'
        end as breadth
    from ruled
),

places as (
    select
        award_key(staged.source_id, staged.file_sha256, staged.source_row) as award_key,
        staged.source_id,
        staged.file_sha256,
        staged.source_row,
        staged.location_number,
        staged.role,
        case
            when staged.role <> 'beneficiary' and known.breadth = 'local' then 'recipient_location'
            else known.rule
        end as rule,
        known.place,
        known.locality_code,
        known.breadth
    from staging.threesixtygiving__award_location as staged
    inner join known
        on
            staged.geo_code is not distinct from known.geo_code
            and staged.geo_code_type is not distinct from known.geo_code_type
            and staged.location_name is not distinct from known.location_name
            and staged.postcode is not distinct from known.postcode
            and staged.country_code is not distinct from known.country_code
),

scopes as (
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        source_id,
        file_sha256,
        source_row,
        cast(0 as bigint) as location_number,
        'beneficiary' as role,
        'location_scope' as rule,
        location_scope as place,
        cast(null as varchar) as locality_code,
        case when upper(location_scope) = 'GLS040' then 'region' else 'nation' end as breadth
    from staging.threesixtygiving__award
    where upper(location_scope) in ('GLS010', 'GLS020', 'GLS030', 'GLS040')
),

recipient_postcodes as (
    select
        printed.recipient_postcode,
        postcodes.locality_code
    from (
        select distinct recipient_postcode
        from staging.threesixtygiving__award
    ) as printed
    inner join postcodes on postcode_key(printed.recipient_postcode) = postcodes.postcode_key
),

recipients as (
    select
        award_key(award.source_id, award.file_sha256, award.source_row) as award_key,
        award.source_id,
        award.file_sha256,
        award.source_row,
        cast(0 as bigint) as location_number,
        'recipient' as role,
        case when postcodes.locality_code is null then 'unresolved_postcode' else 'recipient_postcode' end as rule,
        award.recipient_postcode as place,
        postcodes.locality_code,
        case when postcodes.locality_code is null then 'unknown' else 'local' end as breadth
    from staging.threesixtygiving__award as award
    left join recipient_postcodes as postcodes on award.recipient_postcode = postcodes.recipient_postcode
    where award.recipient_postcode is not null
),

place_funds as (
    select
        award_key(award.source_id, award.file_sha256, award.source_row) as award_key,
        award.source_id,
        award.file_sha256,
        award.source_row,
        cast(1 as bigint) as location_number,
        'beneficiary' as role,
        case
            when bridge.locality_code is not null then 'local_authority_code'
            when award.locality_code is null then 'unresolved_name'
            when gss_breadth(award.locality_code) = 'unknown' then 'unresolved_code'
            else 'wider_code'
        end as rule,
        coalesce(award.locality_code, award.place_or_project) as place,
        bridge.locality_code,
        case when bridge.locality_code is not null then 'local' else gss_breadth(award.locality_code) end as breadth
    from staging.reference__place_fund_award as award
    left join core.bridge_locality_code as bridge on award.locality_code = bridge.area_code
),

covid as (
    select
        award_key(award.source_id, award.file_sha256, award.source_row) as award_key,
        award.source_id,
        award.file_sha256,
        award.source_row,
        cast(1 as bigint) as location_number,
        case when award.location_basis = 'recipient_postcode' then 'recipient' else 'beneficiary' end as role,
        case
            when award.location_basis = 'nation_wide' then 'wider_name'
            when bridge.locality_code is null then 'unresolved_code'
            when award.location_basis = 'beneficiary_small_area' then 'small_area'
            when award.location_basis = 'beneficiary_local_authority' then 'local_authority_code'
            when award.location_basis = 'beneficiary_name' then 'name'
            else award.location_basis
        end as rule,
        award.locality_code as place,
        bridge.locality_code,
        case
            when award.location_basis = 'nation_wide' then 'nation'
            when bridge.locality_code is null then 'unknown'
            else 'local'
        end as breadth
    from staging.reference__covid_award as award
    left join core.bridge_locality_code as bridge on award.locality_code = bridge.area_code
)

select
    award_key,
    source_id,
    file_sha256,
    source_row,
    location_number,
    role,
    rule,
    place,
    locality_code,
    breadth
from places
union all
select
    award_key,
    source_id,
    file_sha256,
    source_row,
    location_number,
    role,
    rule,
    place,
    locality_code,
    breadth
from scopes
union all
select
    award_key,
    source_id,
    file_sha256,
    source_row,
    location_number,
    role,
    rule,
    place,
    locality_code,
    breadth
from recipients
union all
select
    award_key,
    source_id,
    file_sha256,
    source_row,
    location_number,
    role,
    rule,
    place,
    locality_code,
    breadth
from place_funds
union all
select
    award_key,
    source_id,
    file_sha256,
    source_row,
    location_number,
    role,
    rule,
    place,
    locality_code,
    breadth
from covid

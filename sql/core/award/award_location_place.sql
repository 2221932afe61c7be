-- One row per place that a publisher gives for an award, with its locality. A code takes precedence over a postcode,
-- and a postcode over a name. A code that no look-up has stays unresolved and its name is not tried, because the name
-- of a ward or a constituency may be that of another locality. An unreadable code is not a missing code: if neither
-- postcode nor name resolves, the place is unresolved, so that the money never moves to the recipient. In a name
-- printed as a path, the last part takes precedence over the whole: "East - Suffolk" is the county of Suffolk, not the
-- district of East Suffolk. Each distinct place is resolved once, because few places are printed many times.
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
        *,
        coalesce(gss_code(geo_code), gss_code(geo_code_type), gss_code(location_name)) as gss,
        gss_code(geo_code) is null as is_swapped,
        case when is_area_code(geo_code) then geo_code end as unread_code,
        postcode_key(postcode) as postcode_key,
        place_key(name_key(location_name)) as whole_place_key,
        place_key(name_key(last_place(location_name))) as last_place_key,
        upper(country_code) as country
    from printed
),

postcodes as (
    select
        directory.postcode_key,
        bridge.locality_code
    from staging.onspd__postcode as directory
    inner join core.bridge_locality_code as bridge on directory.lad_code = bridge.area_code
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
    left join core.bridge_area_locality as areas on named.gss = areas.area_code
    left join postcodes using (postcode_key)
    left join core.bridge_place_name as whole on named.whole_place_key = whole.place_key
    left join core.bridge_place_name as ending on named.last_place_key = ending.place_key
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
)

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

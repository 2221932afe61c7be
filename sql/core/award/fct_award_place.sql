-- One row per place of an award, with its locality: the places that publishers give (core.award_location_place), the
-- stated scope of the award, the postcode of the recipient, and the places of the reference records.
with postcodes as (
    select
        directory.postcode_key,
        bridge.locality_code
    from staging.onspd__postcode as directory
    inner join core.bridge_locality_code as bridge on directory.lad_code = bridge.area_code
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
from core.award_location_place
union all
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
union all
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
left join recipient_postcodes as postcodes using (recipient_postcode)
where award.recipient_postcode is not null
union all
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
union all
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

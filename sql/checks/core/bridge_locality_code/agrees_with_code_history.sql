-- H5: Every local authority code that the ONS history retired since 2011 maps to a locality or is recorded as split.
select
    change.former_code,
    change.former_name,
    change.new_code,
    change.operative_date
from staging.ons__code_change as change
left join core.bridge_locality_code as bridge
    on change.former_code = bridge.area_code
left join staging.reference__locality_succession as succession using (former_code)
where
    change.former_code <> change.new_code
    and change.operative_date >= cast('2011-01-01' as date)
    and regexp_matches(change.former_code, '^(E0[6-9]|W06|S12|N09)')
    and bridge.area_code is null
    and succession.former_code is null

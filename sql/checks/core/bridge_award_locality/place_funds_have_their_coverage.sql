-- Every award of a place fund that has a locality agrees with the recorded coverage of its list for that locality.
select
    award.award_key,
    award.source_row,
    award.fund,
    bridge.locality_code,
    award.list_coverage,
    coverage.list_coverage as recorded_coverage,
    coverage.is_on_list,
    award.source_id,
    award.file_sha256
from core.fct_award as award
inner join core.bridge_award_locality as bridge
    on
        award.award_key = bridge.award_key
        and bridge.basis = 'best'
        and bridge.locality_code <> 'unallocated'
left join core.fct_place_fund_coverage as coverage using (fund, locality_code)
where
    award.award_set = 'place_funds'
    and (
        coverage.fund is null
        or coverage.list_coverage <> award.list_coverage
        or not coverage.is_on_list
    )

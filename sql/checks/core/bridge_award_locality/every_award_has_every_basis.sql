-- Every award has a locality or is unallocated on each of the three location bases.
with placed as (
    select
        award_key,
        max(case basis when 'beneficiary' then 1 else 0 end)
        + max(case basis when 'recipient' then 1 else 0 end)
        + max(case basis when 'best' then 1 else 0 end) as bases_n
    from core.bridge_award_locality
    group by award_key
)

select
    award.award_key,
    award.source_row,
    placed.bases_n,
    award.source_id,
    award.file_sha256
from core.fct_award as award
left join placed using (award_key)
where
    placed.bases_n is null
    or placed.bases_n <> 3

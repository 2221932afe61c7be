-- Returns the number of small areas that an index of deprivation ranks; null for an unknown index.
create macro areas_ranked(index_id) as
    case index_id
        when 'IoD2025' then 33755
        when 'WIMD2025' then 1917
        when 'SIMD2020v2' then 6976
        when 'NIMDM2017' then 890
    end;

-- H6: The ten deciles of every locality sum to the number of its small areas.
select
    index_id,
    locality_code,
    areas_n,
    decile_1_areas + decile_2_areas + decile_3_areas + decile_4_areas + decile_5_areas + decile_6_areas + decile_7_areas
    + decile_8_areas + decile_9_areas + decile_10_areas as areas_in_deciles
from core.fct_deprivation_profile
where
    areas_n
    <> decile_1_areas + decile_2_areas + decile_3_areas + decile_4_areas + decile_5_areas + decile_6_areas
    + decile_7_areas + decile_8_areas + decile_9_areas + decile_10_areas

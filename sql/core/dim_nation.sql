-- One row per nation, and one for the United Kingdom.
select
    'E92000001' as nation_code,
    'England' as nation,
    'Lloegr' as nation_name_cy
union all
select
    'W92000004' as nation_code,
    'Wales' as nation,
    'Cymru' as nation_name_cy
union all
select
    'S92000003' as nation_code,
    'Scotland' as nation,
    'Yr Alban' as nation_name_cy
union all
select
    'N92000002' as nation_code,
    'Northern Ireland' as nation,
    'Gogledd Iwerddon' as nation_name_cy
union all
select
    'K02000001' as nation_code,
    'United Kingdom' as nation,
    'Y Deyrnas Unedig' as nation_name_cy

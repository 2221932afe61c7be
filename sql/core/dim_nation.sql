select
    nation_code,
    nation,
    nation_name_cy
from (
    values
        ('E92000001', 'England', 'Lloegr'),
        ('W92000004', 'Wales', 'Cymru'),
        ('S92000003', 'Scotland', 'Yr Alban'),
        ('N92000002', 'Northern Ireland', 'Gogledd Iwerddon'),
        ('K02000001', 'United Kingdom', 'Y Deyrnas Unedig')
) as nations (nation_code, nation, nation_name_cy)

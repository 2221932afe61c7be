-- Returns the first day of a survey's period as printed: 2022 is a calendar year, 2018-19 and 2018/19 are 1 April to 31
-- March. The fieldwork of the Community Life Survey of 2023/24 and 2024/25 was from October to March, unlike its other
-- years. That of the Place Survey of 2008 was from September to December.
create macro survey_period_start(label, survey) as
case
    when survey = 'Community Life Survey' and label in ('2023/24', '2024/25')
        then cast(substr(label, 1, 4) || '-10-01' as date)
    when survey = 'Community Life Survey' then null
    when survey = 'Place Survey' then case when label = '2008' then cast('2008-09-01' as date) end
    when regexp_matches(label, '^(19|20)[0-9]{2}$') then cast(label || '-01-01' as date)
    when
        regexp_matches(label, '^(19|20)[0-9]{2}[-/]?[0-9]{2}$')
        and (try_cast(substr(label, 1, 4) as integer) + 1) % 100 = try_cast(right(label, 2) as integer)
        then cast(substr(label, 1, 4) || '-04-01' as date)
    when
        regexp_matches(label, '^(19|20)[0-9]{2}[-/]?(19|20)[0-9]{2}$')
        and try_cast(substr(label, 1, 4) as integer) + 1 = try_cast(right(label, 4) as integer)
        then cast(substr(label, 1, 4) || '-04-01' as date)
end;

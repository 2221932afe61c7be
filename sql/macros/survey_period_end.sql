-- Returns the last day of a survey's period as printed; see survey_period_start.
create macro survey_period_end(label, survey) as
case
    when survey = 'Community Life Survey' and label in ('2023/24', '2024/25')
        then cast('20' || right(label, 2) || '-03-31' as date)
    when survey = 'Community Life Survey' then null
    when survey = 'Place Survey' then case when label = '2008' then cast('2008-12-31' as date) end
    when regexp_matches(label, '^(19|20)[0-9]{2}$') then cast(label || '-12-31' as date)
    when
        regexp_matches(label, '^(19|20)[0-9]{2}[-/]?[0-9]{2}$')
        and (try_cast(substr(label, 1, 4) as integer) + 1) % 100 = try_cast(right(label, 2) as integer)
        then cast(cast(try_cast(substr(label, 1, 4) as integer) + 1 as varchar) || '-03-31' as date)
    when
        regexp_matches(label, '^(19|20)[0-9]{2}[-/]?(19|20)[0-9]{2}$')
        and try_cast(substr(label, 1, 4) as integer) + 1 = try_cast(right(label, 4) as integer)
        then cast(right(label, 4) || '-03-31' as date)
end;

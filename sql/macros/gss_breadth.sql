-- Returns the kind of a wider area from its GSS code, for areas other than localities, small areas and wards.
create macro gss_breadth(gss) as
case
    when regexp_matches(gss, '^(E92|W92|S92|N92|K)') then 'nation'
    when regexp_matches(gss, '^(E12|E13|E15)') then 'region'
    when regexp_matches(gss, '^(E10|E11|E47)') then 'upper_tier'
    else 'unknown'
end;

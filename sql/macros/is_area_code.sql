-- Returns whether a publisher's column of area codes has a code, readable or not. The whole country and words for
-- "none" are not area codes.
create macro is_area_code(published) as
    regexp_matches(published, '[A-Za-z0-9]')
    and upper(trim(published)) not in (
        'GB', 'GBR', 'UK', '#N/A', 'N/A', 'NA', 'NIL', 'NONE', 'NULL', 'NOT KNOWN', 'UNKNOWN', 'UNDETERMINED'
    );

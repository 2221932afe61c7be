-- Returns a name in a form that is equal for different spellings: lower case, no accents or punctuation, "and" for "&",
-- and no leading "the".
create macro name_key(name) as
regexp_replace(
    trim(regexp_replace(
        regexp_replace(replace(strip_accents(lower(name)), '&', ' and '), '[''’`.]', '', 'g'),
        '[^a-z0-9]+', ' ', 'g'
    )),
    '^the ', ''
);

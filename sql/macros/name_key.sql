-- A name in a form in which publishers' spellings meet: lower case, no accents, "and" for "&", no punctuation, no leading "the".
create macro name_key(name) as
    trim(regexp_replace(
        trim(regexp_replace(
            regexp_replace(replace(strip_accents(lower(name)), '&', ' and '), '[''’`.]', '', 'g'),
            '[^a-z0-9]+', ' ', 'g'
        )),
        '^the ', ''
    ));

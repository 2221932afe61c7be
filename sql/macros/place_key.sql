-- Returns the key of a place (name_key) without the words for a kind of authority around its name: "london borough of
-- hackney" and "hackney council" are "hackney". A city keeps its word, at the end ("city of leeds" and "leeds city
-- council" are "leeds city"), because only some localities are cities: the city of Boston is not the borough. A county
-- council keeps its words, because the county of Lincoln is not the city. Councils of towns, parishes and communities
-- keep theirs.
create macro place_key(key) as
case
    when key like '% county council' then key
    else regexp_replace(
        regexp_replace(
            regexp_replace(
                regexp_replace(
                    regexp_replace(key, '^cyngor (bwrdeistref sirol |dinas )?|^bwrdeistref sirol ', ''),
                    '^((london|royal|metropolitan|county) borough|borough|council) of (the )?', ''
                ),
                '( (london|metropolitan|county) borough| metropolitan district| borough| district)?( council)?$', ''
            ),
            '^city (and county )?of (the )?(.+)$', '\3 city'
        ),
        '^(.+) city of$', '\1 city'
    )
end;

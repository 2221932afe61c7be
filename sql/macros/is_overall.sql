-- Returns whether a row covers the whole population: each of its other dimensions, in a JSON text, is All, Total or
-- similar.
create macro is_overall(other_dimensions) as
regexp_matches(
    lower(other_dimensions),
    '^[{]("[^"]*":"(all|total|(all )?(adults|people|persons)|all ages|(aged )?16( and over|[+]))",?)*[}]$'
);

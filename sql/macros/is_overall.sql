-- Whether a row speaks of everybody: each of its other dimensions, in a JSON text, says All, Total or the like.
create macro is_overall(other_dimensions) as
regexp_matches(
    lower(other_dimensions),
    '^[{]("[^"]*":"(all|total|(all )?(adults|people|persons)|all ages|(aged )?16( and over|[+]))",?)*[}]$'
);

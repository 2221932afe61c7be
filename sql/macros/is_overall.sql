-- Whether a row speaks of everybody: each of its other dimensions, as a JSON text, says All, Total or the like.
create macro is_overall(other_dimensions) as
    regexp_matches(
        lower(other_dimensions),
        '^[{]("[^"]*":"(all|total|all (adults|ages|people|persons)|adults|people|persons|16 and over|aged 16 and over|16[+]|aged 16[+])",?)*[}]$'
    );

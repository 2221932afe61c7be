-- Whether a place has too few residents for a rate by head to be trusted (method.md section 5.3).
create macro is_small_population(persons) as
    persons < 20000;

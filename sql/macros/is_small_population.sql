-- Returns whether a locality has too few residents for a reliable rate per head (method.md section 5.3).
create macro is_small_population(persons) as
    persons < 20000;

-- The reasons of a list but the first.
create macro reasons_after_first(given) as
    given[2:];

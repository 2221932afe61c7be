-- Returns the reasons of a list without the first.
create macro reasons_after_first(given) as
    given[2:];

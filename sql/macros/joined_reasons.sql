-- The reasons of two lists as one, in order; a list that is null has none.
create macro joined_reasons(first, second) as
    list_concat(coalesce(first, cast([] as varchar[])), coalesce(second, cast([] as varchar[])));

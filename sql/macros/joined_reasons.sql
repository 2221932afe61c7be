-- Returns the reasons of two lists as one list, in order; a null list is an empty list.
create macro joined_reasons(first, second) as
    list_concat(coalesce(first, cast([] as varchar[])), coalesce(second, cast([] as varchar[])));

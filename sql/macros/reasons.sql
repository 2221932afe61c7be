-- Returns the reasons of a list that are not null, in order.
create macro reasons(given) as
    list_filter(given, lambda reason: reason is not null);

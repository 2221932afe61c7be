-- The reasons of a list that apply: those that are not null, in order.
create macro reasons(given) as
    list_filter(given, lambda reason: reason is not null);

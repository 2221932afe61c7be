-- Sources of both lists, each once, in order, joined by ';'. Either list may be null.
create macro joined_sources(one, other) as
    array_to_string(list_sort(list_distinct(list_concat(string_split(one, ';'), string_split(other, ';')))), ';');

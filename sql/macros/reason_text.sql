-- Returns the text of a reason with its arguments, from the template and the names of the arguments in core.dim_reason.
create macro reason_text(template, names, reason) as
    replace(
        replace(template, '{' || coalesce(names[1], '') || '}', split_part(reason, '|', 2)),
        '{' || coalesce(names[2], '') || '}', split_part(reason, '|', 3)
    );

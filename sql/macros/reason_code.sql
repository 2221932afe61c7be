-- Returns the code of a reason without its arguments.
create macro reason_code(reason) as
    split_part(reason, '|', 1);

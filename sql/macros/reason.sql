-- Returns a reason as tables store it: a code of core.dim_reason with its arguments after bars. A null argument is left
-- out, so that the check on the number of arguments fails.
create macro reason(code, first := null, second := null) as
    concat_ws('|', code, first, second);

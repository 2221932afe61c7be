-- A reason as tables hold it: a code of core.dim_reason with its arguments after bars. A null argument is left out,
-- which breaks the check on the number of arguments.
create macro reason(code, first := null, second := null) as
    concat_ws('|', code, first, second);

-- Returns the upper 95 % limit of a count of 10 or more: Byar's approximation (Breslow and Day 1987, Statistical
-- Methods in Cancer Research II).
create macro byar_high(events) as
    case
        when events >= 10
            then
                (events + 1)
                * power(1 - 1e0 / (9 * (events + 1)) + 1.959963984540054e0 / (3 * sqrt(events + 1)), 3)
    end;

-- Returns a bound of an interval, which is the value itself if the two differ by no more than rounding: sums are
-- rounded, so a bound equal to its value may be computed slightly on the wrong side of it. A larger difference is kept,
-- so that the check of rule H7 finds it.
create macro snapped_bound(bound, value) as
    case when abs(bound - value) <= 1e-9 * greatest(1, abs(value)) then value else bound end;

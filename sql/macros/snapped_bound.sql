-- A bound of an interval, which is the value itself where the two differ by no more than rounding: sums are rounded, so
-- that a bound equal to its value may come out a step on the wrong side of it. A bound that is farther off stays as it
-- is, for rule H7 to find.
create macro snapped_bound(bound, value) as
    case when abs(bound - value) <= 1e-9 * greatest(1, abs(value)) then value else bound end;

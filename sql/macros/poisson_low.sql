-- Returns the exact lower 95 % limit of a count below 10: Garwood (1936), Biometrika 28(3/4), 437-442; half the 2.5 %
-- quantile of chi-square with 2 x degrees of freedom. DuckDB has no such quantile, so the ten limits are listed here; a
-- test compares them with scipy. A fractional count, from awards shared by several localities, takes the limit of the
-- next lower whole number.
create macro poisson_low(events) as
    case cast(floor(events) as integer)
        when 0 then 0.000000000e0
        when 1 then 0.025317808e0
        when 2 then 0.242209279e0
        when 3 then 0.618672123e0
        when 4 then 1.089865374e0
        when 5 then 1.623486390e0
        when 6 then 2.201894253e0
        when 7 then 2.814363052e0
        when 8 then 3.453832177e0
        when 9 then 4.115373097e0
    end;

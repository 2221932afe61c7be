-- Returns the exact upper 95 % limit of a count below 10: Garwood (1936), Biometrika 28(3/4), 437-442; half the 97.5 %
-- quantile of chi-square with 2 (x + 1) degrees of freedom. DuckDB has no such quantile, so the limits are listed here;
-- a test compares them with scipy. A fractional count, from awards shared by several localities, takes the limit of the
-- next higher whole number, so the limit of 10 is also listed.
create macro poisson_high(events) as
    case cast(ceil(events) as integer)
        when 0 then 3.688879454e0
        when 1 then 5.571643391e0
        when 2 then 7.224687668e0
        when 3 then 8.767273070e0
        when 4 then 10.241588675e0
        when 5 then 11.668332079e0
        when 6 then 13.059474023e0
        when 7 then 14.422675362e0
        when 8 then 15.763189220e0
        when 9 then 17.084803451e0
        when 10 then 18.390356042e0
    end;

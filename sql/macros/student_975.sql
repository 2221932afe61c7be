-- Returns the 97.5 % quantile of Student's t. Below 10 degrees of freedom the quantiles are listed here; from 10 on
-- they are computed by the expansion of Cornish and Fisher around the normal quantile (Abramowitz and Stegun 1964,
-- 26.7.5), exact to four decimals; a test compares both with scipy. Undefined without a degree of freedom.
create macro student_975(freedom) as
    case
        when freedom >= 10
            then
                1.959963984540e0
                + 2.372271230e0 / freedom
                + 2.822498616e0 / power(freedom, 2)
                + 2.555849680e0 / power(freedom, 3)
                + 1.589534053e0 / power(freedom, 4)
        when freedom = 1 then 12.706204736e0
        when freedom = 2 then 4.302652730e0
        when freedom = 3 then 3.182446305e0
        when freedom = 4 then 2.776445105e0
        when freedom = 5 then 2.570581836e0
        when freedom = 6 then 2.446911851e0
        when freedom = 7 then 2.364624252e0
        when freedom = 8 then 2.306004135e0
        when freedom = 9 then 2.262157163e0
    end;

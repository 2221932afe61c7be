-- Returns the sum of decimals as a number. The sum is exact, so it does not depend on the order of rows, and it is
-- faster than stable_sum, which has to sort them.
create macro exact_sum(amount) as
    cast(sum(amount) as double);

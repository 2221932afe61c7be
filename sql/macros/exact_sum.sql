-- The sum of decimals as a number. It is exact, and so the same in whatever order and parts the rows come, where
-- stable_sum has to sort them all.
create macro exact_sum(amount) as
    cast(sum(amount) as double);

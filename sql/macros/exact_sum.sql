-- The sum of decimals as a number. It is exact, and so the same in whatever order and parts the rows come, where
-- added_up has to sort them all.
create macro exact_sum(amount) as
    cast(sum(amount) as double);

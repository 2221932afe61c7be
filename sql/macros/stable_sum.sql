-- A sum that is the same whatever the order in which rows come: floating-point sums differ in the last digit
-- otherwise, and the same input would not give the same bytes.
create macro stable_sum(amount) as
    list_sum(list_sort(array_agg(amount)));

-- Returns a sum that does not depend on the order of rows. Other floating-point sums may differ in the last digit, so
-- that the same input would not give the same bytes.
create macro stable_sum(amount) as
    list_sum(list_sort(array_agg(amount)));

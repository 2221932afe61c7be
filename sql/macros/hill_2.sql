-- Returns the Hill number of order 2: the inverse of Simpson's concentration, in which rare cells have the least weight
-- (Hill 1973, Ecology 54(2), 427-432).
create macro hill_2(abundance) as
    sum(abundance) * sum(abundance) / nullif(sum(abundance * abundance), 0);

-- Returns the Hill number of order 1: how many equally common cells would be as varied, exp of Shannon's entropy (Hill
-- 1973, Ecology 54(2), 427-432). Abundances may be fractions, but not zero.
create macro hill_1(abundance) as
    exp(ln(sum(abundance)) - stable_sum(abundance * ln(abundance)) / nullif(sum(abundance), 0));

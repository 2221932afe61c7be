-- Returns the Herfindahl-Hirschman index on a scale that does not depend on the number of shares, (HHI - 1/n) / (1 -
-- 1/n); undefined for one share.
create macro hhi_normalised(index_value, shares) as
    (index_value - 1e0 / shares) / nullif(1 - 1e0 / shares, 0);

-- Returns the Herfindahl-Hirschman index of amounts: the sum of squared shares, from 1/n (all equal) to 1 (one holds
-- all).
create macro hhi(amount) as
    stable_sum(amount * amount) / nullif(stable_sum(amount) * stable_sum(amount), 0);

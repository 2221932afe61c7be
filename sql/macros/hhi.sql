-- Herfindahl-Hirschman index of amounts: the sum of squared shares, from 1/n (all equal) to 1 (one holds all).
create macro hhi(amount) as
    sum(amount * amount) / nullif(sum(amount) * sum(amount), 0);

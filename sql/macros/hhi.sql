-- Herfindahl-Hirschman index of amounts: the sum of squared shares, from 1/n (all equal) to 1 (one holds all).
create macro hhi(amount) as
    added_up(amount * amount) / nullif(added_up(amount) * added_up(amount), 0);

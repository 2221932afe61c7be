-- Whether an award enters totals of money: pounds, more than nothing, not a regrant of money already counted, not a
-- repeat.
create macro counts_in_totals(amount_gbp, is_regrant, is_repeat) as
    amount_gbp > 0 and is_regrant is not true and is_repeat is not true;

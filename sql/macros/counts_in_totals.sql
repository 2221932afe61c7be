-- Whether an award enters totals of money: pounds, more than nothing, not a regrant of money already counted, not a
-- repeat of a row.
create macro counts_in_totals(amount_gbp, is_regrant, is_exact_repeat) as
    amount_gbp > 0 and is_regrant is not true and is_exact_repeat is not true;

-- Returns whether an award enters totals of money: a positive amount in pounds that is neither a regrant of money
-- already counted nor a repeat.
create macro counts_in_totals(amount_gbp, is_regrant, is_repeat) as
    amount_gbp > 0 and is_regrant is not true and is_repeat is not true;

-- Returns the standard error, in percentage points, behind a 95 % interval published in whole points. Rounding of each
-- bound, uniform within half a point, adds a variance of 1/12 to each, so 0.104 points to the standard error, which is
-- never below that (method.md section 3).
create macro se_from_rounded_ci(lci, uci) as
    sqrt((uci - lci) * (uci - lci) + 1e0 / 6) / (2 * 1.959963984540054e0);

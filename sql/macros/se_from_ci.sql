-- Returns the standard error behind a published 95 % interval: its width over 2 z (method.md section 3).
create macro se_from_ci(lci, uci) as
    (uci - lci) / (2 * 1.959963984540054e0);

-- Returns the upper 95 % limit of a share: Wilson (1927), JASA 22(158), 209-212. Exactly 1 if all succeed, so that
-- rounding never lowers it.
create macro wilson_high(successes, trials) as
    case
        when trials <= 0 or successes < 0 or successes > trials then null
        when successes = trials then 1e0
        else
            (
                2e0 * successes + 1.959963984540054e0 * 1.959963984540054e0
                + 1.959963984540054e0
                * sqrt(1.959963984540054e0 * 1.959963984540054e0 + 4e0 * successes * (trials - successes) / trials)
            )
            / (2 * (trials + 1.959963984540054e0 * 1.959963984540054e0))
    end;

-- Returns the lower 95 % limit of a share: Wilson (1927), JASA 22(158), 209-212. Exactly 0 if none succeeds, so that
-- rounding never raises it.
create macro wilson_low(successes, trials) as
    case
        when trials <= 0 or successes < 0 or successes > trials then null
        when successes = 0 then 0e0
        else
            (
                2e0 * successes + 1.959963984540054e0 * 1.959963984540054e0
                - 1.959963984540054e0
                * sqrt(1.959963984540054e0 * 1.959963984540054e0 + 4e0 * successes * (trials - successes) / trials)
            )
            / (2 * (trials + 1.959963984540054e0 * 1.959963984540054e0))
    end;

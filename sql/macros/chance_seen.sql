-- Returns the probability that a cell with some of the records is found when records are drawn without replacement. The
-- sum over the cells is the expected number of cells (Hurlbert 1971, Ecology 52(4), 577-586). Null if more records are
-- to be drawn than exist, because results are not extrapolated.
create macro chance_seen(records, touching, drawn) as
    case
        when drawn > records then null
        when records - touching < drawn then 1e0
        else
            1
            - exp(
                lgamma(records - touching + 1e0) - lgamma(records - touching - drawn + 1e0)
                - lgamma(records + 1e0) + lgamma(records - drawn + 1e0)
            )
    end;

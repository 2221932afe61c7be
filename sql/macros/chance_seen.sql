-- Chance that a cell touched by some of the records is seen when some of them are drawn without putting back; summed
-- over the cells it is the number of cells to be expected (Hurlbert 1971, Ecology 52(4), 577-586). Unknown where more
-- are to be drawn than there are: nothing is read into records that nobody made.
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

-- Returns the concentration index of amounts over areas ordered from the most to the least deprived, from the mid-rank
-- of each area by residents, 0 to 1 (O'Donnell et al. 2008, Analyzing Health Equity Using Household Survey Data,
-- chapter 8; ties share the mid-rank, as in Chen and Roy 2009): -1 if the most deprived have everything, 0 if every
-- resident has the same, 1 if the least deprived have everything. Mid-ranks average to a half over residents, so the
-- mean cancels.
create macro concentration_index(amount, mid_rank) as
    2 * stable_sum(amount * mid_rank) / nullif(stable_sum(amount), 0) - 1;

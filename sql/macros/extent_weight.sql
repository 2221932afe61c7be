-- Returns the weight of a small area in the extent of deprivation, by percentile of its rank (1 = most deprived): 1 to
-- percentile 10, 0.95 at 11, falling evenly to 0.05 at 30, none beyond (MHCLG, English Indices of Deprivation,
-- technical report, appendix on summary measures).
create macro extent_weight(percentile) as
    case
        when percentile <= 10 then 1e0
        when percentile <= 30 then 0.95e0 - (percentile - 11) * 0.9e0 / 19
        when percentile > 30 then 0e0
    end;

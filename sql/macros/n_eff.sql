-- Returns the size of the simple random sample that would give this standard error of a share: p (1 - p) / se^2 (Kish
-- 1965, Survey Sampling).
create macro n_eff(share, se) as
    share * (1 - share) / nullif(se * se, 0);

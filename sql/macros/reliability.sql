-- Returns the band of reliability by coefficient of variation: to 5 % precise, to 10 % reasonable, to 20 % acceptable,
-- beyond that use with caution (Nomis; method.md section 3). If only an effective sample size is given, as for shares
-- near 0 and 1, its coefficient is that of an even split, 1 / sqrt(n). An effective sample below 50 is unreliable for
-- any coefficient. Null if the error is unknown.
create macro reliability(value, se, effective_n) as
    case
        when value is null then null
        when effective_n < 50 then 'unreliable'
        when coalesce(se / nullif(abs(value), 0), 1 / sqrt(nullif(effective_n, 0))) <= 0.05e0 then 'precise'
        when coalesce(se / nullif(abs(value), 0), 1 / sqrt(nullif(effective_n, 0))) <= 0.10e0 then 'reasonable'
        when coalesce(se / nullif(abs(value), 0), 1 / sqrt(nullif(effective_n, 0))) <= 0.20e0 then 'acceptable'
        when coalesce(se / nullif(abs(value), 0), 1 / sqrt(nullif(effective_n, 0))) > 0.20e0 then 'use_caution'
    end;

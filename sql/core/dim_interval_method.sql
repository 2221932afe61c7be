-- One row per interval method: a confidence interval, bounds of what the unknown part could be, or the reason for no
-- interval.
select
    method.ci_method,
    method.interval_kind,
    method.interval_reason
from (
    values
    ('published', 'interval', null),
    ('wilson', 'interval', null),
    ('byar', 'interval', null),
    ('exact_poisson', 'interval', null),
    ('convenient_regression', 'interval', null),
    ('weighted_regression', 'interval', null),
    ('bootstrap', 'interval', null),
    ('bounds:unknown_planned_months', 'bounds', 'unknown planned months'),
    ('bounds:unknown_codes', 'bounds', 'unknown codes'),
    ('bounds:unknown_fate', 'bounds', 'unknown fate'),
    ('bounds:unknown_recipient_kind', 'bounds', 'unknown recipient kind'),
    ('none:no_value', 'none', 'no value'),
    ('none:register_count', 'none', 'register count'),
    ('none:census_count', 'none', 'census count'),
    ('none:no_disagreement', 'none', 'no disagreement'),
    ('none:not_published', 'none', 'not published'),
    ('none:ordinate', 'none', 'ordinate'),
    ('none:category', 'none', 'category'),
    ('none:end_of_range', 'none', 'end of range'),
    ('none:all_localities', 'none', 'all localities'),
    ('none:median_of_estimates', 'none', 'median of estimates'),
    ('none:no_input_intervals', 'none', 'no input intervals')
) as method (ci_method, interval_kind, interval_reason)

-- Whether a metric is worked out from the survey figures of several places or periods, by its id.
create macro is_of_figures(metric_id) as
    regexp_matches(
        metric_id,
        '^coh_(eb_pct|vs_group|p_topfifth|p_botfifth|rank_lo|rank_hi|change|reliability)_'
    );

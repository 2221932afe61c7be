-- The survey percentage that such a metric (see is_of_figures) is worked out from.
create macro figure_behind(metric_id) as
    regexp_replace(
        metric_id,
        '^coh_(eb_pct|vs_group|p_topfifth|p_botfifth|rank_lo|rank_hi|change|reliability)_(.*)$',
        'coh_\2_pct'
    );

-- Every reason is in the catalogue, has the arguments of its texts and is given as text, and every state follows from
-- the reasons: the state of the first gap, else ok_low where there is a caution, else ok.
with given as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        state,
        reason_codes,
        state_reason,
        unnest(range(1, array_length(reason_codes) + 1)) as position
    from metrics.metric_value
),

known as (
    select
        given.metric_id,
        given.locality_code,
        given.period_start,
        given.period_end,
        given.state,
        given.state_reason,
        given.position,
        given.reason_codes[given.position] as reason,
        reason.reason_code,
        reason.gap_state,
        reason.value_state,
        -- A reason that includes other reasons has no argument of its own.
        case
            when list_contains(reason.argument_types, 'reasons') then 0
            else array_length(reason.argument_names)
        end as arguments_n,
        array_length(string_split(given.reason_codes[given.position], '|')) - 1 as given_n
    from given
    left join core.dim_reason as reason
        on reason_code(given.reason_codes[given.position]) = reason.reason_code
),

judged as (
    select
        metric_id,
        locality_code,
        period_start,
        period_end,
        state,
        min(reason) as reason,
        max(case when position = 1 then gap_state end) as gap_state,
        count(case when value_state = 'ok_low' then 1 end) as cautions_n,
        count(case when value_state is null then 1 end) as gaps_n,
        count(case when reason_code is null or arguments_n <> given_n then 1 end) as unknown_n,
        count(case when state_reason is null or strpos(state_reason, '{') > 0 then 1 end) as unsaid_n
    from known
    group by metric_id, locality_code, period_start, period_end, state
)

select
    metric_id,
    locality_code,
    period_start,
    period_end,
    state,
    reason
from judged
where
    unknown_n > 0
    or unsaid_n > 0
    or (state = 'ok' and cautions_n + gaps_n > 0)
    or (state = 'ok_low' and (cautions_n = 0 or gaps_n > 0))
    or (state not in ('ok', 'ok_low') and state is distinct from gap_state)

-- Returns the state of a row: the state of its gap in core.dim_reason, else ok_low or ok, depending on whether its
-- value has a caution.
create macro state_of(gap_state, low_reasons) as
    case
        when gap_state is not null then gap_state
        when array_length(low_reasons) > 0 then 'ok_low'
        else 'ok'
    end;

-- The state of a row: that of its gap, which core.dim_reason gives, else whether its value carries a caution.
create macro state_of(gap_state, low_reasons) as
    case
        when gap_state is not null then gap_state
        when array_length(low_reasons) > 0 then 'ok_low'
        else 'ok'
    end;

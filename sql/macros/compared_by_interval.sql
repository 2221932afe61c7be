-- Returns the direction of a difference from its interval, never from its point: higher or lower only if the interval
-- does not contain zero.
create macro compared_by_interval(lci, uci) as
    case
        when lci > 0 then 'higher'
        when uci < 0 then 'lower'
        when lci is not null and uci is not null then 'similar'
        else 'withheld'
    end;

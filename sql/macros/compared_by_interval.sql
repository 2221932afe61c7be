-- A difference read by its interval and never by its point: higher or lower only where the interval holds no nought.
create macro compared_by_interval(lci, uci) as
    case
        when lci > 0 then 'higher'
        when uci < 0 then 'lower'
        when lci is not null and uci is not null then 'similar'
        else 'withheld'
    end;

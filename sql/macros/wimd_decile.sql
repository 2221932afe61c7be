-- Returns the published band of the Welsh index of 2025 by rank. Tenths of the ranks would put rank 192 into the first
-- band.
create macro wimd_decile(rank) as
    case
        when rank <= 191 then 1
        when rank <= 382 then 2
        when rank <= 574 then 3
        when rank <= 766 then 4
        when rank <= 958 then 5
        when rank <= 1149 then 6
        when rank <= 1341 then 7
        when rank <= 1533 then 8
        when rank <= 1724 then 9
        else 10
    end;

-- By which way an award of 360Giving came, the best first: the publisher's own file, the API, GrantNav. Null for a file
-- that is in a window of its own.
create macro award_way(source_id) as
    case source_id
        when 'threesixtygiving' then 1
        when 'threesixtygiving_api' then 2
        when 'threesixtygiving_grantnav' then 3
    end;

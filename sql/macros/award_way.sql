-- Returns the priority of the route by which an award of 360Giving came: the publisher's own file, the API, GrantNav.
-- Null for a file with its own window.
create macro award_way(source_id) as
    case source_id
        when 'threesixtygiving' then 1
        when 'threesixtygiving_api' then 2
        when 'threesixtygiving_grantnav' then 3
    end;

-- Returns the share of all pairs of nodes that are connected; undefined below 3 nodes.
create macro network_density(nodes, edges) as
    case when nodes >= 3 then 2e0 * edges / (nodes * (nodes - 1)) end;

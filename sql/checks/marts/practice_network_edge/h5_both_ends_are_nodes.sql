-- H5: Both ends of every edge are nodes of the same place, and no organisation is connected to itself.
select
    edge.source_party_id,
    edge.target_party_id
from marts.practice_network_edge as edge
left join marts.practice_network_node as source
    on
        edge.source_party_id = source.party_id
        and edge.locality_code = source.locality_code
left join marts.practice_network_node as target
    on
        edge.target_party_id = target.party_id
        and edge.locality_code = target.locality_code
where
    source.party_id is null
    or target.party_id is null
    or edge.source_party_id = edge.target_party_id

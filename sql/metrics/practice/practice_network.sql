-- One row per metric of the network and locality with a practice record: which organisations the records name, and with
-- whom.
with partner as (
    select
        record.locality_code,
        count(distinct name_key(named.partner_name)) as partners_n
    from metrics.practice_record as record
    left join core.bridge_practice_partner as named using (practice_id)
    group by record.locality_code
),

network as (
    select
        place.locality_code,
        count(party.party_id) as bodies_n,
        count(case when party.degree >= 2 and party.neighbour_sectors_n >= 2 then 1 end) as bridging_n
    from metrics.practice_place as place
    left join metrics.practice_party_degree as party using (locality_code)
    group by place.locality_code
),

tied as (
    select
        place.locality_code,
        count(tie.source_party_id) as ties_n,
        count(case when tie.is_cross_sector then 1 end) as cross_sector_n
    from metrics.practice_place as place
    left join metrics.practice_tie as tie using (locality_code)
    group by place.locality_code
)

select
    measure.metric_id,
    'all' as breakdown,
    place.locality_code,
    case measure.metric_id
        when 'prac_partners_n' then cast(partner.partners_n as double)
        when 'prac_network_density' then network_density(network.bodies_n, tied.ties_n)
        when 'prac_bridging_n' then cast(network.bridging_n as double)
        when 'prac_cross_sector_share' then cast(tied.cross_sector_n as double) / nullif(tied.ties_n, 0)
    end as value,
    'none:register_count' as ci_method,
    case measure.metric_id when 'prac_cross_sector_share' then tied.cross_sector_n end as n_num,
    case measure.metric_id when 'prac_cross_sector_share' then tied.ties_n else place.practices_n end as n_den,
    case
        when measure.metric_id in ('prac_network_density', 'prac_bridging_n') and network.bodies_n < 3
            then reason('few_bodies', 3)
        when measure.metric_id = 'prac_cross_sector_share' and tied.ties_n = 0
            then reason('no_bodies_together')
    end as gap_reason,
    reasons([place.source_note]) as low_reasons,
    place.source_ids
from metrics.practice_place as place
inner join partner using (locality_code)
inner join network using (locality_code)
inner join tied using (locality_code)
cross join (
    values
    ('prac_partners_n'),
    ('prac_network_density'),
    ('prac_bridging_n'),
    ('prac_cross_sector_share')
) as measure (metric_id)

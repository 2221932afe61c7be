-- Each award by locality on the best known basis. An award in several localities is split by the share.
select
    locality.locality_name,
    locality.locality_name_cy,
    award.award_date,
    award.award_title,
    award.funder_name,
    award.fund,
    award.recipient_name,
    award.amount_gbp,
    placed.weight,
    award.amount_gbp * placed.weight as placed_gbp,
    placed.rule,
    award.award_set,
    placed.locality_code,
    award.award_key
from core.fct_award as award
inner join core.bridge_award_locality as placed using (award_key)
left join core.dim_locality as locality using (locality_code)
where placed.basis = 'best'

-- One row per recipient of awards whose kind a rule recognises by its identifier, its name or, in lists of place funds,
-- the fund. The first rule that matches decides.
with recipient as (
    select
        coalesce(recipient_id, '') as recipient_id,
        coalesce(recipient_name, '') as recipient_name,
        '' as listed_fund
    from staging.threesixtygiving__award
    where not is_to_individual
    union
    select
        coalesce(recipient_id, '') as recipient_id,
        coalesce(recipient_name, '') as recipient_name,
        '' as listed_fund
    from staging.reference__covid_award
    union
    select
        '' as recipient_id,
        '' as recipient_name,
        fund as listed_fund
    from staging.reference__place_fund_award
),

known as (
    select
        recipient_id,
        recipient_name,
        listed_fund,
        upper(recipient_id) as id_key,
        ' ' || name_key(recipient_name) || ' ' as name_words,
        name_key(listed_fund) || ' ' as fund_words
    from recipient
),

matched as (
    select
        known.recipient_id,
        known.recipient_name,
        known.listed_fund,
        rules.recipient_kind,
        row_number() over (
            partition by known.recipient_id, known.recipient_name, known.listed_fund
            order by rules.rule_number
        ) as preference
    from known
    inner join staging.reference__recipient_rule as rules
        on
            (rules.matches = 'id_prefix' and starts_with(known.id_key, rules.pattern))
            or (rules.matches = 'name_contains' and contains(known.name_words, ' ' || rules.pattern || ' '))
            or (rules.matches = 'fund' and starts_with(known.fund_words, rules.pattern || ' '))
)

select
    recipient_id,
    recipient_name,
    listed_fund,
    recipient_kind
from matched
where preference = 1

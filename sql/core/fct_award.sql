-- Every award of every file is a row: repeats, cancelled amounts, other currencies and shared identifiers are marked,
-- never dropped, so that rows in equal rows out and the full sum of a file can be found again. An award that may be had
-- by several ways is told by its identifier and its funder, since publishers use each other's prefixes; the publisher's
-- own file goes before the API of 360Giving, which goes before GrantNav, also where they print another amount.
with awards as (
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        award_id,
        source_id as award_set,
        programme as fund,
        title as award_title,
        funder_id,
        funder_name,
        recipient_id,
        recipient_name,
        currency,
        amount,
        award_date,
        case
            when planned_months is not null then planned_months
            when planned_end_date >= planned_start_date
                then calendar_months(planned_start_date, cast(planned_end_date + interval 1 day as date))
        end as planned_months,
        false as is_amount_ceiling,
        false as is_total,
        cast(null as boolean) as is_competitive,
        cast(null as boolean) as is_joint_bid,
        cast(null as varchar) as list_coverage,
        is_to_individual,
        regrant_type is not null as is_regrant,
        row_number() over (
            partition by source_id, file_sha256, row_sha256
            order by source_row
        ) > 1
        or dense_rank() over (
            partition by source_id, funder_id, funder_name, award_id, award_date, amount, currency
            order by file_sha256
        ) > 1
        or coalesce(
            award_way(source_id) > min(award_way(source_id)) over (
                partition by award_id, coalesce(upper(funder_id), name_key(funder_name))
            ),
            false
        ) as is_exact_repeat,
        min(amount) over (partition by source_id, file_sha256, award_id)
        <> max(amount) over (partition by source_id, file_sha256, award_id)
        or min(award_date) over (partition by source_id, file_sha256, award_id)
        <> max(award_date) over (partition by source_id, file_sha256, award_id) as has_conflicting_id,
        location_scope,
        source_id,
        file_sha256,
        source_row
    from staging.threesixtygiving__award
    union all
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        award_id,
        'place_funds' as award_set,
        fund,
        place_or_project as award_title,
        cast(null as varchar) as funder_id,
        cast(null as varchar) as funder_name,
        cast(null as varchar) as recipient_id,
        cast(null as varchar) as recipient_name,
        'GBP' as currency,
        amount_gbp as amount,
        announced_date as award_date,
        planned_months,
        is_amount_ceiling,
        is_total,
        is_competitive,
        is_joint_bid,
        list_coverage,
        false as is_to_individual,
        false as is_regrant,
        false as is_exact_repeat,
        false as has_conflicting_id,
        cast(null as varchar) as location_scope,
        source_id,
        file_sha256,
        source_row
    from staging.reference__place_fund_award
    union all
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        award_id,
        'covid_2020_reference' as award_set,
        cast(null as varchar) as fund,
        cast(null as varchar) as award_title,
        funder_id,
        funder_name,
        recipient_id,
        recipient_name,
        'GBP' as currency,
        amount_gbp as amount,
        award_date,
        planned_months,
        false as is_amount_ceiling,
        false as is_total,
        cast(null as boolean) as is_competitive,
        cast(null as boolean) as is_joint_bid,
        cast(null as varchar) as list_coverage,
        false as is_to_individual,
        false as is_regrant,
        false as is_exact_repeat,
        false as has_conflicting_id,
        cast(null as varchar) as location_scope,
        source_id,
        file_sha256,
        source_row
    from staging.reference__covid_award
),

-- A negative row takes money back from the award of its identifier: what is left of the award stands in its positive
-- rows, in parts as they were given, and in the negative ones only what was taken beyond it.
balanced as (
    select
        award_key,
        amount,
        is_exact_repeat,
        sum(case when amount > 0 and not is_exact_repeat then amount else 0 end) over (
            partition by source_id, funder_id, funder_name, award_id, upper(currency)
        ) as given,
        sum(case when amount < 0 and not is_exact_repeat then amount else 0 end) over (
            partition by source_id, funder_id, funder_name, award_id, upper(currency)
        ) as taken_back
    from awards
),

netted as (
    select
        award_key,
        case
            when is_exact_repeat or taken_back = 0 or given = 0 then amount
            when amount > 0 then amount * greatest(given + taken_back, 0) / given
            when amount < 0 then amount * least(given + taken_back, 0) / taken_back
            else amount
        end as net_amount
    from balanced
),

-- A stated scope of a region or more decides; else a nation or region among the places does, unless a narrower place
-- stands beside it.
reach as (
    select
        award_key,
        max(case when rule = 'location_scope' then 1 else 0 end) = 1
        or (
            max(case when breadth in ('nation', 'region') then 1 else 0 end) = 1
            and max(case when breadth in ('local', 'upper_tier') then 1 else 0 end) = 0
        ) as is_nation_wide
    from core.fct_award_place
    where role = 'beneficiary'
    group by award_key
),

known as (
    select
        award_key,
        upper(recipient_id) as recipient_id,
        ' ' || name_key(recipient_name) || ' ' as recipient_words,
        case when award_set = 'place_funds' then name_key(fund) || ' ' end as fund_words
    from awards
),

kinds as (
    select
        known.award_key,
        rules.recipient_kind,
        row_number() over (partition by known.award_key order by rules.rule_number) as preference
    from known
    inner join staging.reference__recipient_rule as rules
        on
            (rules.matches = 'id_prefix' and starts_with(known.recipient_id, rules.pattern))
            or (rules.matches = 'name_contains' and contains(known.recipient_words, ' ' || rules.pattern || ' '))
            or (rules.matches = 'fund' and starts_with(known.fund_words, rules.pattern || ' '))
),

infrastructure as (
    select distinct name_key(funder_name) as name_key
    from staging.reference__national_infrastructure_funder
),

classified as (
    select
        awards.award_key,
        case when awards.is_to_individual then 'individual' else coalesce(kinds.recipient_kind, 'unknown') end
            as recipient_kind,
        coalesce(reach.is_nation_wide, false) as is_nation_wide,
        infrastructure.name_key is not null as is_national_infrastructure
    from awards
    left join kinds
        on
            awards.award_key = kinds.award_key
            and kinds.preference = 1
    left join reach on awards.award_key = reach.award_key
    left join infrastructure on name_key(awards.funder_name) = infrastructure.name_key
)

select
    awards.award_key,
    awards.award_id,
    awards.award_set,
    awards.fund,
    awards.award_title,
    awards.funder_id,
    awards.funder_name,
    awards.recipient_id,
    awards.recipient_name,
    classified.recipient_kind,
    awards.currency,
    awards.amount,
    case when upper(awards.currency) = 'GBP' then netted.net_amount end as amount_gbp,
    case when awards.amount > 0 then 'positive' when awards.amount < 0 then 'negative' else 'zero' end as amount_class,
    awards.award_date,
    awards.planned_months,
    awards.is_amount_ceiling,
    awards.is_total,
    awards.is_competitive,
    awards.is_joint_bid,
    awards.list_coverage,
    awards.is_to_individual,
    awards.is_regrant,
    awards.is_exact_repeat,
    awards.has_conflicting_id,
    awards.location_scope,
    classified.is_nation_wide,
    upper(awards.currency) = 'GBP'
    and netted.net_amount > 0
    and not awards.is_regrant
    and not awards.is_exact_repeat
    and not classified.is_nation_wide
    and not classified.is_national_infrastructure
    and classified.recipient_kind <> 'public_body' as in_scope_local,
    awards.source_id,
    awards.file_sha256,
    awards.source_row
from awards
inner join classified on awards.award_key = classified.award_key
inner join netted on awards.award_key = netted.award_key

-- One row per row of an award file. Repeats, cancelled amounts, other currencies and shared identifiers are marked and
-- never dropped, so that the number of rows and the full sum of a file are preserved.

-- Files of each route, in the order in which they landed. A file without a landing record comes first.
with files as (
    select
        staged.source_id,
        staged.file_sha256,
        row_number() over (
            partition by staged.source_id
            order by file.landed_at nulls first, staged.file_sha256
        ) as file_order
    from staging.threesixtygiving__award as staged
    left join core.dim_award_file as file
        on
            staged.source_id = file.source_id
            and staged.file_sha256 = file.file_sha256
    group by staged.source_id, staged.file_sha256, file.landed_at
),

-- Few identities have more than one row, and a row with a unique identity cannot be a repeat.
shared as (
    select award_identity
    from staging.threesixtygiving__award
    group by award_identity
    having count(*) > 1
),

-- Rules for repeats (docs/decisions/0010-what-makes-the-same-award.md). Within a file, rows are repeats if all columns
-- that define an award are equal, because rows with one identity are usually several payments. Across the files of a
-- route, rows are repeats if identity and date are equal: the newest file replaces older rows whatever the amount, and
-- payments of other dates all count. A row that takes money back replaces only rows that also take money back. Across
-- routes, rows are repeats if the identity is equal, because the copy of a corrected award still has the old amount and
-- date. The tracker of spring 2020 is compared only with rows that are not dated in the future.
compared as (
    select
        award.source_id,
        award.file_sha256,
        award.source_row,
        award.amount,
        files.file_order,
        row_number() over (
            partition by award.source_id, award.file_sha256, award.row_sha256
            order by award.source_row
        ) as copy_number,
        max(case when award.amount >= 0 then files.file_order end) over (
            partition by award.source_id, award.award_identity, award.award_date
        ) as newest_statement,
        max(case when award.amount < 0 then files.file_order end) over (
            partition by award.source_id, award.award_identity, award.award_date
        ) as newest_return,
        min(award_way(award.source_id)) over (partition by award.award_identity) as best_way,
        max(
            case when is_on_record(award.source_id, true) and coalesce(award.award_date <= build.as_of, true) then 1 end
        ) over (partition by award.award_identity) as on_record_way,
        min(award.amount) over (partition by award.source_id, award.award_identity) as lowest_amount,
        max(award.amount) over (partition by award.source_id, award.award_identity) as highest_amount,
        min(award.award_date) over (partition by award.source_id, award.award_identity) as first_date,
        max(award.award_date) over (partition by award.source_id, award.award_identity) as last_date
    from staging.threesixtygiving__award as award
    inner join shared on award.award_identity = shared.award_identity
    inner join files
        on
            award.source_id = files.source_id
            and award.file_sha256 = files.file_sha256
    cross join meta.build as build
),

repeated as (
    select
        source_id,
        file_sha256,
        source_row,
        copy_number > 1
        or coalesce(file_order < newest_statement, false)
        or (amount < 0 and coalesce(file_order < newest_return, false))
        or coalesce(award_way(source_id) > best_way, false) as is_repeat,
        lowest_amount <> highest_amount
        or first_date <> last_date as has_conflicting_id,
        source_id = 'threesixtygiving_covid2020' and on_record_way is not null as is_on_record_elsewhere
    from compared
),

awards as (
    select
        award_key(award.source_id, award.file_sha256, award.source_row) as award_key,
        award.award_id,
        award.award_identity,
        award.source_id as award_set,
        award.programme as fund,
        award.title as award_title,
        award.funder_id,
        award.funder_name,
        award.recipient_id,
        award.recipient_name,
        award.currency,
        award.amount,
        award.award_date,
        case
            when award.planned_months is not null then award.planned_months
            when award.planned_end_date >= award.planned_start_date
                then calendar_months(
                    award.planned_start_date, cast(award.planned_end_date + interval 1 day as date)
                )
        end as planned_months,
        false as is_amount_ceiling,
        false as is_total,
        cast(null as boolean) as is_competitive,
        cast(null as boolean) as is_joint_bid,
        cast(null as varchar) as list_coverage,
        award.is_to_individual,
        award.regrant_type is not null as is_regrant,
        coalesce(repeated.is_repeat, false) as is_repeat,
        coalesce(repeated.has_conflicting_id, false) as has_conflicting_id,
        coalesce(repeated.is_on_record_elsewhere, false) as is_on_record_elsewhere,
        award.location_scope,
        award.source_id,
        award.file_sha256,
        award.source_row
    from staging.threesixtygiving__award as award
    left join repeated
        on
            award.source_id = repeated.source_id
            and award.file_sha256 = repeated.file_sha256
            and award.source_row = repeated.source_row
    union all
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        award_id,
        award_id as award_identity,
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
        false as is_repeat,
        false as has_conflicting_id,
        false as is_on_record_elsewhere,
        cast(null as varchar) as location_scope,
        source_id,
        file_sha256,
        source_row
    from staging.reference__place_fund_award
    union all
    select
        award_key(source_id, file_sha256, source_row) as award_key,
        award_id,
        award_id as award_identity,
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
        false as is_repeat,
        false as has_conflicting_id,
        false as is_on_record_elsewhere,
        cast(null as varchar) as location_scope,
        source_id,
        file_sha256,
        source_row
    from staging.reference__covid_award
),

-- A negative row takes money back from the award of its identity. The remaining amount is shared among the positive
-- rows in proportion, and the negative rows keep only what exceeds the award. Repeats and rows dated in the future are
-- left out.
taking_part as (
    select
        awards.award_key,
        awards.source_id,
        awards.award_identity,
        upper(awards.currency) as currency,
        awards.amount
    from awards
    cross join meta.build as build
    where
        not awards.is_repeat
        and coalesce(awards.award_date <= build.as_of, true)
),

returned as (
    select distinct
        source_id,
        award_identity,
        currency
    from taking_part
    where amount < 0
),

balanced as (
    select
        taking_part.award_key,
        taking_part.amount,
        sum(case when taking_part.amount > 0 then taking_part.amount else 0 end) over (
            partition by taking_part.source_id, taking_part.award_identity, taking_part.currency
        ) as given,
        sum(case when taking_part.amount < 0 then taking_part.amount else 0 end) over (
            partition by taking_part.source_id, taking_part.award_identity, taking_part.currency
        ) as taken_back
    from taking_part
    inner join returned
        on
            taking_part.source_id = returned.source_id
            and taking_part.award_identity = returned.award_identity
            and taking_part.currency = returned.currency
),

netted as (
    select
        award_key,
        case
            when given = 0 then amount
            when amount > 0 then amount * greatest(given + taken_back, 0) / given
            when amount < 0 then amount * least(given + taken_back, 0) / taken_back
            else amount
        end as net_amount
    from balanced
),

-- A stated scope of a region or more decides. Otherwise a nation or region among the places decides, unless the award
-- also has a narrower place.
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

recipient as (
    select distinct
        recipient_id,
        recipient_name,
        case when award_set = 'place_funds' then fund end as listed_fund
    from awards
    where not is_to_individual
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

kinds as (
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
),

infrastructure as (
    select distinct name_key(funder_name) as name_key
    from staging.reference__national_infrastructure_funder
),

funders as (
    select distinct funder_name
    from awards
),

infrastructure_funders as (
    select funders.funder_name
    from funders
    inner join infrastructure on name_key(funders.funder_name) = infrastructure.name_key
),

classified as (
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
        case when awards.is_to_individual then 'individual' else coalesce(kinds.recipient_kind, 'unknown') end
            as recipient_kind,
        awards.currency,
        awards.amount,
        case when upper(awards.currency) = 'GBP' then coalesce(netted.net_amount, awards.amount) end as amount_gbp,
        awards.award_date,
        coalesce(awards.award_date > build.as_of, false) as is_dated_in_future,
        awards.planned_months,
        awards.is_amount_ceiling,
        awards.is_total,
        awards.is_competitive,
        awards.is_joint_bid,
        awards.list_coverage,
        awards.is_to_individual,
        awards.is_regrant,
        awards.is_repeat,
        awards.has_conflicting_id,
        awards.is_on_record_elsewhere,
        awards.location_scope,
        coalesce(reach.is_nation_wide, false) as is_nation_wide,
        infrastructure_funders.funder_name is not null as is_national_infrastructure,
        awards.source_id,
        awards.file_sha256,
        awards.source_row
    from awards
    cross join meta.build as build
    left join netted on awards.award_key = netted.award_key
    left join kinds
        on
            awards.recipient_id is not distinct from kinds.recipient_id
            and awards.recipient_name is not distinct from kinds.recipient_name
            and case when awards.award_set = 'place_funds' then awards.fund end is not distinct from kinds.listed_fund
            and kinds.preference = 1
    left join reach on awards.award_key = reach.award_key
    left join infrastructure_funders on awards.funder_name = infrastructure_funders.funder_name
)

select
    award_key,
    award_id,
    award_set,
    fund,
    award_title,
    funder_id,
    funder_name,
    recipient_id,
    recipient_name,
    recipient_kind,
    currency,
    amount,
    amount_gbp,
    case when amount > 0 then 'positive' when amount < 0 then 'negative' else 'zero' end as amount_class,
    award_date,
    is_dated_in_future,
    planned_months,
    is_amount_ceiling,
    is_total,
    is_competitive,
    is_joint_bid,
    list_coverage,
    is_to_individual,
    is_regrant,
    is_repeat,
    has_conflicting_id,
    is_on_record_elsewhere,
    location_scope,
    is_nation_wide,
    coalesce(amount_gbp > 0, false)
    and not is_regrant
    and not is_repeat
    and not is_nation_wide
    and not is_national_infrastructure
    and recipient_kind <> 'public_body' as in_scope_local,
    source_id,
    file_sha256,
    source_row
from classified

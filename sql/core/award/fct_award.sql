-- One row per row of an award file. Repeats, cancelled amounts, other currencies and shared identifiers are marked and
-- never dropped, so that the number of rows and the full sum of a file are preserved.
with awards as (
    select
        award_key(award.source_id, award.file_sha256, award.source_row) as award_key,
        award.award_id,
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
    left join core.award_repeat as repeated using (source_id, file_sha256, source_row)
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

classified as (
    select
        awards.*,
        case when awards.is_to_individual then 'individual' else coalesce(recipient.recipient_kind, 'unknown') end
            as recipient_kind,
        case when upper(awards.currency) = 'GBP' then coalesce(net.net_amount, awards.amount) end as amount_gbp,
        coalesce(awards.award_date > build.as_of, false) as is_dated_in_future,
        wider.award_key is not null as is_nation_wide,
        infrastructure.funder_name is not null as is_national_infrastructure
    from awards
    cross join meta.build as build
    left join core.award_net as net using (source_id, file_sha256, source_row)
    left join core.award_recipient as recipient
        on
            coalesce(awards.recipient_id, '') = recipient.recipient_id
            and coalesce(awards.recipient_name, '') = recipient.recipient_name
            and case when awards.award_set = 'place_funds' then awards.fund else '' end = recipient.listed_fund
    left join core.award_nation_wide as wider using (award_key)
    left join core.award_funder as infrastructure using (funder_name)
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

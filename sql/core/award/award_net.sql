-- One row per award row of an identity from which money is taken back. A negative row takes money back from the award
-- of its identity. The remaining amount is shared among the positive rows in proportion, and the negative rows keep
-- only what exceeds the award. Repeats and rows dated in the future are left out.
with listed as (
    select
        award.source_id,
        award.file_sha256,
        award.source_row,
        award.award_identity,
        upper(award.currency) as currency,
        award.amount,
        award.award_date,
        coalesce(repeated.is_repeat, false) as is_repeat
    from staging.threesixtygiving__award as award
    left join core.award_repeat as repeated using (source_id, file_sha256, source_row)
    union all
    select
        source_id,
        file_sha256,
        source_row,
        award_id as award_identity,
        'GBP' as currency,
        amount_gbp as amount,
        announced_date as award_date,
        false as is_repeat
    from staging.reference__place_fund_award
    union all
    select
        source_id,
        file_sha256,
        source_row,
        award_id as award_identity,
        'GBP' as currency,
        amount_gbp as amount,
        award_date,
        false as is_repeat
    from staging.reference__covid_award
),

taking_part as (
    select
        listed.source_id,
        listed.file_sha256,
        listed.source_row,
        listed.award_identity,
        listed.currency,
        listed.amount
    from listed
    cross join meta.build as build
    where
        not listed.is_repeat
        and coalesce(listed.award_date <= build.as_of, true)
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
        taking_part.source_id,
        taking_part.file_sha256,
        taking_part.source_row,
        taking_part.amount,
        sum(case when taking_part.amount > 0 then taking_part.amount else 0 end) over (
            partition by taking_part.source_id, taking_part.award_identity, taking_part.currency
        ) as given,
        sum(case when taking_part.amount < 0 then taking_part.amount else 0 end) over (
            partition by taking_part.source_id, taking_part.award_identity, taking_part.currency
        ) as taken_back
    from taking_part
    inner join returned using (source_id, award_identity, currency)
)

select
    source_id,
    file_sha256,
    source_row,
    case
        when given = 0 then amount
        when amount > 0 then amount * greatest(given + taken_back, 0) / given
        when amount < 0 then amount * least(given + taken_back, 0) / taken_back
        else amount
    end as net_amount
from balanced

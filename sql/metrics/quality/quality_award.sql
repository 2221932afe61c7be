-- One row per metric of award rows and breakdown: defects of award rows, and the share of the money without a locality.
with money as (
    select
        sum(funding.nation_wide_gbp + funding.unallocated_gbp) as without_locality_gbp,
        sum(funding.rows_gbp) as total_gbp,
        max(context.rows_note) as rows_note
    from metrics.funding_window as funding
    inner join metrics.funding_context as context using (window_id, scope, locality_code)
    where
        funding.window_id = 'on_record'
        and funding.scope = 'all'
        and funding.basis = 'best'
        and funding.locality_code = 'K02000001'
),

award as (
    select
        count(case when amount_class = 'negative' then 1 end) as negative_n,
        count(case when amount_class = 'zero' then 1 end) as zero_n,
        count(case when is_repeat then 1 end) as repeat_n,
        count(case when is_regrant then 1 end) as regrant_n,
        count(case when is_dated_in_future then 1 end) as future_n,
        count(case when amount_gbp is null then 1 end) as other_currency_n,
        count(case when has_conflicting_id then 1 end) as conflicting_id_n
    from core.fct_award
)

select
    'q_unallocated_gbp_share' as metric_id,
    'all' as breakdown,
    'K02000001' as locality_code,
    money.without_locality_gbp / nullif(money.total_gbp, 0) as value,
    money.without_locality_gbp as n_num,
    money.total_gbp as n_den,
    case when money.total_gbp is null then reason('no_award') end as gap_reason,
    money.rows_note as low_reason
from money
union all
select
    'q_awards_n' as metric_id,
    'award_' || fault.name as breakdown,
    'K02000001' as locality_code,
    cast(
        case fault.name
            when 'negative' then award.negative_n
            when 'zero' then award.zero_n
            when 'repeat' then award.repeat_n
            when 'regrant' then award.regrant_n
            when 'future' then award.future_n
            when 'other_currency' then award.other_currency_n
            when 'conflicting_id' then award.conflicting_id_n
        end as double
    ) as value,
    cast(null as double) as n_num,
    cast(null as double) as n_den,
    cast(null as varchar) as gap_reason,
    cast(null as varchar) as low_reason
from award
cross join (
    values ('negative'), ('zero'), ('repeat'), ('regrant'), ('future'), ('other_currency'), ('conflicting_id')
) as fault (name)

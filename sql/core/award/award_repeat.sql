-- One row per award row whose identity another row shares, with whether another row is counted instead. Few identities
-- have more than one row, and a row with a unique identity cannot be a repeat.

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
    left join core.dim_award_file as file using (source_id, file_sha256)
    group by staged.source_id, staged.file_sha256, file.landed_at
),

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
    inner join shared using (award_identity)
    inner join files using (source_id, file_sha256)
    cross join meta.build as build
)

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

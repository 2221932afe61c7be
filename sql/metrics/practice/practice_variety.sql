-- One row per metric of variety and locality with a practice record: how evenly the records are distributed over the
-- sixteen cells of type and side, and how many cells may be missing. A joint practice is in two cells: it counts fully
-- in both where cells are counted, and half in each where records are weighted.
with touched as (
    select
        record.locality_code,
        record.primary_type,
        side.side,
        count(*) as touching_n,
        sum(case when record.side = 'joint' then 0.5e0 else 1e0 end) as weight
    from metrics.practice_record as record
    cross join (values ('institution'), ('community')) as side (side)
    where record.side in (side.side, 'joint')
    group by record.locality_code, record.primary_type, side.side
),

variety as (
    select
        touched.locality_code,
        hill_1(touched.weight) as cells_q1,
        hill_2(touched.weight) as cells_q2,
        stable_sum(chance_seen(place.practices_n, touched.touching_n, 5)) as cells_rare_5,
        least(
            chao_1(
                count(*),
                max(place.practices_n),
                count(case when touched.touching_n = 1 then 1 end),
                count(case when touched.touching_n = 2 then 1 end)
            ),
            16
        ) as cells_chao1,
        expected_cells(max(place.practices_n), 16) as cells_expected
    from touched
    inner join metrics.practice_place as place using (locality_code)
    group by touched.locality_code
),

-- Sample coverage needs each record in one class only, so joint is a separate side here.
class as (
    select
        locality_code,
        primary_type,
        side,
        count(*) as records_n
    from metrics.practice_record
    group by locality_code, primary_type, side
),

frequency as (
    select
        locality_code,
        count(case when records_n = 1 then 1 end) as singletons_n,
        count(case when records_n = 2 then 1 end) as doubletons_n
    from class
    group by locality_code
)

select
    measure.metric_id,
    'all' as breakdown,
    place.locality_code,
    cast(
        case measure.metric_id
            when 'prac_coverage_gt'
                then good_turing_coverage(place.practices_n, frequency.singletons_n, frequency.doubletons_n)
            when 'prac_cells_q1' then variety.cells_q1
            when 'prac_cells_q2' then variety.cells_q2
            when 'prac_cells_rare_5' then variety.cells_rare_5
            when 'prac_cells_chao1' then variety.cells_chao1
            when 'prac_cells_expected' then variety.cells_expected
        end as double
    ) as value,
    'none:register_count' as ci_method,
    place.practices_n as n_den,
    case
        when measure.metric_id = 'prac_coverage_gt' and place.practices_n < 2
            then reason('one_record')
        when measure.metric_id = 'prac_cells_rare_5' and place.practices_n < 5
            then reason('few_records_drawn', 5)
        when measure.metric_id = 'prac_cells_chao1' and place.practices_n < 10
            then reason('few_records_unrecorded', 10)
    end as gap_reason,
    reasons([place.source_note]) as low_reasons,
    place.source_ids
from metrics.practice_place as place
inner join variety using (locality_code)
inner join frequency using (locality_code)
cross join (
    values
    ('prac_coverage_gt'),
    ('prac_cells_q1'),
    ('prac_cells_q2'),
    ('prac_cells_rare_5'),
    ('prac_cells_chao1'),
    ('prac_cells_expected')
) as measure (metric_id)

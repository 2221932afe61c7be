-- The key of a comparable group, which is read and joined whole: what it is made of, core.dim_comparable_group holds as
-- columns. Null for a part that does not bound the group.
create macro comparable_group(nation, kind, survey, wording, index_id, estimate_year) as
    concat_ws(
        ' | ',
        case when nation = 'United Kingdom' then 'UK' else nation end,
        kind,
        survey,
        wording,
        index_id,
        estimate_year
    );

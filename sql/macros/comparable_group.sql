-- Returns the key of a comparable group, which is read and joined as a whole; core.dim_comparable_group has its parts
-- as columns. Null for a part that does not define the group.
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

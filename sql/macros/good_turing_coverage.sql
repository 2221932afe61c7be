-- Returns the share of all records, seen and unseen, that fall in cells already seen, from the cells seen once and
-- twice (Good 1953, improved by Chao and Jost 2012, Ecology 93, 2533-2547). At least two records are needed, because
-- one record gives no information about unseen cells.
create macro good_turing_coverage(records, singletons, doubletons) as
    case
        when records < 2 then null
        when doubletons > 0
            then 1 - singletons / records * (records - 1e0) * singletons / ((records - 1) * singletons + 2 * doubletons)
        else 1 - singletons / records * (records - 1e0) * (singletons - 1) / ((records - 1) * (singletons - 1) + 2)
    end;

-- Returns a lower bound of the number of all cells, seen and unseen, from the cells seen once and twice (Chao 1984,
-- Scandinavian Journal of Statistics 11, 265-270; with the factor for small samples, and in its other form if no cell
-- is seen twice).
create macro chao_1(cells, records, singletons, doubletons) as
    cells
    + (records - 1e0) / nullif(records, 0)
    * case
        when doubletons > 0 then singletons * singletons / (2e0 * doubletons)
        else singletons * (singletons - 1) / 2e0
    end;

-- Returns the expected number of distinct cells if every record fell into any cell with equal probability: the breadth
-- that the number of records alone would give.
create macro expected_cells(records, cells) as
    cells * (1 - power(1 - 1e0 / cells, records));

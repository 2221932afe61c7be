-- Distinct cells to be expected if every record fell into one of so many cells, each as likely as the others: what
-- breadth would be by effort alone.
create macro expected_cells(records, cells) as
    cells * (1 - power(1 - 1e0 / cells, records));

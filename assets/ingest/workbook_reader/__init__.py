"""The program that reads one workbook in a process of its own (`python -m assets.ingest.workbook_reader`).

`assets.ingest.workbook` starts it, gives it the bytes on standard input and limits as JSON in its first argument,
and reads JSON lines from its standard output:

- `{"sheet": name, "columns": [numbers], "hidden_rows": [numbers], "hidden_columns": [numbers]}`, then for each row
  that holds anything `[row number, [text of each column]]`
- last either `{"hidden_sheets": [names]}` or `{"refused": [expected, got]}`

It imports the standard library and, for XLS, xlrd: an import that it does not need would delay every workbook.
XLSX and ODS are read as a stream of XML, since no library reports what this platform must know of a cell: whether its
row or column is hidden, its number format, and whether its formula has a stored result. Streaming also makes the cost
depend on the cells that hold something, not on the area between the first and the last of them.
"""

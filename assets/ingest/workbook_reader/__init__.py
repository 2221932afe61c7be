"""The program that reads one workbook in a child process (`python -m assets.ingest.workbook_reader`).

`assets.ingest.workbook` starts it, passes the bytes on standard input and the limits as JSON in the first argument, and
reads JSON lines from its standard output:

- `{"sheet": name, "columns": [numbers], "hidden_rows": [numbers], "hidden_columns": [numbers]}`, then for each row
  that is not blank `[row number, [text of each column]]`
- `{"hidden_sheet": name}` for a hidden sheet, and `{"refused": [expected, got]}` at the end if the file is refused

It imports only the standard library and, for XLS, xlrd, because every other import would slow down every workbook.
XLSX and ODS are read as a stream of XML, because no library reports all of these: whether the row or column of a cell
is hidden, its number format, and whether its formula has a stored result. With streaming, the cost depends on the
number of cells that are not empty.
"""

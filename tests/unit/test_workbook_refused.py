"""Workbooks that are damaged, not workbooks, too large or the end of a process: each is refused, and nothing else."""

import random
import struct
import subprocess
import sys
from functools import cache

import pytest

from assets.ingest import workbook
from assets.ingest.tabular import read_grids, read_workbook
from assets.ingest.workbook_reader.__main__ import report_workbook
from assets.ingest.workbook_reader.sheets import ReadLimits, Report, UnreadableWorkbook
from assets.sources.threesixtygiving.awards import parse_awards
from tests.support.sample_files import DATA, needs_real_files
from tests.support.workbook_files import (
    HIDDEN_SHEET,
    archive,
    changed,
    column,
    ods,
    ods_cell,
    ods_row,
    ods_table,
    parts_of,
    rows_of,
    xls,
    xlsx,
)
from warehouse.errors import RefusedFile

SHEET = "xl/worksheets/sheet1.xml"
GOOD = column(("id", None), (1, None))
SMALL = ReadLimits(cpu_seconds=5, elapsed_seconds=30, memory_mib=96)


def refusal(content, limits=None):
    with pytest.raises(RefusedFile) as error:
        workbook.read("test", content, limits)
    assert error.value.source_id == "test"
    return str(error.value)


# What is not a workbook, or not one that can be read


def compound(*names):
    """Return the beginning of a compound file with entries of these names; it is not a whole one."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + b"".join(name.encode("utf-16-le") for name in names)


def with_flag(content, flag):
    """Return a zip archive whose entries have a bit of their general purpose flags set."""
    data = bytearray(content)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(signature)
        while at >= 0:
            (flags,) = struct.unpack_from("<H", data, at + offset)
            struct.pack_into("<H", data, at + offset, flags | flag)
            at = data.find(signature, at + 4)
    return bytes(data)


BOMB = '<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet '
RELATIONS = "_rels/.rels"
REFUSED = {
    "cut off": (lambda: GOOD[: len(GOOD) // 2], "damaged zip archive"),
    "only the first bytes": (lambda: b"PK\x03\x04damaged", "damaged zip archive"),
    "a name that is not UTF-8": (
        lambda: with_flag(archive(parts_of(GOOD)), 0x800).replace(b"xl/workbook.xml", b"xl/workb\xbc\xbck.xml"),
        "damaged zip archive",
    ),
    "two parts of one name": (lambda: archive(parts_of(GOOD) | {"XL/Workbook.xml": b""}), "two parts have one name"),
    "a locked zip archive": (lambda: with_flag(GOOD, 1), "locked with a password"),
    "a locked XLSX": (lambda: compound("Root Entry", "EncryptedPackage"), "locked with a password"),
    "a locked ODS": (
        lambda: ods(ods_table(ods_row("a")), manifest="<manifest:encryption-data/>"),
        "locked with a password",
    ),
    "entities that grow": (lambda: changed(GOOD, SHEET, "<worksheet ", BOMB), "document type declaration"),
    "broken XML": (
        lambda: changed(GOOD, SHEET, "</row>", "</rov>"),
        "damaged XML in its part 'xl/worksheets/sheet1.xml'",
    ),
    "a shared string that is not there": (lambda: changed(GOOD, SHEET, "<v>0</v>", "<v>7</v>"), "a damaged workbook"),
    "a row twice": (lambda: changed(GOOD, SHEET, '<row r="2"', '<row r="1"'), "not in order"),
    "a row beyond the last": (lambda: changed(GOOD, SHEET, '<row r="2"', '<row r="1048577"'), "not in order"),
    "a cell beyond the last": (lambda: changed(GOOD, SHEET, '"A2"', '"XFE2"'), "not in order"),
    "a cell without a place": (lambda: changed(GOOD, SHEET, '"A2"', '"Ä2"'), "a cell without a valid reference"),
    "a sheet that is not there": (
        lambda: archive({name: part for name, part in parts_of(GOOD).items() if name != SHEET}),
        "without the part 'xl/worksheets/sheet1.xml'",
    ),
    "a document": (
        lambda: changed(GOOD, RELATIONS, "xl/workbook.xml", "word/document.xml"),
        "an Office document whose main part is 'word/document.xml'",
    ),
    "an XLSB": (lambda: changed(GOOD, RELATIONS, "xl/workbook.xml", "xl/workbook.bin"), "save it as XLSX"),
    "an ODT": (lambda: ods(mimetype="application/vnd.oasis.opendocument.text"), "an OpenDocument file of the type"),
    "another zip archive": (lambda: archive({"a.csv": b"a,b"}), "without a workbook in it"),
    "an empty zip archive": (lambda: archive({}), "without a workbook in it"),
    "another compound file": (lambda: compound("WordDocument"), "a damaged"),
    "a cut XLS": (lambda: xls(lambda sheet: sheet.write(0, 0, "a"))[:2000], "a damaged"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_with_the_reason(name, capfd):
    build, reason = REFUSED[name]
    assert reason in refusal(build())
    assert capfd.readouterr() == ("", "")


@needs_real_files
def test_the_file_with_a_part_name_that_is_not_utf8_is_refused():
    with pytest.raises(RefusedFile, match="damaged zip archive"):
        parse_awards((DATA / "hard" / "o2_zipname_not_utf8.xlsx").read_bytes())


@pytest.mark.parametrize(
    "content",
    [
        b'<html xmlns:x="urn:schemas-microsoft-com:office:excel"><table><tr><td>id</td></tr></table></html>',
        b"\xef\xbb\xbf\n<!DOCTYPE HTML><html></html>",
        b'<?xml version="1.0"?><!-- saved --><html></html>',
        b'<meta charset="x"><table><tr><td>caf\xe9</td></tr></table>',
    ],
)
def test_html_saved_as_xls_is_refused_as_html(content):
    for read in (read_workbook, read_grids):
        with pytest.raises(RefusedFile, match="an HTML page"):
            read("test", content)


def test_a_workbook_with_nothing_but_hidden_sheets_is_refused():
    content = ods(ods_table(ods_row("a"), attributes='table:style-name="ta2"'), styles=HIDDEN_SHEET)
    with pytest.raises(RefusedFile, match="sheet 'Sheet1' is hidden and was not read"):
        read_workbook("test", content)


def test_macros_are_not_looked_at():
    parts = parts_of(GOOD) | {"xl/vbaProject.bin": b"\x00not a program"}
    assert rows_of(archive(parts)) == {1: ["id"], 2: ["1"]}


# Limits


def many(rows, texts=True):
    return xlsx(lambda book, sheet: [sheet.write(row, 0, f"text {row}" * 40 if texts else row) for row in range(rows)])


def test_too_much_memory_is_refused():
    assert "read with 40 MiB of memory, got" in refusal(many(60_000), ReadLimits(memory_mib=40))


def test_too_much_processor_time_is_refused_and_leaves_no_core_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blank = '<row r="3">' + '<c r="A3" s="0"/>' * 3_000_000 + "</row></sheetData>"
    content = changed(GOOD, SHEET, "</sheetData>", blank)
    assert len(content) < 500_000
    assert "read with 1 s of processor time, got" in refusal(content, ReadLimits(cpu_seconds=1))
    assert list(tmp_path.iterdir()) == []


def test_too_much_to_unpack_is_refused():
    content = archive(parts_of(GOOD) | {"xl/media/image1.png": bytes(3 << 20)})
    assert "unpacks to at most 2 MiB" in refusal(content, ReadLimits(unpacked_mib=2))
    assert rows_of(content, ReadLimits(unpacked_mib=4))[1] == ["id"]


def test_too_much_text_is_refused():
    assert "at most 1 MiB of text" in refusal(many(5000), ReadLimits(output_mib=1))


def test_too_many_cells_are_refused():
    assert "used rows times used columns are at most 100" in refusal(many(101, texts=False), ReadLimits(cells=100))
    assert len(rows_of(many(100, texts=False), ReadLimits(cells=100))) == 100

    def diagonal(book, sheet):
        for at in range(11):
            sheet.write(at, at, at)

    assert "used rows times used columns are at most 100" in refusal(xlsx(diagonal), ReadLimits(cells=100))
    repeated = ods_row("a", attributes='table:number-rows-repeated="1000000"')
    assert "used rows times used columns are at most 100" in refusal(ods(ods_table(repeated)), ReadLimits(cells=100))
    assert "at sheet 'Sheet2'" in refusal(
        xlsx(*[lambda book, sheet: sheet.write_column(0, 0, range(60))] * 2), ReadLimits(cells=100)
    )


def test_a_larger_file_may_have_more_cells():
    assert workbook.limits_for(9_000_000).cells == workbook.limits_for(0).cells == 1_500_000
    assert workbook.limits_for(20_000_000).cells == 3_500_000


# However the process ends


def ending(tmp_path, monkeypatch, code):
    """Have workbooks read by a program of these lines instead."""
    (tmp_path / "ending_program.py").write_text(code)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(workbook, "PROGRAM", "ending_program")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.abort()", "it ended with signal 6"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it ended with signal 11"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "it ended with signal 9"),
        ("raise SystemExit(3)", "it ended with exit code 3"),
        ("raise BaseException('a panic')", "it ended with exit code 1"),
        ("print('[1, [\"half a', end='', flush=True); import os; os.abort()", "it ended with signal 6"),
        ("import time; time.sleep(60)", "read within 1 s, got a workbook that takes longer"),
    ],
)
def test_however_the_reading_process_ends_only_the_file_is_refused(code, reason, tmp_path, monkeypatch, capfd):
    ending(tmp_path, monkeypatch, code)
    large = bytes(4_000_000)
    assert reason in refusal(large, ReadLimits(elapsed_seconds=1 if "sleep" in code else 30))
    assert capfd.readouterr() == ("", "")


def test_a_process_that_cannot_be_started_refuses_the_file(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    assert "a child process, got No such file or directory" in refusal(GOOD)


def test_the_reading_process_gets_no_setting_of_ours(tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_PASSWORD", "secret")
    code = "import json, os; print(json.dumps({'refused': [str(sorted(os.environ)), 'x']}))"
    ending(tmp_path, monkeypatch, code)
    assert "CPOWER_PASSWORD" not in refusal(GOOD)
    assert "PYTHONPATH" in refusal(GOOD)


def test_the_reading_process_imports_little():
    code = (
        "import sys; from assets.ingest.workbook_reader import __main__, ods, xlsx; "
        "print([m for m in ('polars', 'duckdb', 'dagster', 'numpy', 'xlrd') if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


# Damage at random


@cache
def bases():
    """Return a small sound workbook of each kind."""

    def fill(book, sheet):
        sheet.write_row(0, 0, ["id", "amount", "date"])
        for row in range(1, 12):
            sheet.write_row(row, 0, [f"a{row}", row * 10])
            sheet.write(row, 2, 43916 + row, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write_formula(12, 1, "=SUM(B2:B12)", None, 660)

    def fill_xls(sheet):
        for row in range(12):
            sheet.write(row, 0, f"a{row}")
            sheet.write(row, 1, row * 10)

    numbers = [ods_cell(str(at), f'office:value-type="float" office:value="{at}"') for at in range(12)]
    return {
        "xlsx": xlsx(fill),
        "xls": xls(fill_xls),
        "ods": ods(ods_table(*[ods_row(f"a{at}", cell) for at, cell in enumerate(numbers)])),
    }


def mutated(content, chance):
    """Return the bytes with some of them replaced, removed, repeated or cut off."""
    data = bytearray(content)
    for _ in range(chance.choice((1, 2, 5, 20))):
        at = chance.randrange(len(data))
        size = chance.choice((1, 1, 4, 30))
        how = chance.randrange(5)
        if how == 0:
            data[at : at + size] = chance.randbytes(size)
        elif how == 1:
            del data[at : at + size]
        elif how == 2:
            data[at:at] = data[at : at + size]
        elif how == 3:
            data[at : at + 1] = bytes([chance.choice(b"0123456789<>\"'&;A= \x00\xff")])
        elif chance.random() < 0.1:
            del data[at:]
        if len(data) < 10:
            break
    return bytes(data)


def damaged(seed):
    """Return a damaged workbook: damaged as a file, or within a part of an otherwise sound archive."""
    chance = random.Random(seed)
    kind, content = chance.choice(sorted(bases().items()))
    if kind == "xls" or chance.random() < 0.3:
        return mutated(content, chance)
    parts = parts_of(content)
    name = chance.choice([part for part in parts if part.endswith((".xml", ".rels")) and "docProps" not in part])
    return archive(parts | {name: mutated(parts[name], chance)})


def test_damage_at_random_is_refused_by_the_reader():
    refused = 0
    for seed in range(600):
        try:
            report_workbook(damaged(seed), SMALL, Report(SMALL, lambda line: None))
        except UnreadableWorkbook:
            refused += 1
    assert 100 < refused < 500


def test_damage_at_random_is_read_or_refused():
    books = []
    for seed in range(30):
        try:
            books.append(workbook.read("test", damaged(seed), SMALL))
        except RefusedFile:
            continue
    assert 3 < len(books) < 27
    for sheet in (sheet for book in books for sheet in book.sheets):
        assert all(len(row) == len(sheet.columns) for row in sheet.rows)
        assert sheet.numbers == sorted(set(sheet.numbers))

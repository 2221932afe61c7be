"""Text is read in the encoding that it is in, or refused with what was found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assets.ingest.tabular import decode, decode_mixed, read_csv
from warehouse.errors import RefusedFile

SOURCE = "synthetic"
HIGH = "".join(chr(code) for code in range(0xC0, 0x100))


def refusal(read, content):
    with pytest.raises(RefusedFile) as refused:
        read(SOURCE, content)
    return str(refused.value)


@pytest.mark.parametrize("read", [decode, decode_mixed, read_csv])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_text_is_named(read, encoding):
    expected = f"expected UTF-8 text, got {encoding[:6].upper()} text; save the file as UTF-8"
    assert expected in refusal(read, "Area,Value\r\nYnys Môn,1\r\n".encode(encoding))


def test_a_byte_that_is_not_utf_8_is_located_and_named():
    message = refusal(decode, "Area,Value\r\nYnys Môn,1\r\n".encode("cp1252"))
    assert "expected text in UTF-8, got byte 0xF4 in line 2, which is 'ô' in Windows-1252" in message
    assert "byte 0x81 in line 1" in refusal(decode, b"a\x81")


@pytest.mark.parametrize("read", [decode, decode_mixed])
@pytest.mark.parametrize(
    ("content", "got"),
    [
        (b"", "an empty file"),
        (b" \r\n", "an empty file"),
        (b"a\x00b", "a null byte in line 1"),
        (b"<html></html>", "an HTML page"),
    ],
)
def test_what_is_not_text_is_refused(read, content, got):
    assert got in refusal(read, content)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00<"), min_size=1))
def test_utf_8_is_read_as_utf_8(text):
    if text.strip():
        assert decode_mixed(SOURCE, text.encode()) == (decode(SOURCE, text.encode()), ())


# A letter of the code page that follows another may be UTF-8 by chance, so each letter is between ASCII letters here.
@given(st.lists(st.sampled_from(HIGH), min_size=1), st.booleans())
def test_bytes_of_the_code_page_are_read_by_it_whatever_else_there_is(letters, is_mixed):
    text = "".join(f"a{letter}b" for letter in letters)
    content = text.encode("cp1252") + ("ŵ".encode() if is_mixed else b"")
    read, notes = decode_mixed(SOURCE, content)
    assert read == text + ("ŵ" if is_mixed else "")
    assert ("except for" in notes[0]) is is_mixed


def test_a_byte_of_neither_encoding_is_refused():
    assert "byte 0x81 in line 2" in refusal(decode_mixed, b"a\nb\x81")

"""Normalises names, so that different spellings of publishers match."""

import polars as pl


def name_key(text: pl.Expr) -> pl.Expr:
    """Return names in lower case, without accents, punctuation and a leading "the", and with "and" instead of "&".

    The SQL macro `name_key` returns the same.
    """
    plain = text.str.to_lowercase().str.normalize("NFD").str.replace_all(r"\p{Mn}", "")
    words = plain.str.replace_all("&", " and ", literal=True).str.replace_all("['’`.]", "")
    return words.str.replace_all("[^a-z0-9]+", " ").str.strip_chars(" ").str.replace("^the ", "")

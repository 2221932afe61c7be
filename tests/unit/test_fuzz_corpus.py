"""Every input that fuzzing kept is read again: a parser takes it in and accounts for its rows, or refuses it."""

import pytest

from assets.landing.ingest_file import landable
from tests.fuzz.__main__ import CORPUS
from tests.fuzz.target import outcome, seeds


@pytest.mark.parametrize("source_id", sorted(path.name for path in CORPUS.iterdir()))
def test_an_input_of_the_corpus_is_read_or_refused_and_nothing_else(source_id):
    kept = sorted((CORPUS / source_id).iterdir())
    assert kept
    assert {outcome(source_id, path.read_bytes())[0] for path in kept} <= {"read", "refused"}


@pytest.mark.parametrize("source_id", landable())
def test_the_seeds_of_a_source_are_files_that_are_taken_in(source_id):
    assert outcome(source_id, seeds(source_id)[0]) == ("read", ())

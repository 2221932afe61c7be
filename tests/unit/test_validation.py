"""A quick look at what `make validation` measures at length: intervals cover at the stated rate on known truths."""

import pytest

from tests import validation

DOCUMENT = validation.DOCUMENT.read_text("utf-8")


def printed(section, *heads):
    """Return the cells after those that begin a row of a section of the document."""
    (text,) = [part for part in DOCUMENT.split("\n## ") if part.startswith(section)]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    (cells,) = [row[len(heads) :] for row in rows if row[: len(heads)] == list(heads)]
    return cells


def test_the_document_prints_what_its_command_finds():
    """Some rows that are quick to work out, as `make validation` works them out; every population has its own seed."""
    ours, naive, width = validation.simulated_ranks("clumped", 8, 0.95, 400)
    assert printed("The 90 %", "clumped", "8", "0.95") == [str(ours), str(naive), f"{width:.0%} of the group"]
    marginal, joint, width = validation.rank_sets("equal", 8, 0.8, 400)
    assert printed("The 95 % confidence", "equal", "8", "0.8") == [
        str(marginal),
        str(joint),
        f"{width:.0%} of the group",
    ]
    assert printed("With the noise", "counts of about 3", "8") == list(map(str, validation.counted(8, 3, 0.5, 400)))
    for trials in (20, 200):
        shares = [f"{share:.1%}" for share in validation.of_shares(trials)]
        assert printed("The 95 % intervals", f"Wilson, {trials} trials") == ["shares of 5 to 95 %", *shares]
    counts = [f"{share:.1%}" for share in validation.of_counts(10, 30)]
    assert printed("The 95 % intervals", "exact below 10, Byar from 10", "means of 10 to 30") == counts


@pytest.mark.parametrize("places", [8, 32])
@pytest.mark.parametrize("reliability", [0.5, 0.9])
def test_the_interval_of_a_simulated_rank_covers_and_plain_noise_does_not(places, reliability):
    ours, naive, _ = validation.simulated_ranks("normal", places, reliability, 60)
    assert ours.mean >= 0.9 - 3 * ours.error
    assert naive.mean < ours.mean


@pytest.mark.parametrize("shape", validation.SHAPES)
def test_confidence_sets_cover_whatever_the_shape(shape):
    marginal, joint, _ = validation.rank_sets(shape, 10, 0.95, 60)
    assert marginal.mean >= 0.95 - 3 * marginal.error
    assert joint.mean >= 0.95 - 3 * max(joint.error, (0.95 * 0.05 / 60) ** 0.5)


def test_where_places_are_equal_the_simultaneous_sets_cover_at_their_rate():
    _, joint, _ = validation.rank_sets("equal", 6, 0.8, 400)
    assert joint.mean == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / 400) ** 0.5)


@pytest.mark.parametrize("made", [(validation.surveys, 100), (validation.counted, 3), (validation.counted, 30)])
def test_surveys_and_counts_are_covered_too(made):
    source, size = made
    simulated, sets = source(16, size, 0.5, 60)
    assert simulated.mean >= 0.9 - 3 * simulated.error
    assert sets.mean >= 0.95 - 3 * sets.error


def test_the_probability_of_a_fifth_is_what_comes_true():
    for _, places, said, true in validation.fifths(60):
        # Places of one population hang together, so the error is taken twice as large as of independent ones.
        assert true == pytest.approx(said, abs=6 * (said * (1 - said) / places) ** 0.5)


def test_intervals_of_values_cover_at_their_rate():
    assert all(validation.of_shares(trials)[0] == pytest.approx(0.95, abs=0.01) for trials in (20, 50, 200))
    assert validation.of_counts(1, 10)[1] >= 0.95
    assert validation.of_counts(30, 200)[0] == pytest.approx(0.95, abs=0.01)
    difference = validation.compared(16, 0.8, 60)["normal_difference"]
    assert difference.mean == pytest.approx(0.95, abs=3 * difference.error)

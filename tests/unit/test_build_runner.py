"""How the command line runs a build."""

import gc

from orchestration.build_runner import COLLECTED_FROM, _fewer_collections


def test_cycles_are_looked_for_less_often_during_a_run_and_as_before_after_it():
    before = gc.get_threshold()
    with _fewer_collections():
        assert gc.get_threshold()[0] == COLLECTED_FROM > before[0]
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0

"""A run does not train beside a champion that cannot be compared with."""

from components.champion_check.rule import Probed, judge


def test_a_champion_that_answers_passes():
    check, notes = judge(Probed(), "block")
    assert (check.name, check.subject, check.passed, notes) == ("champion answers", "champion", True, ())


def test_a_champion_that_cannot_be_asked_stops_the_run_with_the_ways_out():
    for on_first_run in ("allow", "block"):
        check, notes = judge(Probed(fault="there is no saved_model.pb in /m"), on_first_run)
        assert (check.passed, check.closes, notes) == (False, True, ())
        assert check.reason == (
            "the champion cannot be compared with: there is no saved_model.pb in /m; start the run with "
            "--ignore-champion REASON, or give it up as a comparison with `evergreen champion reset --reason "
            "REASON`"
        )


def test_a_champion_of_another_task_is_as_good_as_none():
    probed = Probed(unlike="the champion predicts a number, and the candidate one of 0, 1")
    check, notes = judge(probed, "allow")
    assert check.passed
    assert notes == (f"the candidate will not be compared: {probed.unlike}",)
    check, notes = judge(probed, "block")
    assert (check.closes, notes) == (True, ())
    assert check.reason.startswith(
        f"{probed.unlike}, so it is as good as none, and model_gate.on_first_run is block; "
    )

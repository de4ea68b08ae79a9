"""A decision about an alias is refused where the decision before it has changed what the alias means."""

import datetime as dt

import pytest

from pipeline.lineage.alias_rule import SAME_THOUGHT, check_meant, check_not_repeated
from pipeline.lineage.events import State
from pipeline.lineage.models import Models
from pipeline.lineage.state_machine import RefusedMoveError
from tests.pipeline.lineage.told_models import at, note, told, version

LIVE, WITHDRAWN, QUARANTINED = State.LIVE, State.WITHDRAWN, State.QUARANTINED
THREE = (("1.0.1", LIVE), ("1.0.2", LIVE), ("1.0.3", LIVE))
SECOND = dt.timedelta(seconds=1)


def is_refused(models: Models, alias: str, to: State, later: dt.timedelta = SECOND) -> bool:
    try:
        check_not_repeated(alias, to, models, models.events[-1].at + later if models.events else at(0))
    except RefusedMoveError:
        return True
    return False


@pytest.mark.parametrize(
    ("last", "alias", "to", "refused"),
    [
        ([("1.0.3", WITHDRAWN)], "champion", WITHDRAWN, True),
        ([("1.0.3", WITHDRAWN)], "champion", QUARANTINED, True),
        ([("1.0.3", QUARANTINED)], "champion", WITHDRAWN, True),
        ([("1.0.3", WITHDRAWN)], "previous", WITHDRAWN, False),
        ([("1.0.2", WITHDRAWN)], "previous", WITHDRAWN, True),
        ([("1.0.2", WITHDRAWN)], "champion", WITHDRAWN, False),
        ([("1.0.2", LIVE)], "previous", LIVE, True),
        ([("1.0.2", LIVE)], "champion", WITHDRAWN, False),
        ([("1.0.1", LIVE)], "previous", LIVE, False),
        ([], "champion", WITHDRAWN, False),
    ],
)
def test_what_the_last_decision_did_is_not_done_again_to_another_version(
    last: list, alias: str, to: State, refused: bool
):
    assert is_refused(told(*THREE, *last), alias, to) is refused


def test_after_ten_minutes_it_is_a_thought_of_its_own():
    models = told(*THREE, ("1.0.3", WITHDRAWN))
    assert dt.timedelta(minutes=10) == SAME_THOUGHT
    assert is_refused(models, "champion", WITHDRAWN, SAME_THOUGHT)
    assert not is_refused(models, "champion", WITHDRAWN, SAME_THOUGHT + SECOND)
    assert is_refused(models, "champion", WITHDRAWN, -SECOND)  # a clock that was turned back


def test_a_note_in_between_decides_nothing():
    models = told(*THREE, ("1.0.3", WITHDRAWN)).with_event(note("1.0.3", "looked at it", 4))
    assert is_refused(models, "champion", WITHDRAWN)
    assert not is_refused(Models((version(1),)), "champion", WITHDRAWN)


def test_the_message_says_who_did_what_and_what_to_type():
    with pytest.raises(RefusedMoveError) as refused:
        check_not_repeated("champion", WITHDRAWN, told(*THREE, ("1.0.3", WITHDRAWN)), at(4))
    assert str(refused.value) == (
        "nothing was decided: 1.0.3, which was the champion, became withdrawn at 00:03:00 UTC by Ada: "
        "reason 3; the champion is 1.0.2 now; if you mean that one, name it by its version"
    )
    with pytest.raises(RefusedMoveError, match=r"the champion is none now$"):
        check_not_repeated("champion", WITHDRAWN, told(("1.0.1", LIVE), ("1.0.1", WITHDRAWN)), at(2))


def test_an_alias_has_to_mean_what_it_meant():
    models = told(*THREE)
    check_meant({"champion": models.find("1.0.3"), "previous": models.find("1.0.2")}, models)
    with pytest.raises(RefusedMoveError, match=r"the champion was 1\.0\.2 a moment ago, and is 1\.0\.3 now"):
        check_meant({"champion": models.find("1.0.2")}, models)
    with pytest.raises(
        RefusedMoveError, match=r"the previous was 1\.0\.2 a moment ago, and is no version now"
    ):
        check_meant({"previous": models.find("1.0.2")}, told(("1.0.3", LIVE)))

"""The rule of a release: may this candidate be named the champion? Decided on plain values."""

from __future__ import annotations

from components.gates.verdict import Check, Verdict, conclude


def judge(
    *, blessed: bool | None, servable: bool | None, pushed: bool | None, new: bool | None = True
) -> Verdict:
    """Releases a model that the model gate and the infra gate passed, that was pushed, and that is new.

    Args:
      blessed: the model gate's answer; None when it gave none, which does not release.
      servable: the infra gate's answer.
      pushed: whether the pusher put it where the server looks.
      new: whether no later model was registered: one that an older run pushed is on record already.
    """
    answers = (
        ("model gate", blessed, "the model gate did not bless it"),
        ("infra gate", servable, "the infra gate did not bless it"),
        ("push", pushed, "it was not pushed"),
        (
            "new",
            new,
            "it was registered before a later model; `evergreen models restore` serves it",
        ),
    )
    checks = tuple(
        Check(name, "candidate", None if answer is None else int(answer), 1, answer is True, reason)
        for name, answer, reason in answers
    )
    return conclude("release", checks)

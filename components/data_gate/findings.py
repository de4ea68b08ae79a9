"""From what was found to the checks of a verdict, by what each check does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from components.data_gate.day_facts import Finding
from components.data_gate.policy import DataGatePolicy
from components.gates.verdict import Check


def checks_of(
    names: Sequence[str], found: Sequence[Finding], policy: DataGatePolicy, all_of: str
) -> Iterator[Check]:
    """Yields a failed check for each finding, and a passed one for each check that found nothing."""
    for name in names:
        mine = [each for each in found if each.check == name]
        for each in mine:
            reaction = policy.reaction(name, each.subject)
            if reaction != "ignore":
                yield Check(
                    name, each.subject, each.measured, each.threshold, False, each.sentence, action=reaction
                )
        if not mine and policy.reaction(name) != "ignore":
            yield Check(name, all_of, 0, None, True, "")


def not_judged(names: Sequence[str], why: str, policy: DataGatePolicy) -> Iterator[Check]:
    """Yields a failed check for each name, as there was nothing to compare with."""
    for name in names:
        reaction = policy.reaction(name)
        if reaction != "ignore":
            yield Check(name, "window", None, None, False, f"{name} was not judged: {why}", action=reaction)

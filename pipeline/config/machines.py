"""Which machines and accelerators there are and which fit together, by the tables of `machine_types`.

An open rule: what those tables know to be impossible is refused when the configuration is loaded (the service
would refuse it after the image has been built and the job has waited in a queue). What they do not know, such
as a newer series, is let through with a warning, which `cloud.accept_unknown` silences by name.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from components.shown import shown
from pipeline.config.machine_types import ACCELERATORS, ATTACHED, BUILT_IN, GROWING, MACHINES, Size

_MACHINE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_ACCELERATOR_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


def size(machine: str) -> Size | None:
    """Returns what a machine type has; None for one that is in no table."""
    return MACHINES.get(machine)


def unknown(machine: str, accelerator: str | None = None, accepted: Collection[str] = ()) -> tuple[str, ...]:
    """Returns a sentence for a machine, and one for an accelerator, that is in no table.

    Args:
      machine: type, as Compute Engine names it.
      accelerator: type, as the Vertex API names it; None for none.
      accepted: names of which nothing is said.
    """
    sentences = []
    if machine not in MACHINES and machine not in accepted:
        sentences.append(
            f"machine type {shown(machine)} is not in pipeline/config/machine_types.py; it is used "
            "unchecked, and a step on it gets no resource limits; "
            "name it in cloud.accept_unknown if that is meant"
        )
    if accelerator is not None and accelerator not in ACCELERATORS and accelerator not in accepted:
        sentences.append(
            f"accelerator {shown(accelerator)} is not in pipeline/config/machine_types.py; it is used "
            "unchecked; name it in cloud.accept_unknown if that is meant"
        )
    return tuple(sentences)


def refuse_impossible(machine: str, accelerator: str | None, count: int) -> None:
    """Refuses machines and accelerators that are known not to exist, or not to fit together.

    Args:
      machine: type, as Compute Engine names it.
      accelerator: type, as the Vertex API names it; None for none.
      count: how many; 0 for none.

    Raises:
      ValueError: a size that a known family does not have, a name of the wrong form, a number there is not,
        or the two do not fit together; it says what is possible.
    """
    _refuse_no_machine(machine)
    if accelerator is None or count == 0:
        _refuse_without(machine, accelerator, count)
    elif not _ACCELERATOR_NAME.fullmatch(accelerator):
        raise ValueError(f"no accelerator {shown(accelerator)}; there are {', '.join(ACCELERATORS)}")
    elif machine in BUILT_IN:
        _refuse_other_than_built_in(machine, accelerator, count)
    elif accelerator in ACCELERATORS and machine in MACHINES:
        _refuse_unattachable(machine, accelerator, count)


def _refuse_no_machine(machine: str) -> None:
    if machine in MACHINES:
        return
    family = machine.rpartition("-")[0]
    there_are = [each for each in MACHINES if each.rpartition("-")[0] == family]
    if there_are and family.partition("-")[0] not in GROWING:
        raise ValueError(f"no machine type {shown(machine)}; there are {', '.join(there_are)}")
    if not _MACHINE_NAME.fullmatch(machine):
        raise ValueError(f"no machine type {shown(machine)}; expected a name such as e2-standard-4")


def _refuse_without(machine: str, accelerator: str | None, count: int) -> None:
    if accelerator is not None or count:
        raise ValueError("give both accelerator and accelerators (their number), or neither")
    if machine in BUILT_IN:
        has = BUILT_IN[machine]
        raise ValueError(
            f"{machine} comes with {has.accelerators} {has.accelerator}; name them, or take a machine without"
        )


def _refuse_other_than_built_in(machine: str, accelerator: str, count: int) -> None:
    has = BUILT_IN[machine]
    if (accelerator, count) != (has.accelerator, has.accelerators):
        raise ValueError(f"{machine} has {has.accelerators} {has.accelerator}, not {count} {accelerator}")


def _refuse_unattachable(machine: str, accelerator: str, count: int) -> None:
    if accelerator not in ATTACHED:
        fitting = [name for name, has in BUILT_IN.items() if has.accelerator == accelerator]
        raise ValueError(f"{accelerator} comes only with {', '.join(fitting)}, not with {machine}")
    if not machine.startswith("n1-"):
        raise ValueError(f"{accelerator} can be attached to n1 machines only, not to {machine}")
    attached, vcpus = ATTACHED[accelerator], MACHINES[machine].vcpus
    fitting_counts = [each for each in attached.counts if vcpus <= each * attached.most_vcpus_each]
    if count not in fitting_counts:
        offered = ", ".join(map(str, fitting_counts)) or "none"
        raise ValueError(f"{machine} cannot have {count} {accelerator}; possible numbers: {offered}")

"""Machines of Google Cloud: what each has, and which accelerators fit which machine.

Sources, read in November 2026: https://cloud.google.com/vertex-ai/docs/training/configure-compute and
https://cloud.google.com/compute/docs/gpus. What this table knows to be impossible is refused when the
configuration is loaded; the service would refuse it after the image has been built and the job has waited in
a queue. What this table does not know, such as a newer family, is let through with a warning.
"""

from __future__ import annotations

import dataclasses
import re

from components.shown import shown

SIZES = {
    "e2": (2, 4, 8, 16, 32),
    "n1": (1, 2, 4, 8, 16, 32, 64, 96),
    "n2": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128),
}
_GB_PER_VCPU = {
    "e2-standard": 4.0, "e2-highmem": 8.0, "e2-highcpu": 1.0,
    "n1-standard": 3.75, "n1-highmem": 6.5, "n1-highcpu": 0.9,
    "n2-standard": 4.0, "n2-highmem": 8.0, "n2-highcpu": 1.0,
}  # fmt: skip

# Accelerators that are attached to N1 machines: numbers that there are, and how many vCPUs one can feed at
# most.
_ATTACHED = {
    "NVIDIA_TESLA_P4": ((1, 2, 4), 24),
    "NVIDIA_TESLA_T4": ((1, 2, 4), 24),
    "NVIDIA_TESLA_P100": ((1, 2, 4), 16),
    "NVIDIA_TESLA_V100": ((1, 2, 4, 8), 12),
}

# Machines that come with their accelerators: vCPUs, GB, accelerator, number.
_BUILT_IN = {
    "a2-highgpu-1g": (12, 85.0, "NVIDIA_TESLA_A100", 1),
    "a2-highgpu-2g": (24, 170.0, "NVIDIA_TESLA_A100", 2),
    "a2-highgpu-4g": (48, 340.0, "NVIDIA_TESLA_A100", 4),
    "a2-highgpu-8g": (96, 680.0, "NVIDIA_TESLA_A100", 8),
    "a2-megagpu-16g": (96, 1360.0, "NVIDIA_TESLA_A100", 16),
    "a2-ultragpu-1g": (12, 170.0, "NVIDIA_A100_80GB", 1),
    "a2-ultragpu-2g": (24, 340.0, "NVIDIA_A100_80GB", 2),
    "a2-ultragpu-4g": (48, 680.0, "NVIDIA_A100_80GB", 4),
    "a2-ultragpu-8g": (96, 1360.0, "NVIDIA_A100_80GB", 8),
    "a3-highgpu-8g": (208, 1872.0, "NVIDIA_H100_80GB", 8),
    "g2-standard-4": (4, 16.0, "NVIDIA_L4", 1),
    "g2-standard-8": (8, 32.0, "NVIDIA_L4", 1),
    "g2-standard-12": (12, 48.0, "NVIDIA_L4", 1),
    "g2-standard-16": (16, 64.0, "NVIDIA_L4", 1),
    "g2-standard-24": (24, 96.0, "NVIDIA_L4", 2),
    "g2-standard-32": (32, 128.0, "NVIDIA_L4", 1),
    "g2-standard-48": (48, 192.0, "NVIDIA_L4", 4),
    "g2-standard-96": (96, 384.0, "NVIDIA_L4", 8),
}
ACCELERATORS = tuple(sorted({*_ATTACHED, *(built_in[2] for built_in in _BUILT_IN.values())}))

_MACHINE_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)+")
_ACCELERATOR_NAME = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")


@dataclasses.dataclass(frozen=True)
class Size:
    """What a machine has."""

    vcpus: int
    memory_gb: float


def size(machine: str) -> Size | None:
    """Returns what a machine type has; None for one that is not in this table."""
    if machine in _BUILT_IN:
        return Size(*_BUILT_IN[machine][:2])
    family, _, vcpus = machine.rpartition("-")
    if family not in _GB_PER_VCPU or not vcpus.isdecimal():
        return None
    return Size(int(vcpus), int(vcpus) * _GB_PER_VCPU[family]) if int(vcpus) in _sizes(family) else None


def unknown(machine: str, accelerator: str | None = None) -> tuple[str, ...]:
    """Returns a sentence for a machine, and one for an accelerator, that is not in this table."""
    sentences = []
    if size(machine) is None:
        sentences.append(
            f"machine type {shown(machine)} is not in pipeline/config/machines.py; it is used unchecked, "
            "and a step on it gets no resource limits"
        )
    if accelerator is not None and accelerator not in ACCELERATORS:
        sentences.append(
            f"accelerator {shown(accelerator)} is not in pipeline/config/machines.py; it is used unchecked"
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
        or the two do not fit together.
    """
    _refuse_no_machine(machine)
    if accelerator is None or count == 0:
        _refuse_without(machine, accelerator, count)
    elif not _ACCELERATOR_NAME.fullmatch(accelerator):
        raise ValueError(f"no accelerator {shown(accelerator)}; there are {', '.join(ACCELERATORS)}")
    elif machine in _BUILT_IN:
        _refuse_other_than_built_in(machine, accelerator, count)
    elif accelerator in ACCELERATORS and size(machine) is not None:
        _refuse_unattachable(machine, accelerator, count)


def _sizes(family: str) -> tuple[int, ...]:
    return SIZES[family.partition("-")[0]]


def _refuse_no_machine(machine: str) -> None:
    family = machine.rpartition("-")[0]
    if family in _GB_PER_VCPU and size(machine) is None:
        sizes = ", ".join(f"{family}-{each}" for each in _sizes(family))
        raise ValueError(f"no machine type {shown(machine)}; there are {sizes}")
    if not _MACHINE_NAME.fullmatch(machine):
        raise ValueError(
            f"no machine type {shown(machine)}; expected a name such as {', '.join(_GB_PER_VCPU)}"
        )


def _refuse_without(machine: str, accelerator: str | None, count: int) -> None:
    if accelerator is not None or count:
        raise ValueError("give both accelerator and accelerators (their number), or neither")
    if machine in _BUILT_IN:
        _, _, kind, number = _BUILT_IN[machine]
        raise ValueError(f"{machine} comes with {number} {kind}; name them, or take a machine without")


def _refuse_other_than_built_in(machine: str, accelerator: str, count: int) -> None:
    _, _, kind, number = _BUILT_IN[machine]
    if (accelerator, count) != (kind, number):
        raise ValueError(f"{machine} has {number} {kind}, not {count} {accelerator}")


def _refuse_unattachable(machine: str, accelerator: str, count: int) -> None:
    if accelerator not in _ATTACHED:
        fitting = [name for name, (_, _, kind, _) in _BUILT_IN.items() if kind == accelerator]
        raise ValueError(f"{accelerator} comes only with {', '.join(fitting)}, not with {machine}")
    if not machine.startswith("n1-"):
        raise ValueError(f"{accelerator} can be attached to n1 machines only, not to {machine}")
    counts, vcpus_each = _ATTACHED[accelerator]
    vcpus = int(machine.rpartition("-")[2])
    fitting_counts = [each for each in counts if vcpus <= each * vcpus_each]
    if count not in fitting_counts:
        offered = ", ".join(map(str, fitting_counts)) or "none"
        raise ValueError(f"{machine} cannot have {count} {accelerator}; possible numbers: {offered}")

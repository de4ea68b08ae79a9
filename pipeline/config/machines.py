"""Machines of Google Cloud: what each has, and which accelerators fit which machine.

Sources, read in November 2026: https://cloud.google.com/vertex-ai/docs/training/configure-compute and
https://cloud.google.com/compute/docs/gpus. A combination outside this table is refused when the
configuration is loaded; the service would refuse it after the image has been built and the job has waited
in a queue.
"""

from __future__ import annotations

import dataclasses

SIZES = {
    "e2": (2, 4, 8, 16, 32),
    "n1": (1, 2, 4, 8, 16, 32, 64, 96),
    "n2": (2, 4, 8, 16, 32, 48, 64, 80, 96, 128),
}
_GB_A_VCPU = {
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


@dataclasses.dataclass(frozen=True)
class Size:
    """What a machine has."""

    vcpus: int
    memory_gb: float


def size(machine: str) -> Size:
    """What a machine type has.

    Raises:
      ValueError: no such machine type; the message lists the ones of its family.
    """
    if machine in _BUILT_IN:
        return Size(*_BUILT_IN[machine][:2])
    family, _, vcpus = machine.rpartition("-")
    sizes = SIZES.get(family.partition("-")[0], ())
    if family in _GB_A_VCPU and vcpus.isdecimal() and int(vcpus) in sizes:
        return Size(int(vcpus), int(vcpus) * _GB_A_VCPU[family])
    known = [f"{family}-{each}" for each in sizes] if family in _GB_A_VCPU else [*_GB_A_VCPU, *_BUILT_IN]
    raise ValueError(f"no machine type {machine!r}; there are {', '.join(known)}")


def refuse_impossible(machine: str, accelerator: str | None, count: int) -> None:
    """Refuses accelerators that a machine cannot have.

    Args:
      accelerator: type, as the Vertex API names it; None for none.
      count: how many; 0 for none.

    Raises:
      ValueError: unknown machine or accelerator, a number there is not, or the two do not fit together.
    """
    size(machine)
    if accelerator is None or count == 0:
        _refuse_without(machine, accelerator, count)
    elif accelerator not in ACCELERATORS:
        raise ValueError(f"no accelerator {accelerator!r}; there are {', '.join(ACCELERATORS)}")
    elif machine in _BUILT_IN:
        _refuse_other_than_built_in(machine, accelerator, count)
    else:
        _refuse_unattachable(machine, accelerator, count)


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
    fitting_counts = [each for each in counts if size(machine).vcpus <= each * vcpus_each]
    if count not in fitting_counts:
        offered = ", ".join(map(str, fitting_counts)) or "none"
        raise ValueError(f"{machine} cannot have {count} {accelerator}; possible numbers: {offered}")

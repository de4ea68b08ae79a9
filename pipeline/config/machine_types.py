"""Machine types of Compute Engine and the accelerators that go with them: the data of `machines`.

Sources, read in November 2026: https://cloud.google.com/vertex-ai/docs/training/configure-compute,
https://cloud.google.com/compute/docs/general-purpose-machines, …/compute-optimized-machines,
…/memory-optimized-machines, …/accelerator-optimized-machines and …/gpus. Accelerators have the names of
`google.cloud.aiplatform_v1.AcceleratorType`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping


@dataclasses.dataclass(frozen=True)
class Size:
    """What a machine has."""

    vcpus: int
    memory_gb: float


@dataclasses.dataclass(frozen=True)
class BuiltIn(Size):
    """A machine that comes with its accelerators."""

    accelerator: str
    accelerators: int


@dataclasses.dataclass(frozen=True)
class Attached:
    """An accelerator that is attached to N1 machines: how many there can be, how many vCPUs one can feed."""

    counts: tuple[int, ...]
    most_vcpus_each: int


# Series that still gain sizes. Of every other series the sizes below are all that there are.
GROWING = frozenset({"a3", "a4", "a4x", "c4", "c4d", "g4", "n4"})

_N1 = (2, 4, 8, 16, 32, 64, 96)
_N2 = (2, 4, 8, 16, 32, 48, 64, 80, 96)
_C2D = (2, 4, 8, 16, 32, 56, 112)
_C3 = (4, 8, 22, 44, 88, 176)
_C3D = (4, 8, 16, 30, 60, 90, 180, 360)
_C4 = (2, 4, 8, 16, 24, 32, 48, 96, 144, 192, 288)
_C4D = (2, 4, 8, 16, 32, 48, 64, 96, 192, 384)
_N4 = (2, 4, 8, 16, 32, 48, 64, 80)

# family: numbers of vCPUs, GB of memory for each
_FAMILIES: Mapping[str, tuple[tuple[int, ...], float]] = {
    "e2-standard": ((2, 4, 8, 16, 32), 4.0),
    "e2-highmem": ((2, 4, 8, 16), 8.0),
    "e2-highcpu": ((2, 4, 8, 16, 32), 1.0),
    "n1-standard": ((1, *_N1), 3.75),
    "n1-highmem": (_N1, 6.5),
    "n1-highcpu": (_N1, 0.9),
    "n2-standard": ((*_N2, 128), 4.0),
    "n2-highmem": ((*_N2, 128), 8.0),
    "n2-highcpu": (_N2, 1.0),
    "n2d-standard": ((*_N2, 128, 224), 4.0),
    "n2d-highmem": (_N2, 8.0),
    "n2d-highcpu": ((*_N2, 128, 224), 1.0),
    "n4-standard": (_N4, 4.0),
    "n4-highmem": (_N4, 8.0),
    "n4-highcpu": (_N4, 2.0),
    "t2d-standard": ((1, 2, 4, 8, 16, 32, 48, 60), 4.0),
    "c2-standard": ((4, 8, 16, 30, 60), 4.0),
    "c2d-standard": (_C2D, 4.0),
    "c2d-highmem": (_C2D, 8.0),
    "c2d-highcpu": (_C2D, 2.0),
    "c3-standard": (_C3, 4.0),
    "c3-highmem": (_C3, 8.0),
    "c3-highcpu": (_C3, 2.0),
    "c3d-standard": (_C3D, 4.0),
    "c3d-highmem": (_C3D, 8.0),
    "c3d-highcpu": (_C3D, 2.0),
    "c4-standard": (_C4, 3.75),
    "c4-highmem": (_C4, 7.75),
    "c4-highcpu": (_C4, 2.0),
    "c4d-standard": (_C4D, 3.875),
    "c4d-highmem": (_C4D, 7.875),
}
# What is not its family's memory for each vCPU, or has no such family.
_UNLIKE_THE_FAMILY: Mapping[str, Size] = {
    "n2-highmem-128": Size(128, 864.0),
    "c3d-highcpu-30": Size(30, 59.0),
    "c3d-highcpu-60": Size(60, 118.0),
    "c3d-highcpu-90": Size(90, 177.0),
    "c3d-highcpu-180": Size(180, 354.0),
    "c3d-highcpu-360": Size(360, 708.0),
    "c4-standard-2": Size(2, 7.0),
    "c4-highmem-2": Size(2, 15.0),
    "c4d-standard-2": Size(2, 7.0),
    "c4d-standard-4": Size(4, 15.0),
    "c4d-highmem-2": Size(2, 15.0),
    "c4d-highmem-4": Size(4, 31.0),
    "m1-megamem-96": Size(96, 1433.6),
    "m1-ultramem-40": Size(40, 961.0),
    "m1-ultramem-80": Size(80, 1922.0),
    "m1-ultramem-160": Size(160, 3844.0),
    "m2-megamem-416": Size(416, 5888.0),
    "m2-hypermem-416": Size(416, 8832.0),
    "m2-ultramem-208": Size(208, 5888.0),
    "m2-ultramem-416": Size(416, 11776.0),
    "m3-megamem-64": Size(64, 976.0),
    "m3-megamem-128": Size(128, 1952.0),
    "m3-ultramem-32": Size(32, 976.0),
    "m3-ultramem-64": Size(64, 1952.0),
    "m3-ultramem-128": Size(128, 3904.0),
}
BUILT_IN: Mapping[str, BuiltIn] = {
    "a2-highgpu-1g": BuiltIn(12, 85.0, "NVIDIA_TESLA_A100", 1),
    "a2-highgpu-2g": BuiltIn(24, 170.0, "NVIDIA_TESLA_A100", 2),
    "a2-highgpu-4g": BuiltIn(48, 340.0, "NVIDIA_TESLA_A100", 4),
    "a2-highgpu-8g": BuiltIn(96, 680.0, "NVIDIA_TESLA_A100", 8),
    "a2-megagpu-16g": BuiltIn(96, 1360.0, "NVIDIA_TESLA_A100", 16),
    "a2-ultragpu-1g": BuiltIn(12, 170.0, "NVIDIA_A100_80GB", 1),
    "a2-ultragpu-2g": BuiltIn(24, 340.0, "NVIDIA_A100_80GB", 2),
    "a2-ultragpu-4g": BuiltIn(48, 680.0, "NVIDIA_A100_80GB", 4),
    "a2-ultragpu-8g": BuiltIn(96, 1360.0, "NVIDIA_A100_80GB", 8),
    "a3-highgpu-1g": BuiltIn(26, 234.0, "NVIDIA_H100_80GB", 1),
    "a3-highgpu-2g": BuiltIn(52, 468.0, "NVIDIA_H100_80GB", 2),
    "a3-highgpu-4g": BuiltIn(104, 936.0, "NVIDIA_H100_80GB", 4),
    "a3-highgpu-8g": BuiltIn(208, 1872.0, "NVIDIA_H100_80GB", 8),
    "a3-edgegpu-8g": BuiltIn(208, 1872.0, "NVIDIA_H100_80GB", 8),
    "a3-megagpu-8g": BuiltIn(208, 1872.0, "NVIDIA_H100_MEGA_80GB", 8),
    "a3-ultragpu-8g": BuiltIn(224, 2952.0, "NVIDIA_H200_141GB", 8),
    "a4-highgpu-8g": BuiltIn(224, 3968.0, "NVIDIA_B200", 8),
    "a4x-highgpu-4g": BuiltIn(140, 884.0, "NVIDIA_GB200", 4),
    "g2-standard-4": BuiltIn(4, 16.0, "NVIDIA_L4", 1),
    "g2-standard-8": BuiltIn(8, 32.0, "NVIDIA_L4", 1),
    "g2-standard-12": BuiltIn(12, 48.0, "NVIDIA_L4", 1),
    "g2-standard-16": BuiltIn(16, 64.0, "NVIDIA_L4", 1),
    "g2-standard-24": BuiltIn(24, 96.0, "NVIDIA_L4", 2),
    "g2-standard-32": BuiltIn(32, 128.0, "NVIDIA_L4", 1),
    "g2-standard-48": BuiltIn(48, 192.0, "NVIDIA_L4", 4),
    "g2-standard-96": BuiltIn(96, 384.0, "NVIDIA_L4", 8),
    "g4-standard-48": BuiltIn(48, 180.0, "NVIDIA_RTX_PRO_6000", 1),
    "g4-standard-96": BuiltIn(96, 360.0, "NVIDIA_RTX_PRO_6000", 2),
    "g4-standard-192": BuiltIn(192, 720.0, "NVIDIA_RTX_PRO_6000", 4),
    "g4-standard-384": BuiltIn(384, 1440.0, "NVIDIA_RTX_PRO_6000", 8),
}
ATTACHED: Mapping[str, Attached] = {
    "NVIDIA_TESLA_P4": Attached((1, 2, 4), 24),
    "NVIDIA_TESLA_T4": Attached((1, 2, 4), 24),
    "NVIDIA_TESLA_P100": Attached((1, 2, 4), 16),
    "NVIDIA_TESLA_V100": Attached((1, 2, 4, 8), 12),
}
LEAST_VCPUS = 2  # of a machine that trains or serves
# Vertex AI Training takes no network for jobs with these: …/vertex-ai/docs/training/using-private-ip.
NOT_PEERED = frozenset({"NVIDIA_H100_MEGA_80GB", "NVIDIA_H200_141GB", "NVIDIA_B200"})
MACHINES: Mapping[str, Size] = {
    **{
        f"{family}-{vcpus}": Size(vcpus, vcpus * gb_each)
        for family, (sizes, gb_each) in _FAMILIES.items()
        for vcpus in sizes
    },
    **_UNLIKE_THE_FAMILY,
    **BUILT_IN,
}
ACCELERATORS = tuple(sorted({*ATTACHED, *(each.accelerator for each in BUILT_IN.values())}))

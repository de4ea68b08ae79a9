"""An accelerator that a machine cannot have is refused; what no table knows is let through and named."""

import pytest

from pipeline.config import machines


@pytest.mark.parametrize(
    ("machine", "accelerator", "count"),
    [
        ("n1-standard-8", None, 0),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 1),
        ("n1-standard-16", "NVIDIA_TESLA_V100", 2),
        ("n1-standard-96", "NVIDIA_TESLA_V100", 8),
        ("n1-standard-96", "NVIDIA_TESLA_T4", 4),
        ("g2-standard-24", "NVIDIA_L4", 2),
        ("a2-ultragpu-1g", "NVIDIA_A100_80GB", 1),
        *((name, None, 0) for name in ("c2-standard-60", "c2d-highmem-112", "n2d-standard-224")),
        *((name, None, 0) for name in ("c3-standard-8", "c3d-highcpu-360", "c4-highmem-288")),
        *(
            (name, None, 0)
            for name in ("t2d-standard-1", "m1-ultramem-160", "m3-megamem-64", "n4-highcpu-80")
        ),
        ("a3-highgpu-1g", "NVIDIA_H100_80GB", 1),
        ("a3-highgpu-2g", "NVIDIA_H100_80GB", 2),
        ("a3-highgpu-4g", "NVIDIA_H100_80GB", 4),
        ("a3-megagpu-8g", "NVIDIA_H100_MEGA_80GB", 8),
        ("a3-ultragpu-8g", "NVIDIA_H200_141GB", 8),
        ("a4-highgpu-8g", "NVIDIA_B200", 8),
        ("c4-standard-12", None, 0),
        ("x9-standard-4", "NVIDIA_TESLA_T4", 1),
        ("a3-highgpu-16g", "NVIDIA_H100_80GB", 16),
        ("e2-standard-8", "NVIDIA_TESLA_T5", 1),
        ("ct5lp-hightpu-4t", "TPU_V5_LITEPOD", 4),
        ("n1-custom-6-30720", "NVIDIA_TESLA_T4", 1),
        ("n1-standard-8", "NVIDIA_TESLA_T5", 1),
    ],
)
def test_a_possible_machine_is_taken_and_so_is_one_that_nobody_here_knows(
    machine: str, accelerator: str | None, count: int
):
    machines.refuse_impossible(machine, accelerator, count)


@pytest.mark.parametrize(
    ("machine", "accelerator", "count", "message"),
    [
        ("n1-standard-5", None, 0, "no machine type 'n1-standard-5'; there are n1-standard-1"),
        ("n2-highmem-1000", None, 0, "no machine type 'n2-highmem-1000'; there are n2-highmem-2"),
        ("n1-highmem-1", None, 0, "no machine type 'n1-highmem-1'; there are n1-highmem-2, n1-highmem-4"),
        ("n1-highcpu-1", None, 0, "no machine type 'n1-highcpu-1'; there are n1-highcpu-2"),
        ("e2-highmem-32", None, 0, "there are e2-highmem-2, e2-highmem-4, e2-highmem-8, e2-highmem-16$"),
        ("c2-standard-32", None, 0, "there are c2-standard-4, c2-standard-8, c2-standard-16, c2-standard-30"),
        ("a2-highgpu-3g", "NVIDIA_TESLA_A100", 3, "there are a2-highgpu-1g, a2-highgpu-2g"),
        ("c3-standard-8", "NVIDIA_TESLA_T4", 1, "attached to n1 machines only, not to c3-standard-8"),
        (
            "a3-ultragpu-8g",
            "NVIDIA_H100_80GB",
            8,
            "a3-ultragpu-8g has 8 NVIDIA_H200_141GB, not 8 NVIDIA_H100",
        ),
        ("a3-highgpu-1g", "NVIDIA_H100_80GB", 2, "a3-highgpu-1g has 1 NVIDIA_H100_80GB, not 2"),
        (
            "n1-standard-8",
            "NVIDIA_B200",
            8,
            "NVIDIA_B200 comes only with a4-highgpu-8g, not with n1-standard-8",
        ),
        ("huge", None, 0, "no machine type 'huge'; expected a name such as e2-standard"),
        ("n1-standard-8", "t4", 1, "no accelerator 't4'; there are NVIDIA_A100_80GB"),
        ("c3-standard-8", "NVIDIA_H200_141GB", 0, "give both"),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 3, "cannot have 3 NVIDIA_TESLA_T4; possible numbers: 1, 2, 4"),
        ("n1-standard-16", "NVIDIA_TESLA_V100", 1, "possible numbers: 2, 4, 8"),
        ("n1-standard-96", "NVIDIA_TESLA_P100", 4, "possible numbers: none"),
        ("e2-standard-8", "NVIDIA_TESLA_T4", 1, "n1 machines only"),
        ("n1-standard-8", "NVIDIA_L4", 1, "NVIDIA_L4 comes only with g2-standard-4"),
        ("g2-standard-24", "NVIDIA_L4", 1, "g2-standard-24 has 2 NVIDIA_L4, not 1"),
        ("a2-highgpu-1g", "NVIDIA_L4", 1, "a2-highgpu-1g has 1 NVIDIA_TESLA_A100"),
        ("g2-standard-4", None, 0, "g2-standard-4 comes with 1 NVIDIA_L4"),
        ("n1-standard-8", "NVIDIA_TESLA_T4", 0, "give both"),
        ("n1-standard-8", None, 1, "give both"),
    ],
)
def test_an_impossible_machine_is_refused_with_what_is_possible(
    machine: str, accelerator: str | None, count: int, message: str
):
    with pytest.raises(ValueError, match=message):
        machines.refuse_impossible(machine, accelerator, count)


def test_sizes_are_those_of_the_machine_families():
    assert machines.size("n1-standard-8") == machines.Size(8, 30.0)
    assert machines.size("e2-highmem-4") == machines.Size(4, 32.0)
    assert machines.size("n2-highmem-128") == machines.Size(128, 864.0)
    assert machines.size("c4-standard-2") == machines.Size(2, 7.0)
    largest = machines.size("a2-megagpu-16g")
    assert largest
    assert (largest.vcpus, largest.memory_gb) == (96, 1360.0)


@pytest.mark.parametrize(
    "machine",
    ["x9-standard-8", "e2-micro", "n1-standard-5", "c4-standard-12", "n1-megamem-96", "t2d-highmem-4"],
)
def test_the_size_of_a_machine_outside_the_tables_is_not_known(machine: str):
    assert machines.size(machine) is None


@pytest.mark.parametrize(
    ("machine", "accelerator", "accepted", "named"),
    [
        ("c3-standard-8", None, (), []),
        ("n1-standard-8", "NVIDIA_TESLA_T4", (), []),
        ("x9-standard-8", None, (), ["machine type 'x9-standard-8'"]),
        ("x9-standard-8", None, ("x9-standard-4",), ["machine type 'x9-standard-8'"]),
        ("x9-standard-8", None, ("x9-standard-8",), []),
        ("n1-standard-8", "NVIDIA_TESLA_T5", (), ["accelerator 'NVIDIA_TESLA_T5'"]),
        ("n1-standard-8", "NVIDIA_TESLA_T5", ("NVIDIA_TESLA_T5",), []),
        ("x9-standard-8", "NVIDIA_X", ("x9-standard-8",), ["accelerator 'NVIDIA_X'"]),
        ("x9-standard-8", "NVIDIA_X", (), ["machine type 'x9-standard-8'", "accelerator 'NVIDIA_X'"]),
    ],
)
def test_what_no_table_has_is_named_until_it_is_accepted(
    machine: str, accelerator: str | None, accepted: tuple[str, ...], named: list[str]
):
    said = machines.unknown(machine, accelerator, accepted)
    assert [sentence.partition(" is not in ")[0] for sentence in said] == named
    assert all("cloud.accept_unknown" in sentence for sentence in said)

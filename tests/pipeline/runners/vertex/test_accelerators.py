"""An accelerator of a job's message has one name, however the message gives it."""

import pytest


@pytest.mark.slow
def test_a_member_and_its_number_have_the_same_name():
    from google.cloud.aiplatform_v1.types import AcceleratorType

    from pipeline.runners.vertex.checks.requests import _accelerator

    assert _accelerator(AcceleratorType.NVIDIA_TESLA_T4) == "NVIDIA_TESLA_T4"
    assert _accelerator(AcceleratorType.NVIDIA_TESLA_T4.value) == "NVIDIA_TESLA_T4"

"""The images of a job are found wherever the compiler has put them."""

from __future__ import annotations

import pytest

from infra.promotion import job_images, make_template
from pipeline.config import load as configs


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_every_image_of_a_compiled_job_is_found_with_its_use(environment: str) -> None:
    """In prod Dataflow's workers and a training job have images of their own; in dev all is in the step."""
    config = configs.load(environment)
    cloud = config.require_cloud()
    expected = {(job_images.PIPELINE, cloud.image)}
    if environment == "prod":
        assert cloud.trainer is not None
        expected |= {(job_images.DATAFLOW, cloud.image), (job_images.TRAINER, cloud.trainer.image)}
    assert job_images.uses(cloud) == {use for use, _ in expected}
    for job in make_template.make(config, "v1.0.0").jobs.values():
        assert set(job_images.of_job(job)) == expected

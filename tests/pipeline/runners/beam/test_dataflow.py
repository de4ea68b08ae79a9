"""Every stage of Beam becomes a job of Dataflow, built and sent by Beam's own runner and clients.

Nothing reaches Google: a server on this machine answers, and executes what it was sent.
"""

import io
import json
import os
import shutil
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import google.auth
import pytest
from apache_beam.options.pipeline_options_validator import PipelineOptionsValidator
from apache_beam.portability import common_urns
from apache_beam.portability.api import beam_runner_api_pb2
from apache_beam.runners.internal.names import PICKLED_MAIN_SESSION_FILE
from apache_beam.runners.portability.stager import SUBMISSION_ENV_DEPENDENCIES_FILE
from google.auth.credentials import AnonymousCredentials
from tfx.dsl.components.base.base_beam_component import BaseBeamComponent

from pipeline.runners.vertex.beam import beam_arguments
from pipeline.runners.vertex.cloud_job import in_cloud
from tests.pipeline.runners.beam import dataflow_server, stages
from tests.pipeline.runners.beam.dataflow_server import Dataflow, Job

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[4]


@pytest.fixture(scope="module")
def server() -> Iterator[Dataflow]:
    """In Google's place for everything that Beam's clients send."""

    with dataflow_server.serve() as here, pytest.MonkeyPatch.context() as patch:
        patch.setattr(PipelineOptionsValidator, "validate_endpoint_url", lambda *_: True)  # it takes no port
        patch.setattr(google.auth, "default", lambda **_: (AnonymousCredentials(), None))
        patch.setenv("STORAGE_EMULATOR_HOST", here.url)
        patch.setenv("NO_PROXY", "127.0.0.1")
        yield here


@pytest.fixture(scope="module")
def launch(three_days: Path, server: Dataflow):
    """Of production: the days are below /gcs, which is mounted in Vertex AI's steps and nowhere else."""
    found = stages.resolve(three_days, "prod", {})
    cloud = found.config.cloud
    for path in three_days.iterdir():
        server.files[f"{cloud.data.removeprefix('gs://')}/{path.name}"] = path.read_bytes()
    moved = in_cloud(found, cloud)
    assert all(span.path.startswith("/gcs/") for span in moved.window.train_spans)
    return moved


def _sent_to(server: Dataflow) -> str:
    return f"--dataflow_endpoint={server.endpoint}"


@pytest.fixture(scope="module")
def outputs(launch, server: Dataflow, tmp_path_factory: pytest.TempPathFactory) -> stages.Outputs:
    """What the stages write when they are told what the compiled job tells them, but for the address."""
    config = launch.config
    return stages.run(
        launch,
        tmp_path_factory.mktemp("there"),
        lambda stage: [*beam_arguments(config, config.cloud, stage), _sent_to(server)],
    )


@pytest.fixture(scope="module")
def jobs(outputs: stages.Outputs, server: Dataflow) -> list[Job]:
    """Of those stages."""
    assert outputs.artifacts
    return list(server.jobs)


def _step(job: Job, part: str) -> bool:
    return any(part in step for step in job.steps)


def _installed(job: Job) -> list[str]:
    """URLs of what workers install when they start: all that they get, but for Beam's notes on the sender."""
    (pool,) = job.message["environment"]["workerPools"]
    notes = {PICKLED_MAIN_SESSION_FILE, SUBMISSION_ENV_DEPENDENCIES_FILE}
    return [package["location"] for package in pool.get("packages", []) if package["name"] not in notes]


def _elements(job: Job) -> list[int]:
    """How many elements each collection held that a step of ours has made."""
    ours = [
        step
        for step in job.pipeline.components.transforms.values()
        if not step.subtransforms and not step.unique_name.startswith("AnalyzeDataset/")
    ]
    return [job.elements.get(name, 0) for step in ours for name in step.outputs.values()]


def test_what_the_api_does_not_know_is_no_job(server: Dataflow):
    """The server reads as strictly as Google's does, at every depth."""
    before = len(server.jobs)
    for pool in ({"machine": "n1-standard-4"}, {"numWorkers": "two"}, {"ipConfiguration": "NONE"}):
        body = json.dumps({"environment": {"workerPools": [pool]}}).encode()
        with pytest.raises(urllib.error.HTTPError, match="400") as refused:
            urllib.request.urlopen(f"{server.endpoint}/v1b3/projects/p/locations/l/jobs", body)
        assert next(iter(pool)) in refused.value.read().decode()
    assert len(server.jobs) == before


def test_every_stage_of_beam_is_translated(launch, jobs: list[Job], tmp_path: Path):
    nodes = stages.nodes(launch, tmp_path).values()
    of_beam = {node.id for node in nodes if isinstance(node, BaseBeamComponent)}
    names = [job.message["name"] for job in jobs]
    assert of_beam == {"ExampleGen", "Transform"}
    assert set(names) == {f"flights-{stage.lower()}" for stage in of_beam}
    ingest, analyse, transform = jobs
    assert _step(ingest, "IngestSpans/Ingest")
    assert _step(analyse, "AnalyzeDataset")
    assert _step(transform, "TransformShard")


def test_what_dataflow_is_sent_makes_what_this_process_makes(
    outputs: stages.Outputs, jobs: list[Job], in_process: stages.Outputs
):
    assert {job.state for job in jobs} == {"JOB_STATE_DONE"}
    stages.assert_same(outputs, in_process)


def test_no_element_of_a_job_is_a_row(outputs: stages.Outputs, jobs: list[Job]):
    """Spans, groups of files and record batches are spread; of them there are few.

    Inside AnalyzeDataset tf.Transform takes batches apart to count a vocabulary, in the worker that has them.
    """
    rows = len(outputs.rows("train"))
    spans = 3
    assert rows > 1_000
    assert max(_elements(jobs[0])) == spans
    for job in jobs:
        assert 0 < max(_elements(job)) < rows / 100


def test_workers_run_this_projects_image_on_the_configured_machines(launch, jobs: list[Job]):
    cloud = launch.config.cloud
    for job in jobs:
        (pool,) = job.message["environment"]["workerPools"]
        assert pool["workerHarnessContainerImage"] == cloud.image
        assert [each["containerImage"] for each in pool["sdkHarnessContainerImages"]] == [cloud.image]
        assert not _installed(job)  # the image holds the code
        assert pool["machineType"] == cloud.beam.machine
        assert pool["autoscalingSettings"]["maxNumWorkers"] == cloud.beam.max_workers
        assert pool["subnetwork"] == cloud.beam.subnetwork
        assert pool["ipConfiguration"] == "WORKER_IP_PRIVATE"
        payloads = [each.payload for each in job.pipeline.components.environments.values()]
        images = {beam_runner_api_pb2.DockerPayload.FromString(each).container_image for each in payloads}
        assert images == {cloud.image}


def test_a_job_runs_as_the_pipelines_account_with_its_key_and_labels(launch, jobs: list[Job]):
    cloud = launch.config.cloud
    for job in jobs:
        environment = job.message["environment"]
        assert environment["serviceAccountEmail"] == cloud.service_account
        assert environment["serviceKmsKeyName"] == cloud.kms_key
        assert "use_runner_v2" in environment["experiments"]
        (limit,) = [each for each in environment["serviceOptions"] if "walltime" in each]
        assert limit in {f"max_workflow_runtime_walltime_seconds={minutes * 60}" for minutes in (80, 110)}
        assert job.message["type"] == "JOB_TYPE_BATCH"
        labels = job.message["labels"]
        assert {key: labels[key] for key in cloud.labels} == dict(cloud.labels)


def test_a_job_stages_and_keeps_what_passes_in_the_deployments_bucket(launch, jobs: list[Job]):
    cloud = launch.config.cloud
    for job in jobs:
        options = job.options
        assert options["temp_location"].startswith(f"{cloud.bucket}/beam/temp/")
        assert options["staging_location"].startswith(f"{cloud.bucket}/beam/staging/")
        assert options["pipelineUrl"].startswith(options["staging_location"])
        assert (options["project"], options["region"]) == (cloud.project, cloud.region)


def test_without_the_image_workers_install_this_project_from_setup_py(
    launch, server: Dataflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The package is staged beside the job and holds the code that the steps run."""
    for name in ("setup.py", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path)
    for package in ("components", "trainer"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(tmp_path)
    cloud = launch.config.cloud
    beam = cloud.beam.model_copy(update={"dependencies": "setup_py"})
    arguments = beam_arguments(launch.config, cloud.model_copy(update={"beam": beam}), "ExampleGen")
    arguments.append(_sent_to(server))
    before = len(server.jobs)
    os.mkdir(tmp_path / "out")
    stages.run(launch, tmp_path / "out", lambda _: arguments, only=("ExampleGen",))
    (job,) = server.jobs[before:]
    (package,) = _installed(job)
    staged = server.files[package.removeprefix("storage.googleapis.com/")]
    with tarfile.open(fileobj=io.BytesIO(staged)) as packed:
        names = {name.partition("/")[2] for name in packed.getnames()}
    assert {"setup.py", "components/example_gen/ingest.py", "trainer/columns.yaml"} <= names
    for environment in job.pipeline.components.environments.values():
        assert environment.dependencies
        for dependency in environment.dependencies:
            assert dependency.type_urn == common_urns.artifact_types.URL.urn

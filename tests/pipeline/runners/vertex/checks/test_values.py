"""`evergreen check`: every wrong value that is planted into a compiled job is noticed, and named."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.errors import STOPPED
from pipeline.runners.kfp.job_file import write_job
from pipeline.runners.vertex.checks import values
from pipeline.runners.vertex.checks.all_checks import check_job

KEY = "projects/my-evergreen-prod/locations/europe-west4/keyRings/evergreen/cryptoKeys/pipeline"
REPOSITORY = "us-central1-docker.pkg.dev/my-evergreen-dev/evergreen/pipeline"


def said(job: dict[str, Any]) -> list[str]:
    return [f"{fault.where}: {fault.what}" for result in check_job(job) for fault in result.faults]


def executor(job: dict[str, Any], task: str) -> dict[str, Any]:
    return job["pipelineSpec"]["deploymentSpec"]["executors"][f"{task}_executor"]["container"]


def task(job: dict[str, Any], name: str) -> dict[str, Any]:
    return job["pipelineSpec"]["root"]["dag"]["tasks"][name]


# A field of the job, a value, and what is said of it.
OF_THE_JOB = [
    (("runtimeConfig", "gcsOutputDirectory"), "s3://bucket/artifacts", "expected a bucket or a folder"),
    (("runtimeConfig", "gcsOutputDirectory"), "gs://Bucket_With_Caps", "expected a bucket or a folder"),
    (("runtimeConfig", "gcsOutputDirectory"), "gs://bucket//x", "expected a bucket or a folder"),
    (("serviceAccount",), "me", "serviceAccount is 'me': expected a service account"),
    (("serviceAccount",), "ada@example.com", "expected a service account"),
    (("network",), "default", "network is 'default': expected projects/<number>/global"),
    (("encryptionSpec", "kmsKeyName"), "mykey", "encryptionSpec.kmsKeyName is 'mykey'"),
    (("encryptionSpec", "kmsKeyName"), "", "encryptionSpec.kmsKeyName is ''"),
    (("labels", "Team"), "x", "the label 'Team': expected a label's key"),
    (("labels", "goog-team"), "x", "the label 'goog-team'"),
    (("labels", "team"), "A B", "the value 'A B' of the label team"),
    (("labels",), {f"l{each}": "x" for each in range(65)}, "has 65 labels, and a resource may have 64"),
    (("runtimeConfig", "failurePolicy"), "FAIL_SLOWLY", "FAIL_SLOWLY"),
]


@pytest.mark.parametrize(("path", "value", "message"), OF_THE_JOB)
def test_a_wrong_value_of_the_job_is_named(
    job: dict[str, Any], path: tuple[str, ...], value: Any, message: str
):
    parent = job
    for part in path[:-1]:
        parent = parent[part]
    parent[path[-1]] = value
    assert any(line.startswith("job: ") and message in line for line in said(job)), said(job)


OF_A_STEP = [
    ("image", REPOSITORY, "its image is"),
    ("image", f"{REPOSITORY}@sha256:123", "64 digits"),
    ("image", "", "no image"),
    (
        "resources",
        {"cpuLimit": -1, "memoryLimit": 16},
        "resources.cpuLimit is -1, not one above 0 and at most 96",
    ),
    ("resources", {"cpuLimit": 97, "memoryLimit": 16}, "resources.cpuLimit is 97"),
    (
        "resources",
        {"cpuLimit": 4, "memoryLimit": 625},
        "resources.memoryLimit is 625, not one above 0 and at most 624",
    ),
    ("resources", {"cpuLimit": 4, "memoryLimit": 16, "cpuRequest": 8}, "resources.cpuRequest is 8"),
    ("resources", {"cpuLimit": "four", "memoryLimit": 16}, "cpuLimit"),
    ("resources", {"cpuLimit": 0, "memoryLimit": 16}, "has no machine"),
]


@pytest.mark.parametrize(("key", "value", "message"), OF_A_STEP)
def test_a_wrong_value_of_a_step_is_named(job: dict[str, Any], key: str, value: Any, message: str):
    executor(job, "Evaluator")[key] = value
    assert any(message in line for line in said(job)), said(job)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        ("0", "its timeout is 0 seconds, not one from 1 to 604800 (7 days)"),
        ("604801", "its timeout is 604801 seconds"),
        ("2h", "has no timeout"),
        ("-5", "has no timeout"),
    ],
)
def test_a_wrong_timeout_of_a_step_is_named(job: dict[str, Any], seconds: str, message: str):
    executor(job, "Evaluator")["command"][2] = seconds
    assert any(line.startswith("Evaluator: ") and message in line for line in said(job)), said(job)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("retryPolicy", {"maxRetryCount": -1}, "retryPolicy.maxRetryCount is -1"),
        (
            "retryPolicy",
            {"maxRetryCount": 11},
            "retryPolicy.maxRetryCount is 11, not a whole number from 0 to 10",
        ),
        ("retryPolicy", {"maxRetryCount": 1, "backoffFactor": -2}, "retryPolicy.backoffFactor is -2"),
        ("retryPolicy", {"maxRetryCount": 1, "backoffDuration": "-30s"}, "backoffDuration is '-30s'"),
        ("retryPolicy", {"maxRetryCount": 1, "backoffDuration": "soon"}, "backoffDuration"),
        ("cachingOptions", {"enableCache": "yes"}, "enableCache"),
        ("cachingOptions", {"enableCache": 1}, "enableCache"),
    ],
)
def test_a_wrong_value_of_a_task_is_named(job: dict[str, Any], key: str, value: Any, message: str):
    task(job, "Evaluator")[key] = value
    assert any(message in line for line in said(job)), said(job)


OF_BEAM = [
    (
        "--runner=DataflowRunner",
        "--runner=Dataflow",
        "no runner 'Dataflow'; there are DataflowRunner, DirectRunner",
    ),
    ("--runner=DataflowRunner", "--runner=dataflowrunner", "no runner 'dataflowrunner'"),
    ("--max_num_workers=8", "--max_num_wrokers=8", "has no such option (did you mean 'max_num_workers'?)"),
    ("--max_num_workers=8", "--max_num_workers=many", "invalid int value: 'many'"),
    ("--max_num_workers=8", "--max_num_workers=0", "--max_num_workers is 0, not one from 1 to 4000"),
    ("--max_num_workers=8", "--max_num_workers", "--max_num_workers"),
    ("--max_num_workers=8", "max_num_workers=8", "is no Beam option, which begins with --"),
    (
        "--project=my-evergreen-prod",
        "--project=My_Project",
        "--project is 'My_Project': expected a project's id",
    ),
    ("--region=us-central1", "--experiments=a", "its Beam options lack --region, which Dataflow needs"),
    ("--temp_location=", "--temp_location=/tmp", "--temp_location is '/tmp': expected a bucket"),
    ("--service_account_email=", "--service_account_email=ada@example.com", "expected a service account"),
    (
        "--subnetwork=",
        "--subnetwork=regions/us-east1/subnetworks/s",
        "--subnetwork is of us-east1, and --region",
    ),
    ("--subnetwork=", "--subnetwork=default", "--subnetwork is 'default': expected regions/"),
    ("--dataflow_kms_key=", f"--dataflow_kms_key={KEY}", "--dataflow_kms_key is of europe-west4"),
    (
        "--sdk_container_image=",
        f"--sdk_container_image={REPOSITORY}",
        "expected an image with a tag or a digest",
    ),
    ("--labels=team=flights", "--labels=Team=flights", "--labels: the label 'Team'"),
    ("--experiments=use_runner_v2", "--project=my-evergreen-prod", "--project: --project sets the same"),
    (
        "--experiments=use_runner_v2",
        "--num_workers=9",
        "--num_workers is 9, not one from 1 to --max_num_workers 8",
    ),
    (
        "--experiments=use_runner_v2",
        "--machine_type=n1-standard-8",
        "sets the same; only the last would count",
    ),
]


@pytest.mark.parametrize(("find", "replace", "message"), OF_BEAM)
def test_a_wrong_option_of_beam_is_named(job: dict[str, Any], find: str, replace: str, message: str):
    arguments = executor(job, "Transform")["args"]
    (position,) = (at for at, each in enumerate(arguments) if each.startswith(find))
    arguments[position] = replace
    assert any(line.startswith("Transform: ") and message in line for line in said(job)), said(job)


OF_A_REQUEST = [
    ("Trainer", '"replica_count": 1', '"replica_count": 0', "its custom job: replica_count is 0"),
    ("Trainer", '"boot_disk_size_gb": 100', '"boot_disk_size_gb": 10', "boot_disk_size_gb is 10"),
    ("Trainer", '"timeout": "10200s"', '"timeout": "0s"', "its timeout is 0s, not one from 1s"),
    ("Trainer", '"timeout": "10200s"', '"timeout": "999999s"', "its timeout is 999999s"),
    ("Trainer", "iam.gserviceaccount.com", "iam.gserviceaccount.org", "its custom job's service account"),
    ("Trainer", "/global/networks/", "/networks/", "its custom job's network"),
    ("Trainer", "evergreen/trainer@sha256:" + "0" * 64, "evergreen/trainer", "its custom job's image is"),
    ("Trainer", '"team": "flights"', '"Team": "flights"', "its custom job: the label 'Team'"),
    (
        "Trainer",
        '"machine_type": "n1-standard-16"',
        '"machine_type": "n1-highmem-1"',
        "there are n1-highmem-2",
    ),
    (
        "Settle",
        '"min_replicas": 2',
        '"min_replicas": 0',
        "its deployment: min_replicas: Input should be greater",
    ),
    ("Settle", '"min_replicas": 2', '"min_replicas": 7', "min_replicas is 7 and max_replicas 6"),
    ("Settle", '"model_id": "flights"', '"model_id": "Flights"', "its deployment: model_id: expected an id"),
    ("Settle", '["production"]', '["Production"]', "version_aliases.0: expected an alias"),
    ("Pusher", "tf2-cpu.2-15:latest", "tf2-cpu.2-15", "its upload's image"),
    ("Settle", '"accelerators": 0', '"accelerators": 2', "give both accelerator and accelerators"),
]


@pytest.mark.parametrize(("step", "find", "replace", "message"), OF_A_REQUEST)
def test_a_wrong_value_of_a_request_is_named(
    job: dict[str, Any], step: str, find: str, replace: str, message: str
):
    parameters = task(job, step)["inputs"]["parameters"]
    runtime = parameters["deployment" if step == "Settle" else "custom_config"]["runtimeValue"]
    assert find in runtime["constant"]
    runtime["constant"] = runtime["constant"].replace(find, replace)
    json.loads(runtime["constant"])
    assert any(line.startswith(f"{step}: ") and message in line for line in said(job)), said(job)


def test_what_is_compiled_has_no_wrong_value_and_each_task_was_looked_at(job: dict[str, Any]):
    result = values.check(job)
    assert result.faults == ()
    assert result.looked_at == 1 + len(job["pipelineSpec"]["root"]["dag"]["tasks"])


def test_the_command_names_a_wrong_value_in_a_file(job: dict[str, Any], tmp_path: Path):
    job["serviceAccount"] = "ada@example.com"
    write_job(job, tmp_path, "planted")
    done = CliRunner().invoke(
        evergreen, ["check", "--job", str(tmp_path / "planted.json")], standalone_mode=False
    )
    assert done.return_value == STOPPED
    assert "job: serviceAccount is 'ada@example.com': expected a service account" in done.stdout

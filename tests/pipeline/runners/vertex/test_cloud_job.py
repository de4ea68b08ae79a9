"""What is compiled for Vertex AI: the same graph, with this runner's machines, services and limits."""

import dataclasses
import json
import time
from pathlib import Path

import pytest
import yaml
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform

from pipeline.config import load as configs
from pipeline.config.cloud import StepConfig
from pipeline.errors import ConfigError
from pipeline.launch.champion import STAND_IN
from pipeline.launch.launch import resolve_launch
from pipeline.launch.paths import RunPaths
from pipeline.launch.record import from_parameters
from pipeline.runners.kfp.checks import limits
from pipeline.runners.kfp.job_file import write_job
from pipeline.runners.vertex import cloud_job, preview
from trainer.training.accelerators import ACCELERATORS_KEY

NODES = {
    "Champion", "SchemaImport", "ExampleGen", "StatisticsGen", "ExampleValidator", "DataGate", "Transform",
    "Trainer", "Evaluator", "InfraValidator", "Pusher", "Release", "Settle",
}  # fmt: skip


def _tasks(job) -> dict:
    return job["pipelineSpec"]["root"]["dag"]["tasks"]


def _container(job, name: str) -> dict:
    return job["pipelineSpec"]["deploymentSpec"]["executors"][f"{name}_executor"]["container"]


def _parameter(job, task: str, name: str):
    return _tasks(job)[task]["inputs"]["parameters"][name]["runtimeValue"]["constant"]


def test_every_node_of_the_graph_is_a_task_and_none_needs_a_service_to_resolve_it(job):
    assert set(_tasks(job)) == NODES
    executors = job["pipelineSpec"]["deploymentSpec"]["executors"].values()
    assert not any("resolver" in each or "lifecycle" in each.get("container", {}) for each in executors)
    assert job["pipelineSpec"]["schemaVersion"] == "2.1.0"


def test_every_container_has_the_machine_and_the_timeout_of_its_step(job, prod):
    for name in NODES - {"Champion"}:
        container, step = _container(job, name), prod.cloud.step(name)
        assert container["image"] == prod.cloud.image
        assert container["command"][:3] == ["timeout", "--kill-after=30", str(step.timeout_minutes * 60)]
        assert container["resources"]["cpuLimit"] == {"Transform": 8.0, "Settle": 2.0}.get(name, 4.0)


def test_what_has_no_effect_but_its_outputs_is_tried_again_and_nothing_else(job, prod):
    """Trainer, Pusher and the step that tells people reach outside; the importer has nothing to try."""
    tried = {
        name: task["retryPolicy"]["maxRetryCount"]
        for name, task in _tasks(job).items()
        if "retryPolicy" in task
    }
    assert tried == dict.fromkeys(NODES - {"Champion", "Trainer", "Pusher"}, 1)
    changed = prod.cloud.model_copy(
        update={
            "steps": {
                **prod.cloud.steps,
                "Transform": StepConfig(retries=4),
                "Release": StepConfig(retries=0),
            }
        }
    )
    config = prod.model_copy(update={"cloud": changed})
    tasks = _tasks(preview.compiled(config, None, None))
    assert tasks["Transform"]["retryPolicy"]["maxRetryCount"] == 4
    assert "retryPolicy" not in tasks["Release"]


def test_a_job_that_a_step_starts_ends_before_the_step(job, prod):
    """The service ends it ten minutes earlier, so nothing runs that nobody waits for."""
    training = json.loads(_parameter(job, "Trainer", "custom_config"))["ai_platform_training_args"]
    assert training["job_spec"]["scheduling"]["timeout"] == f"{(180 - 10) * 60}s"
    for name in ("ExampleGen", "Transform"):
        (limit,) = [each for each in _container(job, name)["args"] if "walltime" in each]
        seconds = (prod.cloud.step(name).timeout_minutes - 10) * 60
        assert limit == f"--dataflow_service_options=max_workflow_runtime_walltime_seconds={seconds}"


def test_beam_steps_run_on_dataflow_with_this_projects_code_and_accounts(job, prod):
    for name in ("ExampleGen", "Transform"):
        arguments = _container(job, name)["args"]
        for expected in (
            "--runner=DataflowRunner",
            f"--project={prod.cloud.project}",
            f"--sdk_container_image={prod.cloud.image}",
            f"--service_account_email={prod.cloud.service_account}",
            f"--dataflow_kms_key={prod.cloud.kms_key}",
            "--max_num_workers=8",
            "--no_use_public_ips",
        ):
            assert expected in arguments
    assert not any("--runner" in each for each in _container(job, "Evaluator")["args"])


def test_a_step_on_a_machine_that_nobody_here_knows_has_no_limits_and_passes_the_checks(prod):
    steps = {**prod.cloud.steps, "Evaluator": StepConfig(machine="x9-standard-8")}
    cloud = prod.cloud.model_copy(update={"steps": steps})
    job = preview.compiled(prod.model_copy(update={"cloud": cloud}), None, None)
    assert "resources" not in _container(job, "Evaluator")
    assert "resources" in _container(job, "DataGate")
    assert limits.check(job).faults == ()
    del _container(job, "DataGate")["resources"]
    assert [fault.where for fault in limits.check(job).faults] == ["DataGate"]


def test_dataflow_workers_can_install_from_setup_py_instead(prod):
    cloud = prod.cloud.model_copy(
        update={"beam": prod.cloud.beam.model_copy(update={"dependencies": "setup_py"})}
    )
    job = preview.compiled(prod.model_copy(update={"cloud": cloud}), None, None)
    arguments = _container(job, "Transform")["args"]
    assert "--setup_file=./setup.py" in arguments
    assert not any(each.startswith("--sdk_container_image") for each in arguments)


def test_trainer_becomes_a_custom_job_on_the_configured_gpus(job, prod):
    custom = json.loads(_parameter(job, "Trainer", "custom_config"))
    work = custom["ai_platform_training_args"]["job_spec"]
    assert custom["ai_platform_enable_vertex"] is True
    assert work["worker_pool_specs"][0]["machine_spec"] == {
        "machine_type": "n1-standard-16",
        "accelerator_type": "NVIDIA_TESLA_T4",
        "accelerator_count": 1,
    }
    assert work["worker_pool_specs"][0]["container_spec"]["image_uri"] == prod.cloud.trainer.image
    assert prod.cloud.trainer.image != prod.cloud.image
    assert custom[ACCELERATORS_KEY] == {"count": 1, "allow_cpu": False}
    assert work["scheduling"]["timeout"] == "10200s"
    assert work["service_account"] == prod.cloud.training_service_account
    assert custom["ai_platform_training_args"]["encryption_spec"] == {"kms_key_name": prod.cloud.kms_key}
    assert custom["hyperparameters"]["seed"] == prod.training.seed


def test_without_a_training_machine_trainer_trains_in_its_own_step(prod):
    cloud = prod.cloud.model_copy(update={"trainer": None})
    job = preview.compiled(prod.model_copy(update={"cloud": cloud}), None, None)
    assert "components.trainer.executor.Executor" in _container(job, "Trainer")["args"]


def test_pusher_uploads_and_settle_serves_from_the_configured_endpoint(job):
    uploaded = json.loads(_parameter(job, "Pusher", "custom_config"))["vertex_deployment"]
    wanted = json.loads(_parameter(job, "Settle", "deployment"))
    assert uploaded.items() <= wanted.items()
    assert "machine" not in uploaded
    assert wanted["parent"] == "projects/my-evergreen-prod/locations/us-central1"
    assert (wanted["machine"], wanted["min_replicas"], wanted["max_replicas"]) == ("n1-standard-4", 2, 6)
    assert (wanted["model_id"], wanted["version_aliases"]) == ("flights", ["production"])
    assert (wanted["record"], wanted["policy"]) == (
        "gs://my-evergreen-prod-evergreen/registry/flights.json",
        "immediate",
    )
    assert _tasks(job)["Settle"]["dependentTasks"] == ["DataGate", "Release"]
    assert _tasks(job)["Settle"]["cachingOptions"] == {}


def test_each_part_of_the_job_acts_as_its_own_account(job):
    training = json.loads(_parameter(job, "Trainer", "custom_config"))["ai_platform_training_args"]
    serving = json.loads(_parameter(job, "Settle", "deployment"))
    found = (job["serviceAccount"], training["job_spec"]["service_account"], serving["service_account"])
    assert found == tuple(
        f"evergreen-{role}@my-evergreen-prod.iam.gserviceaccount.com"
        for role in ("pipeline", "training", "serving")
    )


def test_accounts_labels_network_and_key_are_the_jobs(job, prod):
    assert job["serviceAccount"] == prod.cloud.service_account
    assert job["network"] == prod.cloud.network
    assert job["encryptionSpec"] == {"kmsKeyName": prod.cloud.kms_key}
    assert job["labels"].items() >= {"team": "flights", "evergreen-pipeline": "flights"}.items()


def test_caching_is_decided_step_by_step(prod):
    steps = dict(prod.cloud.steps)
    steps["Evaluator"] = type(prod.cloud.steps["Transform"])(cache=False)
    cloud = prod.cloud.model_copy(update={"steps": steps})
    tasks = _tasks(preview.compiled(prod.model_copy(update={"cloud": cloud}), None, None))
    assert tasks["Evaluator"]["cachingOptions"] == {}
    assert tasks["Trainer"]["cachingOptions"] == {"enableCache": True}


def test_the_launch_is_recorded_in_run_parameters(prod, compiled):
    recorded = from_parameters(compiled["runtimeConfig"]["parameterValues"])
    window = json.loads(recorded["window"])
    assert window["eval_last"] == "2013-01-10"
    assert recorded["champion"] == STAND_IN
    assert json.loads(recorded["config"])["training"]["max_epochs"] == prod.training.max_epochs


def test_days_are_read_where_vertex_mounts_the_bucket(job):
    spans = json.loads(_parameter(job, "ExampleGen", "train_spans"))
    assert spans[0]["path"] == "/gcs/my-evergreen-prod-evergreen-uploads/data/flights/2013-01-05.csv"


def test_the_job_that_runs_here_differs_from_the_one_that_is_sent_in_places_only(prod, compiled):
    """What vertex-local executes is what would be submitted, but for addresses."""
    champion = dataclasses.replace(preview.stand_in_champion(prod), model_uri="CHAMPION")
    launch = resolve_launch(prod, until=None, champion=champion)
    here = json.dumps(cloud_job.compile_job(launch, RunPaths("ROOT", "SCHEMA", "MODELS")), sort_keys=True)
    sent = json.dumps(compiled, sort_keys=True)
    paths = cloud_job.cloud_paths(prod, prod.cloud, launch.schema_fingerprint)
    for theirs, ours in (
        (preview.stand_in_champion(prod).model_uri, "CHAMPION"),
        (paths.schema_file, "SCHEMA"),
        (paths.pipeline_root, "ROOT"),
        (paths.served_models, "MODELS"),
        ("/gcs/my-evergreen-prod-evergreen-uploads/data/flights", str(Path(prod.data.source).resolve())),
    ):
        sent = sent.replace(theirs, ours)
    assert here == sent


def test_an_unknown_step_is_refused(prod):
    cloud = prod.cloud.model_copy(update={"steps": {"Transfrom": prod.cloud.steps["Transform"]}})
    config = prod.model_copy(update={"cloud": cloud})
    with pytest.raises(ConfigError, match="the graph has no such step; it has DataGate, Evaluator"):
        preview.compiled(config, None, None)


def test_a_configuration_without_a_cloud_is_refused(days):
    with pytest.raises(ConfigError, match="no section `cloud`"):
        preview.compiled(configs.load("local", {"data.source": str(days)}), None, None)


def test_both_files_hold_the_same_graph_and_googles_client_takes_them(job, tmp_path):
    as_json, as_yaml = write_job(job, tmp_path, "flights")
    assert json.loads(as_json.read_text()) == job
    assert yaml.safe_load(as_yaml.read_text()) == job["pipelineSpec"]
    for path in (as_json, as_yaml):
        built = aiplatform.PipelineJob(
            display_name="flights",
            template_path=str(path),
            pipeline_root="gs://bucket/root",
            parameter_values=job["runtimeConfig"]["parameterValues"],
            project="my-evergreen-prod",
            location="us-central1",
            credentials=AnonymousCredentials(),
        )
        assert built._gca_resource.pipeline_spec["pipelineInfo"]["name"] == "flights"


def test_compiling_takes_less_than_15_seconds_after_imports(prod):
    started = time.monotonic()
    preview.compiled(prod, None, None)
    assert time.monotonic() - started < 15

"""The infrastructure of each environment, planned by Terraform with a mocked provider."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.cloud_roles import ACCOUNTS, APIS, PERSON
from pipeline.config import load as configs
from pipeline.config.cron_rule import cron_faults
from tests.infra import denied_roles, protected_data
from tests.infra.planner_reads import COUNTED, READS
from tests.infra.terraform_plans import CONNECTED, ENVIRONMENTS, PLAIN, SOURCE, TABLE, TFVARS, Plan, Workspace

pytestmark = pytest.mark.skipif(shutil.which("terraform") is None, reason="terraform is not on PATH")


def test_the_sources_are_formatted_and_valid(workspace: Workspace) -> None:
    """`terraform fmt -check` and `validate` have nothing to say."""
    formatted = workspace.terraform("fmt", "-check", "-recursive")
    assert formatted.returncode == 0, formatted.stdout
    validated = workspace.terraform("validate", "-no-color")
    assert validated.returncode == 0, validated.stdout + validated.stderr


def test_a_misspelt_argument_is_noticed(tmp_path: Path) -> None:
    """The schema behind `validate` is real: a typo fails."""
    copy = Workspace(tmp_path)
    serving = copy.folder / "modules" / "serving" / "main.tf"
    serving.write_text(serving.read_text().replace("display_name =", "displayname ="))
    validated = copy.terraform("validate", "-no-color")
    assert validated.returncode == 1
    assert "displayname" in validated.stdout + validated.stderr


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_environment_passes_its_own_tests(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """`terraform test` passes for each tfvars file, and planned at least the two runs looked at below."""
    assert {PLAIN, CONNECTED} <= set(plans(environment))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_buckets_are_private_versioned_and_expire_intermediate_artifacts(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """Every bucket: uniform access, nothing public, versions, not destroyed with content; examples expire."""
    buckets = plans(environment)[PLAIN].of_type("google_storage_bucket")
    assert len(buckets) == 3
    for bucket in buckets.values():
        assert bucket["uniform_bucket_level_access"] is True
        assert bucket["public_access_prevention"] == "enforced"
        assert bucket["versioning"] == [{"enabled": True}]
        assert bucket["force_destroy"] is False
    artifacts = next(bucket for address, bucket in buckets.items() if '"artifacts"' in address)
    expired = [rule["condition"][0] for rule in artifacts["lifecycle_rule"]]
    examples = next(c for c in expired if c["matches_prefix"] == ["artifacts/"])
    assert examples["age"] >= 7
    assert not any(_matches(examples, path) for path in KEPT)
    assert all(_matches(examples, path) for path in EXPIRED)


KEPT = (
    "data/flights/2013-01-01.csv",
    "artifacts/1/run/Trainer_2/model/Format-Serving/saved_model.pb",
    "artifacts/1/run/Pusher_2/pushed_model/variables/variables.data-00000-of-00001",
    "artifacts/1/run/Release_2/release/verdict.json",
    "models/flights/7/saved_model.pb",
)
EXPIRED = (
    "artifacts/1/run/ExampleGen_2/examples/Split-train/data_tfrecord-00000-of-00001.gz",
    "artifacts/1/run/Transform_2/transformed_examples/Split-train/transformed_examples-00000-of-00001.gz",
)


def _matches(condition: dict[str, list[str]], path: str) -> bool:
    return path.startswith(tuple(condition["matches_prefix"])) and path.endswith(
        tuple(condition["matches_suffix"])
    )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_account_holds_a_denied_role(plans: Callable[[str], dict[str, Plan]], environment: str) -> None:
    """No admin, editor or owner; on the project only what has no narrower place."""
    for plan in plans(environment).values():
        assert list(denied_roles.in_plan(plan)) == []


def test_the_sources_name_no_denied_role() -> None:
    """Not even in a branch that no environment takes."""
    assert list(denied_roles.in_sources(SOURCE)) == []


def test_a_denied_role_that_is_planted_is_found(tmp_path: Path) -> None:
    """In the sources by its name, and in the plan although the name is put together."""
    copy = Workspace(tmp_path)
    planted = """
resource "google_project_iam_member" "planted" {
  project = var.project
  role    = "roles/%s"
  member  = "serviceAccount:${local.accounts["pipeline"]}"
}
"""
    (copy.folder / "planted.tf").write_text(planted % "editor")
    assert list(denied_roles.in_sources(copy.folder)) == ["planted.tf: roles/editor"]
    (copy.folder / "planted.tf").write_text(planted % '${join(".", ["storage", "objectAdmin"])}')
    _, planned, _ = copy.test("dev")
    found = list(denied_roles.in_plan(planned[PLAIN]))
    account = planned[PLAIN].account("pipeline")
    assert found == [
        f"google_project_iam_member.planted: roles/storage.objectAdmin for serviceAccount:{account}"
    ]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_account_holds_exactly_its_roles(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """What `evergreen doctor` prints is what the three plans grant, no less and no more."""
    own = plans(environment)[PLAIN]
    accounts = [role for role in ACCOUNTS if role != "pull-request" or environment == "dev"]
    role_of = {f"serviceAccount:{own.account(role)}": role for role in accounts}
    planned = own.of_type("google_service_account.account").values()
    assert {a["account_id"] for a in planned} == {own.account(role).partition("@")[0] for role in accounts}
    held: dict[str, set[str]] = {role: set() for role in accounts}
    for plan in (plans(each)[PLAIN] for each in ENVIRONMENTS):
        for address, role, member in plan.grants():
            holder = role_of.get(member)
            if holder and "run_reader" not in address and not _handles_images(holder, role):
                kind = re.findall(r"google_(\w+)_iam_member", address)[0]
                name = re.sub(
                    r"^projects/.*_(?=(?:submitter|planner)$)", "custom ", role.removeprefix("roles/")
                )
                held[holder].add(f"{kind}:{name}")
    assert held == {role: set(ACCOUNTS[role]) for role in accounts}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_dataset_is_read_by_the_pipeline_and_listed_by_the_trigger(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """Five grants on what holds the table, and none where days are files; the trigger sees no row."""
    own, reading = plans(environment)[PLAIN], plans(environment)[TABLE]
    granted = {(role, member) for _, role, member in reading.grants() if "bigquery" in role}
    pipeline, trigger = (f"serviceAccount:{own.account(role)}" for role in ("pipeline", "trigger"))
    assert granted == {
        ("roles/bigquery.jobUser", pipeline),
        ("roles/bigquery.readSessionUser", pipeline),
        ("roles/bigquery.dataViewer", pipeline),
        ("roles/bigquery.jobUser", trigger),
        ("roles/bigquery.metadataViewer", trigger),
    }
    places = {v["dataset_id"] for v in reading.of_type("google_bigquery_dataset_iam_member").values()}
    assert places == {"sales"}
    projects = reading.of_type("google_project_iam_member.bigquery").values()
    assert {values["project"] for values in projects} == {"a-warehouse"}
    assert not [role for _, role, _ in own.grants() if "bigquery" in role]


def _handles_images(account: str, role: str) -> bool:
    """As build accounts do in dev, their own or a later environment's; doctor prints what all share."""
    in_dev = ("artifactregistry.reader", "containeranalysis.occurrences.viewer", *SIGNING)
    return account == "build" and role.removeprefix("roles/") in in_dev


SIGNING = ("cloudkms.signer", "cloudkms.publicKeyViewer", "cloudkms.viewer")


def test_only_the_build_signs_images(plans: Callable[[str], dict[str, Plan]]) -> None:
    """In dev; later environments' builds verify with the public half, and their plans have no such key."""
    plan = plans("dev")[PLAIN]
    (key,) = plan.of_type("google_kms_crypto_key.signing").values()
    assert (key["purpose"], key["version_template"][0]["algorithm"]) == (
        "ASYMMETRIC_SIGN",
        "EC_SIGN_P256_SHA256",
    )
    granted: dict[str, set[str]] = {}
    for grant in plan.of_type("google_kms_crypto_key_iam_member.signing").values():
        granted.setdefault(grant["member"], set()).add(grant["role"].removeprefix("roles/"))
    later = [f"serviceAccount:{plans(each)[PLAIN].account('build')}" for each in ("preprod", "prod")]
    verify = {"cloudkms.publicKeyViewer", "cloudkms.viewer"}
    assert granted == {
        f"serviceAccount:{plan.account('build')}": {*SIGNING},
        **dict.fromkeys(later, verify),
    }
    for environment in ("preprod", "prod"):
        other = plans(environment)[PLAIN]
        assert not other.of_type("google_kms_crypto_key.signing")
        assert other.outputs["signing_key"] == plan.outputs["signing_key"]


def test_preprod_is_asked_for_the_windows_that_prod_asks_about(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """Else prod would wait for ever."""
    given = {
        environment: next(
            trigger["substitutions"]
            for trigger in plans(environment)[CONNECTED].of_type("google_cloudbuild_trigger").values()
        )
        for environment in ENVIRONMENTS
    }
    assert given["preprod"]["_WINDOWS"] == given["prod"]["_EARLIER_WINDOWS"] == "3"
    assert given["prod"]["_WINDOWS"] == "0"
    assert {each["_SIGNING_KEY"] for each in given.values()} == {
        f"gcpkms://{plans('dev')[PLAIN].outputs['signing_key']}"
    }


def test_jobs_are_started_as_an_account_by_who_needs_to(plans: Callable[[str], dict[str, Plan]]) -> None:
    """The pipeline starts training, serving and Dataflow; builds and the trigger start the pipeline."""
    plan = plans("prod")[PLAIN]
    role_of = {email: role for role, email in plan.outputs["accounts"].items()}
    grants = plan.of_type("google_service_account_iam_member.acts_as").values()
    assert {
        (role_of[g["member"].partition(":")[2]], role_of[g["service_account_id"].rpartition("/")[2]])
        for g in grants
    } == {
        ("pipeline", "pipeline"),
        ("pipeline", "training"),
        ("pipeline", "serving"),
        ("build", "pipeline"),
        ("trigger", "pipeline"),
    }
    assert {g["role"] for g in grants} == {"roles/iam.serviceAccountUser"}


def test_a_pull_requests_plan_reads_every_kind_of_resource_and_can_do_nothing_else(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """A new kind of resource needs its permission in modules/cicd/planner.tf, and a line above."""
    for environment in ENVIRONMENTS:
        for plan in plans(environment).values():
            kinds = {re.findall(r"(google_\w+)\.", address)[-1] for address in plan.resources}
            assert kinds - set(READS) == set()
            for role in plan.of_type("google_project_iam_custom_role.planner").values():
                assert {READS[kind] for kind in kinds} - {""} <= set(role["permissions"])
                reads = {each for each in role["permissions"] if each != COUNTED}
                assert {each.rpartition(".")[2] for each in reads} == {"get", "list", "getIamPolicy"}


def test_a_pull_requests_plan_may_be_counted_as_the_projects(plans: Callable[[str], dict[str, Plan]]) -> None:
    """Else Google refuses every call of a plan."""
    assert "user_project_override = true" in (SOURCE / "versions.tf").read_text()
    for environment in ENVIRONMENTS:
        (role,) = plans(environment)[PLAIN].of_type("google_project_iam_custom_role.planner").values()
        assert COUNTED in role["permissions"]


def test_the_build_account_reads_the_sources_of_functions(plans: Callable[[str], dict[str, Plan]]) -> None:
    """Of this project and region, with or without a key's hash at the end, before the function is made."""
    for environment in ENVIRONMENTS:
        plan = plans(environment)[PLAIN]
        (address,) = plan.of_type("google_project_iam_member.function_sources")
        bucket = f"gcf-v2-sources-123456789012-{plan.outputs['configuration']['cloud']['region']}"
        assert plan.condition(address) == f'resource.name.startsWith("projects/_/buckets/{bucket}")'
        assert plan.resources[address]["member"] == f"serviceAccount:{plan.account('build')}"
    function = (SOURCE / "modules" / "triggers" / "function.tf").read_text()
    assert re.search(r"depends_on = \[[^]]*google_project_iam_member\.function_sources", function)


def test_a_pull_requests_code_runs_as_an_account_that_writes_logs_only(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """In dev, and a plan in each environment; no other build is started by a pull request."""
    for environment in ENVIRONMENTS:
        plan = plans(environment)[CONNECTED]
        triggers = plan.of_type("google_cloudbuild_trigger").values()
        started = {
            _build(trigger): trigger["service_account"].rpartition("/")[2]
            for trigger in triggers
            if trigger["repository_event_config"][0]["pull_request"]
        }
        wanted = {"terraform-plan": plan.account("plan")}
        if environment == "dev":
            wanted["pull-request"] = plan.account("pull-request")
        assert started == wanted
        for trigger in triggers:
            for event in trigger["repository_event_config"][0]["pull_request"]:
                assert event["comment_control"] == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
        held = {
            role
            for _, role, member in plan.grants()
            if member.partition(":")[2] in wanted.values() and not role.startswith("projects/")
        }
        assert held <= {
            "roles/logging.logWriter",
            "roles/artifactregistry.reader",
            "roles/storage.objectViewer",
        }


def test_doctor_names_every_api_and_a_role_for_every_resource(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """A resource of a new type needs a role of the person who applies."""
    covered = {kind for kinds in PERSON.values() for kind in kinds}
    for environment in ENVIRONMENTS:
        for plan in plans(environment).values():
            kinds = {re.findall(r"(google_\w+)\.", address)[-1] for address in plan.resources}
            assert kinds - covered == set()
            services = {api["service"] for api in plan.of_type("google_project_service").values()}
            assert services in (set(), {f"{api}.googleapis.com" for api in APIS})


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_key_and_private_network_are_options(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """Where an environment asks for them, everything that can takes them; nothing is left over elsewhere."""
    asked = (TFVARS / f"{environment}.tfvars").read_text()
    encrypted = bool(re.search(r"^customer_managed_key\s*=\s*true", asked, re.MULTILINE))
    private = bool(re.search(r"^\s*private_endpoint\s*=\s*true", asked, re.MULTILINE))
    plan = plans(environment)[PLAIN]
    assert len(plan.of_type("google_kms_crypto_key.this")) == int(encrypted)
    (endpoint,) = plan.of_type("google_vertex_ai_endpoint").values()
    assert bool(endpoint["encryption_spec"]) == encrypted
    assert bool(endpoint["private_service_connect_config"]) == private
    networked = plan.outputs["configuration"]["cloud"].get("network") is not None
    assert len(plan.of_type("google_compute_network.this")) == int(networked)
    assert networked or not private


def test_builds_wait_for_approval_in_prod_and_where_infrastructure_changes(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """A push builds by itself in dev, a tag in preprod; prod, applies, and later plans wait for a person."""
    waits = {
        f"{_build(trigger)}@{environment}": trigger["approval_config"][0]["approval_required"]
        for environment in ENVIRONMENTS
        for trigger in plans(environment)[CONNECTED].of_type("google_cloudbuild_trigger").values()
    }
    assert {name for name, waiting in waits.items() if waiting} == {
        "promotion@prod",
        "terraform-plan@preprod",
        "terraform-plan@prod",
        *(f"terraform-apply@{environment}" for environment in ENVIRONMENTS),
    }
    assert len(waits) == 3 + 1 + 1 + 2 * len(ENVIRONMENTS)


def _build(trigger: dict[str, Any]) -> str:
    """What a trigger starts: its name without the deployment's."""
    return re.findall(
        r"(promotion|push|pull-request|release|terraform-plan|terraform-apply)$", trigger["name"]
    )[0]


def test_events_reach_the_function_and_dead_letters_are_kept(
    plans: Callable[[str], dict[str, Plan]],
) -> None:
    """One instance that takes one event at a time; what it cannot use stays readable for a month."""
    plan = plans("prod")[PLAIN]
    (function,) = plan.of_type("google_cloudfunctions2_function").values()
    service = function["service_config"][0]
    assert (service["max_instance_count"], service["max_instance_request_concurrency"]) == (1, 1)
    subscriptions = {s["name"]: s for s in plan.of_type("google_pubsub_subscription").values()}
    push = subscriptions[function["name"]]["push_config"][0]
    assert push["push_endpoint"] == f"https://{function['name']}-123456789012.{function['location']}.run.app"
    kept = plan.outputs["dead_letters"].rpartition("/")[2]
    assert subscriptions[kept]["message_retention_duration"] == "2592000s"


def test_what_must_not_vanish_is_protected() -> None:
    """Every bucket, key, repository of images and endpoint refuses to be destroyed by a plan."""
    protected = dict(protected_data.blocks(SOURCE))
    assert {name.partition(".")[0] for name in protected} == {
        "google_storage_bucket",
        "google_kms_crypto_key",
        "google_artifact_registry_repository",
        "google_vertex_ai_endpoint",
    }
    assert [name for name, safe in protected.items() if not safe] == []


@pytest.mark.parametrize(
    "lifecycle", ["", "lifecycle {\n    # prevent_destroy = true\n  }", "labels = { prevent_destroy = true }"]
)
def test_a_second_bucket_that_is_not_protected_is_found(tmp_path: Path, lifecycle: str) -> None:
    """In whichever file, and whatever looks like protection."""
    safe = "lifecycle {\n    ignore_changes  = [labels]\n    prevent_destroy = true\n  }"
    for name, inside in {"first": safe, "second": lifecycle}.items():
        block = f'resource "google_storage_bucket" "{name}" {{\n  name = "{name}"\n  {inside}\n}}\n'
        (tmp_path / f"{name}.tf").write_text(block)
    assert dict(protected_data.blocks(tmp_path)) == {
        "google_storage_bucket.first": True,
        "google_storage_bucket.second": False,
    }


def test_every_variable_says_what_it_is_and_has_a_type() -> None:
    """Typed variables with descriptions, in the root and in every module."""
    for path in SOURCE.rglob("*.tf"):
        for block in re.findall(r'variable "(\w+)" \{(.*?)\n\}', path.read_text(), re.DOTALL):
            assert "description =" in block[1], (path, block[0])
            assert re.search(r"\n  type\s+=", block[1]), (path, block[0])


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_outputs_are_the_configurations_values(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """What infrastructure makes and what pipeline/configs names is the same, key by key."""
    plan = plans(environment)[PLAIN]
    output, config = plan.outputs["configuration"], configs.load(environment).model_dump(mode="json")
    assert list(_differences(output, config)) == []
    assert config["cloud"]["image"].startswith(plan.outputs["images"] + "/pipeline:")
    assert set(REQUIRED) <= set(_paths(output))


REQUIRED = (
    "cloud.project",
    "cloud.region",
    "cloud.bucket",
    "cloud.data",
    "cloud.service_account",
    "cloud.training_service_account",
    "cloud.serving_service_account",
)


def test_a_key_that_the_configuration_does_not_know_is_found() -> None:
    """A renamed key on either side fails the comparison."""
    assert list(_differences({"cloud": {"bukket": "gs://b"}}, {"cloud": {"bucket": "gs://b"}})) == [
        "cloud.bukket: the configuration has no such key"
    ]
    assert list(_differences({"name": "a"}, {"name": "b"})) == ["name: 'a' is made and 'b' is configured"]


def _differences(made: dict[str, Any], configured: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in made.items():
        where = f"{path}{key}"
        if key not in configured:
            yield f"{where}: the configuration has no such key"
        elif isinstance(value, dict):
            yield from _differences(value, configured[key] or {}, f"{where}.")
        elif value != configured[key]:
            yield f"{where}: {value!r} is made and {configured[key]!r} is configured"


def _paths(made: dict[str, Any], path: str = "") -> Iterator[str]:
    for key, value in made.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{path}{key}.")
        else:
            yield f"{path}{key}"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_schedules_message_names_it_as_its_id_does(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """By both `evergreen schedule` knows whose it is, where one pipeline's name begins with another's."""
    for job in plans(environment)[PLAIN].of_type("google_cloud_scheduler_job").values():
        (target,) = job["pubsub_target"]
        schedule = json.loads(base64.b64decode(target["data"]))["detail"]
        assert job["name"] == f"{configs.load(environment).name}-{schedule}"


def test_a_branch_is_matched_whole(tmp_path: Path) -> None:
    """A dot in its name stands for itself."""
    lines = (SOURCE / "modules" / "cicd" / "main.tf").read_text().splitlines()
    (line,) = [line for line in lines if re.match(r"\s+branch\s+= try\(", line)]
    expression = line.partition("=")[2].partition(" #")[0].replace("var.github.branch", '"release.1"')
    asked = subprocess.run(
        ["terraform", "console"], cwd=tmp_path, input=expression, capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == r'"^release\\.1$"'


@pytest.mark.parametrize(
    "cron",
    [
        "0 2 * * *",
        "*/15 0-23/2 1,15 JAN-jun MON-FRI",
        "59 23 31 12 7",
        "60 2 * * *",
        "0 24 * * *",
        "0 2 32 * *",
        "0 2 0 * *",
        "0 2 * 13 *",
        "0 2 * * 8",
        "*/0 2 * * *",
        "1,,2 2 * * *",
        "? 2 * * *",
        "-1 2 * * *",
    ],
)
def test_terraform_and_doctor_refuse_the_same_schedules(cron: str) -> None:
    """Terraform's validation is five expressions; doctor's rule says more, and names the field."""
    text = (SOURCE / "variables.tf").read_text()
    fields = re.findall(r'can\(regex\("(.*)", split\(" ", each\.cron\)\[(\d)\]\)\)', text)
    assert [position for _, position in fields] == ["0", "1", "2", "3", "4"]
    expressions = [written.replace("\\\\", "\\") for written, _ in fields]
    taken = all(re.search(each, part) for each, part in zip(expressions, cron.split(), strict=True))
    assert taken == ([*cron_faults(cron)] == [])

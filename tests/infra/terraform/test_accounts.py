"""What the accounts of each environment may do, as Terraform plans it with a mocked provider."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli.cloud_roles import ACCOUNTS, APIS, PERSON
from tests.infra import denied_roles
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, PLAIN, SOURCE, TABLE, Plan, Workspace

pytestmark = needs_terraform


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
    copy.keep_run(PLAIN)
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

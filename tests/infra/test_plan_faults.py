"""Plans are safe, and each fault that is planted into a copy of infra/terraform is found in its plan."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from tests.infra import plan_faults
from tests.infra.planted import END, GRANT, Fault, sentences
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import CONNECTED, ENVIRONMENTS, LOGGED, PLAIN, TABLE, Plan

pytestmark = needs_terraform

PEOPLE = {"planted_all": "allUsers", "planted_domain": "domain:example.com", "planted_group": "group:a@b.com"}
OUTSIDER = "serviceAccount:someone@another-project.iam.gserviceaccount.com"

FAULTS: dict[str, Fault] = {
    "dead-letter policy removed": (
        "modules/triggers/main.tf",
        r"  dead_letter_policy \{.*?\n  \}\n",
        "",
        r"google_pubsub_subscription\.trigger: .* no dead_letter_policy",
    ),
    "alert policy removed": (
        "modules/observability/alerts.tf",
        r'resource "google_monitoring_alert_policy" "dead_letters" \{.*?\n\}\n',
        "",
        r"no alert policy looks at evergreen-dead-letters",
    ),
    "ingress for everybody": (
        "modules/triggers/function.tf",
        "ALLOW_INTERNAL_ONLY",
        "ALLOW_ALL",
        r"google_cloudfunctions2_function\.trigger: its ingress is ALLOW_ALL",
    ),
    "firewall opened to the world": (
        "modules/pipeline/network.tf",
        r'source_tags = \["dataflow"\]',
        'source_ranges = ["0.0.0.0/0"]',
        r"google_compute_firewall\.dataflow\S+: lets in more than Dataflow's workers",
    ),
    "more ports opened": (
        "modules/pipeline/network.tf",
        r'\["12345-12346"\]',
        '["12345-12346", "22"]',
        r"google_compute_firewall\.dataflow\S+: opens .*'22'",
    ),
    "no way out": (
        "modules/pipeline/network.tf",
        r"for key, network in local\.networks : key => network if network\.nat",
        "for key, network in {} : key => network",
        r"1 networks have 0 Cloud NAT",
    ),
    "Workload Identity for everybody": (
        "modules/cicd/github.tf",
        r'attribute_condition = join\(" && ", .*?\n  \)\)\n',
        'attribute_condition = "true"\n',
        r"pool_provider\.github\S+: its condition lacks .*assertion\.ref .* and assertion\.repository_id",
    ),
    "a whole pool may act as the build account": (
        "modules/cicd/github.tf",
        r"/attribute\.repository_id/\$\{var\.github\.repository_id\}",
        "/*",
        r"github_acts_as_build\S+: principalSet:\S+/\* is more than the repository",
    ),
    "key never renewed": (
        "modules/artifacts/main.tf",
        r" *rotation_period = .*?\n",
        "",
        r"google_kms_crypto_key\.this\S+: its rotation_period is None",
    ),
    "a service that may not use the key": (
        "modules/artifacts/iam.tf",
        r" *run +=.*?serverless-robot-prod.*?gcp-sa-eventarc.*?\n",
        "",
        r"gcp-sa-eventarc, serverless-robot-prod of google_cloudfunctions2_function may not use it",
    ),
    "the build account writes all artifacts": (
        "modules/artifacts/iam.tf",
        r'account = "build", only = \{\n.*?\n *\} \}',
        'account = "build", only = null }',
        r'grant\["schemas/build"\]: \S+evergreen-build@\S+ may write artifacts/',
    ),
    "runs write uploads": (
        "modules/artifacts/iam.tf",
        r'bucket = "uploads", role = "roles/storage.objectViewer", account = "pipeline"',
        'bucket = "uploads", role = "roles/storage.objectUser", account = "pipeline"',
        r'grant\["uploads/pipeline"\]: \S+evergreen-pipeline@\S+ may write uploads/',
    ),
    **{
        f"a bucket that {member} writes": (
            "main.tf",
            END,
            GRANT
            % {
                "kind": "storage_bucket",
                "name": name,
                "place": 'bucket = module.artifacts.buckets["uploads"]',
                "role": "roles/storage.objectUser",
                "member": member,
            },
            rf"{name}: {re.escape(member)} may write uploads/",
        )
        for name, member in PEOPLE.items()
    },
    "a member from outside": (
        "main.tf",
        END,
        GRANT
        % {
            "kind": "project",
            "name": "planted_outsider",
            "place": "project = var.project",
            "role": "roles/aiplatform.user",
            "member": OUTSIDER,
        },
        rf"planted_outsider: {re.escape(OUTSIDER)} is from outside",
    ),
    "a bucket elsewhere": (
        "modules/artifacts/main.tf",
        r"location += var\.region\n  uniform",
        'location = "EU"\n  uniform',
        r"google_storage_bucket\.this\S+: is in EU, and the environment in us-central1",
    ),
    "a promotion that releases": (
        "modules/cicd/main.tf",
        r"infra/cloudbuild/promotion\.yaml",
        "infra/cloudbuild/release.yaml",
        r'build\["promotion"\]: starts infra/cloudbuild/release\.yaml; expected \S+/promotion\.yaml$',
    ),
    "changes of modules are not planned": (
        "modules/cicd/main.tf",
        r"infra/terraform/\*\*",
        "infra/terraform/*",
        r'build\["terraform-plan"\]: starts on changes of .*infra/terraform/\*\'',
    ),
    "images of somebody else": (
        "modules/cicd/main.tf",
        r"_IMAGES( +)= var\.image_repository",
        '_IMAGES = "us-docker.pkg.dev/another-project/evergreen"',
        r'build\["promotion"\]: gives _IMAGES=us-docker\S+/another-project/\S+; expected us-central1',
    ),
    "the state of somebody else": (
        "modules/cicd/main.tf",
        r"_STATE( +)= local\.state",
        '_STATE = "another-state"',
        r'build\["terraform-apply"\]: gives _STATE=another-state; expected \S+-evergreen-state$',
    ),
    "another repository": (
        "modules/cicd/main.tf",
        r"github\.com/\$\{var\.github\.owner\}",
        "github.com/another",
        r"repository\.source\S+: is https://github\.com/another/evergreen\.git$",
    ),
    "another project reaches the endpoint": (
        "modules/serving/main.tf",
        r"\[var\.project\]",
        '[var.project, "another-project"]',
        r"endpoint\.this: is reached by .*another-project",
    ),
    "who reads pays": (
        "modules/artifacts/main.tf",
        r'(?<=resource "google_storage_bucket" "this" \{\n)',
        "  requester_pays = true\n",
        r'bucket\.this\["uploads"\]: refuses who names no project that pays',
    ),
    "no addresses for Vertex AI": (
        "modules/pipeline/network.tf",
        r"reserved_peering_ranges( +)= \[.*?\]\n",
        "reserved_peering_ranges = []\n",
        r"networking_connection\.vertex\S+: takes addresses of \[\]; expected \['evergreen-vertex'\]$",
    ),
    "alerts ask for no run": (
        "modules/triggers/iam.tf",
        r" +alerts +=.*?\n",
        "",
        r"gcp-sa-monitoring-notification has no roles/pubsub\.publisher on topic evergreen-events$",
    ),
    "dead letters are not acknowledged": (
        "modules/triggers/iam.tf",
        r'"roles/pubsub\.subscriber"',
        '"roles/pubsub.viewer"',
        r"gcp-sa-pubsub has no roles/pubsub\.subscriber on subscription evergreen-trigger$",
    ),
    "another project's service agent": (
        "modules/triggers/iam.tf",
        r"service-\$\{var\.project_number\}@gcp-sa-cloudscheduler",
        "service-999999999999@gcp-sa-cloudscheduler",
        r'publisher\["scheduler"\]: \S+999999999999\S+ is from outside',
    ),
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_plan_of_every_environment_is_safe(
    plans: Callable[[str], dict[str, Plan]], environment: str
) -> None:
    """No rule finds a fault, in the plan of every run that plans everything."""
    for name in (CONNECTED, LOGGED, PLAIN, TABLE):
        assert list(plan_faults.in_plan(plans(environment)[name], environment)) == []


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the rules find in prod's plan when all faults are in one copy."""
    return sentences(tmp_path_factory.mktemp("planted"), FAULTS.values(), "prod")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(found: list[str], fault: str) -> None:
    """One sentence names it."""
    assert [sentence for sentence in found if re.search(FAULTS[fault][3], sentence)], "\n".join(found)

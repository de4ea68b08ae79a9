"""Faults of who may do what, and of what buckets delete, are found in the plan of a copy that has them."""

from __future__ import annotations

import re

import pytest

from tests.infra.iam_conditions import holds
from tests.infra.planted import END, GRANT, Fault, sentences
from tests.infra.programs import needs_terraform

pytestmark = needs_terraform

ACTS_AS = {
    "kind": "service_account",
    "place": 'service_account_id = "projects/${var.project}/serviceAccounts/${local.accounts["training"]}"',
}
BUCKET = 'bucket = module.artifacts.buckets["artifacts"]'
VIEWER = """
resource "google_project_iam_custom_role" "planted_viewer" {
  project     = var.project
  role_id     = "evergreen_viewer"
  title       = "planted"
  permissions = ["storage.objects.get", "storage.objects.create"]
}
"""
PROVIDER = """
resource "google_iam_workload_identity_pool_provider" "planted_provider" {
  project                            = var.project
  workload_identity_pool_id          = "evergreen-github"
  workload_identity_pool_provider_id = "planted"
  attribute_condition                = "true"
  attribute_mapping                  = { "google.subject" = "assertion.sub" }
  oidc {
    issuer_uri = "https://token.example.com"
  }
}
"""
KEY = """
resource "google_service_account_key" "planted_key" {
  service_account_id = "projects/${var.project}/serviceAccounts/${local.accounts["build"]}"
}
"""
TRIGGER = """
resource "google_cloudbuild_trigger" "planted_trigger" {
  project  = var.project
  location = var.region
  name     = "planted"
  filename = "cloudbuild.yaml"
  trigger_template {
    branch_name = ".*"
  }
}
"""
FAULTS: dict[str, Fault] = {
    "the planner sets policies": (
        "modules/cicd/planner.tf",
        r'"iam\.roles\.get"',
        '"iam.roles.get", "resourcemanager.projects.setIamPolicy"',
        r"role\.planner: may resourcemanager\.projects\.setIamPolicy$",
    ),
    "the planner reads data": (
        "modules/cicd/planner.tf",
        r'"storage\.buckets\.get"',
        '"storage.buckets.get", "storage.objects.get"',
        r"role\.planner: may storage\.objects\.get$",
    ),
    "who submits reads secrets": (
        "modules/pipeline/iam.tf",
        r'"aiplatform\.pipelineJobs\.create",',
        '"aiplatform.pipelineJobs.create", "secretmanager.versions.access",',
        r"role\.submitter: may secretmanager\.versions\.access$",
    ),
    "who sees runs stops them": (
        "modules/pipeline/iam.tf",
        r'permissions = \["aiplatform\.pipelineJobs\.get"',
        'permissions = ["aiplatform.pipelineJobs.cancel", "aiplatform.pipelineJobs.get"',
        r"role\.run_reader: may aiplatform\.pipelineJobs\.cancel$",
    ),
    "a custom role under the name of a viewer": (
        "main.tf",
        END,
        VIEWER,
        r"role\.planted_viewer: nobody knows this custom role$",
    ),
    "a bucket by a role that is called viewer": (
        "main.tf",
        END,
        GRANT
        % {
            "kind": "storage_bucket",
            "name": "planted_viewing",
            "place": BUCKET,
            "role": "projects/${var.project}/roles/evergreen_viewer",
            "member": 'serviceAccount:${local.accounts["serving"]}',
        },
        r"planted_viewing: projects/\S+/evergreen_viewer is none of the roles on objects$",
    ),
    "a custom role for another account": (
        "modules/pipeline/iam.tf",
        r'toset\(\["build", "trigger"\]\)',
        'toset(["build", "trigger", "serving"])',
        r'submitter\["serving"\]: \S+evergreen-serving@\S+ holds projects/\S+_submitter$',
    ),
    "Workload Identity or true": (
        "modules/cicd/github.tf",
        r'== \\"\$\{var\.environment\}\\""',
        r'== \"${var.environment}\" || true"',
        r"provider\.github\S+: its condition says assertion\.environment == \"prod\" \|\| true$",
    ),
    "tokens of somebody else": (
        "modules/cicd/github.tf",
        r"https://token\.actions\.githubusercontent\.com",
        "https://token.actions.githubusercontent.com.example.com",
        r"provider\.github\S+: takes tokens of .*\.example\.com",
    ),
    "tokens for another audience": (
        "modules/cicd/github.tf",
        r"(?<=  oidc \{\n)",
        '    allowed_audiences = ["https://audience.example.com"]\n',
        r"provider\.github\S+: takes tokens of .*https://audience\.example\.com",
    ),
    "whoever pushed is the subject": (
        "modules/cicd/github.tf",
        r'"assertion\.sub"',
        '"assertion.actor"',
        r"provider\.github\S+: reads a token as .*'assertion\.actor'",
    ),
    "a provider that is off": (
        "modules/cicd/github.tf",
        r'(?<=pool_provider" "github" \{\n)',
        "  disabled = true\n",
        r"provider\.github\S+: its disabled is True$",
    ),
    "a pool that is off": (
        "modules/cicd/github.tf",
        r'(?<=identity_pool" "github" \{\n)',
        "  disabled = true\n",
        r"google_iam_workload_identity_pool\.github\S+: is disabled$",
    ),
    "who submits may not look": (
        "modules/pipeline/iam.tf",
        r'"aiplatform\.pipelineJobs\.list",\n',
        "",
        r"role\.submitter: may not aiplatform\.pipelineJobs\.list$",
    ),
    "a second provider": (
        "main.tf",
        END,
        PROVIDER,
        r"planted_provider: takes tokens of .*https://token\.example\.com",
    ),
    "training writes everywhere": (
        "modules/artifacts/iam.tf",
        r'extract\(\\"/Trainer_\{attempt\}/\\"\) != \\"\\""',
        r'extract(\"/Trainer_{attempt}/\") != \"\" || true"',
        r'grant\["models/training"\]: \S+evergreen-training@\S+ may write artifacts/',
    ),
    "serving reads everything": (
        "modules/artifacts/iam.tf",
        r'account = "serving", only = \{\n.*?\n *\} \}',
        'account = "serving", only = null }',
        r'grant\["models/serving"\]: \S+evergreen-serving@\S+ may read artifacts/',
    ),
    "builds read every bucket": (
        "modules/triggers/iam.tf",
        r"gcf-v2-sources-\$\{var\.project_number\}-\$\{var\.region\}",
        "",
        r"function_sources: \S+evergreen-build@\S+ may read uploads/",
    ),
    "a condition that cannot be read": (
        "modules/cicd/iam.tf",
        r"resource\.name\.startsWith\(",
        "!resource.name.startsWith(",
        r'planner\["package"\]: its condition has an unknown term: !resource',
    ),
    "a build lent an account": (
        "main.tf",
        END,
        GRANT
        % {
            **ACTS_AS,
            "name": "planted_user",
            "role": "roles/iam.serviceAccountUser",
            "member": 'serviceAccount:${local.accounts["build"]}',
        },
        r"planted_user: \S+evergreen-build@\S+ may act as training by roles/iam\.serviceAccountUser$",
    ),
    "tokens of an account": (
        "main.tf",
        END,
        GRANT
        % {
            **ACTS_AS,
            "name": "planted_creator",
            "role": "roles/iam.serviceAccountTokenCreator",
            "member": 'serviceAccount:${local.accounts["trigger"]}',
        },
        r"planted_creator: \S+evergreen-trigger@\S+ may act as training by \S+TokenCreator$",
    ),
    "a key of an account": ("main.tf", END, KEY, r"planted_key: a key can leak$"),
    "any tag is a release": (
        "modules/cicd/main.tf",
        r'"\^v\[0-9\]\+.*?\$"',
        '"^v[0-9]+"',
        r'build\["promotion"\]: starts on \S+ by \^v\[0-9\]\+$',
    ),
    "a branch that ends in main": (
        "modules/cicd/main.tf",
        r'"\^\$\{replace',
        '"${replace',
        r'build\["terraform-apply"\]: starts on \S+ by main\$$',
    ),
    "a build by another way": ("main.tf", END, TRIGGER, r"planted_trigger: starts by trigger_template$"),
    "uploads are deleted": (
        "modules/artifacts/main.tf",
        r'suffix = "-uploads", expire = \[\]',
        'suffix = "-uploads", expire = [{ prefix = "data/", suffixes = [".gz"] }]',
        r'bucket\.this\["uploads"\]: deletes data/\S+\.gz$',
    ),
    "models are deleted": (
        "modules/artifacts/main.tf",
        r'"\.gz", "\.parquet"',
        '".gz", ".parquet", ".pb"',
        r'bucket\.this\["artifacts"\]: deletes artifacts/\S+saved_model\.pb$',
    ),
    "templates are deleted": (
        "modules/artifacts/main.tf",
        r'suffix = "-promotions", expire = \[\]',
        'suffix = "-promotions", expire = [{ prefix = "", suffixes = [] }]',
        r'bucket\.this\["promotions"\]: deletes ',
    ),
    "nothing that was overwritten comes back": (
        "modules/artifacts/main.tf",
        r"days_since_noncurrent_time = 30",
        "days_since_noncurrent_time = 1",
        r'bucket\.this\["promotions"\]: deletes earlier versions of \S+ within 30 days$',
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the rules find in prod's plan when all faults are in one copy."""
    return sentences(tmp_path_factory.mktemp("planted"), FAULTS.values(), "prod")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(found: list[str], fault: str) -> None:
    """One sentence names it."""
    assert [sentence for sentence in found if re.search(FAULTS[fault][3], sentence)], "\n".join(found)


OBJECT = "projects/_/buckets/b/objects/"


@pytest.mark.parametrize(
    ("expression", "name", "met"),
    [
        ("", "anything", True),
        ('resource.name.startsWith("projects/_/buckets/b/objects/a/")', f"{OBJECT}a/1", True),
        ('resource.name.startsWith("projects/_/buckets/b/objects/a/")', f"{OBJECT}b/a/1", False),
        ('resource.name.extract("/T_{x}/") != ""', f"{OBJECT}a/T_1/b", True),
        ('resource.name.extract("/T_{x}/") != ""', f"{OBJECT}a/T_1", False),
        (
            'resource.name.extract("/T_{x}/") != "" && resource.name.startsWith("q")',
            f"{OBJECT}a/T_1/b",
            False,
        ),
        ('resource.name.startsWith("q") && true || true', "anything", True),
        ('true || resource.name.startsWith("q") && resource.name.startsWith("q")', "anything", True),
    ],
)
def test_a_condition_is_evaluated_as_iam_does(expression: str, name: str, met: bool) -> None:
    """`&&` binds more tightly than `||`; an extract is empty where the name lacks a part."""
    assert holds(expression, name) is met


def test_a_list_is_told_by_its_prefix() -> None:
    """A request that lists has the bucket's name, and what it lists as an attribute."""
    condition = 'api.getAttribute("storage.googleapis.com/objectListPrefix", "").startsWith("a/")'
    assert holds(condition, "projects/_/buckets/b", "a/1/")
    assert not holds(condition, "projects/_/buckets/b", "")


@pytest.mark.parametrize("expression", ["!true", "false", 'resource.name.endsWith("x")', "("])
def test_a_condition_that_is_not_understood_is_refused(expression: str) -> None:
    """Else it would pass unread."""
    with pytest.raises(ValueError, match="unknown term"):
        holds(expression, "anything")

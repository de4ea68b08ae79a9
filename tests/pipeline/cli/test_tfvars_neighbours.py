"""What `evergreen doctor` finds in a tfvars file beside those of the other environments."""

import os
import re
import shutil
from pathlib import Path

import pytest

from pipeline.cli import doctor, tfvars_neighbours

DEV, PREPROD, PROD = (f"my-evergreen-{name}.iam.gserviceaccount.com" for name in ("dev", "preprod", "prod"))


@pytest.fixture
def environments(tmp_path: Path) -> Path:
    """The three files that ship."""
    folder = tmp_path / "environments"
    shutil.copytree(Path(os.environ[doctor.INSTEAD]), folder)
    return folder


def problems(environments: Path, name: str) -> dict[str, str]:
    """Subject to problem."""
    found = [*tfvars_neighbours.findings(environments / f"{name}.tfvars")]
    assert all(each.fix for each in found)
    return {each.subject.partition(" of ")[0]: each.problem for each in found if each.problem}


def change(environments: Path, name: str, stands: str, instead: str) -> None:
    """Replaces what an expression finds in the file of an environment."""
    path = environments / f"{name}.tfvars"
    text, found = re.subn(stands, instead, path.read_text(), flags=re.MULTILINE)
    assert found
    path.write_text(text)


@pytest.mark.parametrize("name", ["dev", "preprod", "prod"])
def test_what_ships_fits(environments: Path, name: str):
    assert problems(environments, name) == {}


GRANTS = [
    # environment, what stands there, what instead, key, what is said
    (
        "preprod",
        "evergreen-build@my-evergreen-prod",
        "evergreen-build@my-evergreen-prd",
        "run_readers",
        "names serviceAccount:evergreen-build@my-evergreen-prd.iam.gserviceaccount.com (did you mean "
        f"'serviceAccount:evergreen-build@{PROD}'?), of a project that no tfvars file here has",
    ),
    (
        "preprod",
        "evergreen-build@my-evergreen-prod",
        "evergreen-plan@my-evergreen-prod",
        "run_readers",
        f"names serviceAccount:evergreen-plan@{PROD} (did you mean 'serviceAccount:evergreen-build@{PROD}'?)"
        ", and it is for build",
    ),
    (
        "preprod",
        "evergreen-build@my-evergreen-prod",
        "evergreen-build@my-evergreen-dev",
        "run_readers",
        f"lacks serviceAccount:evergreen-build@{PROD}, of an environment that takes from here",
    ),
    (
        "dev",
        r'^  "serviceAccount:evergreen-build@my-evergreen-prod.*\n(?=\])',
        "",
        "image_promoters",
        f"lacks serviceAccount:evergreen-build@{PROD}, of an environment that takes from here",
    ),
    (
        "dev",
        r'^  "serviceAccount:evergreen-training@my-evergreen-prod.*\n',
        "",
        "image_readers",
        f"lacks serviceAccount:evergreen-training@{PROD}, of an environment that takes from here",
    ),
    (
        "dev",
        "evergreen-serving@my-evergreen-preprod",
        "evergreen-trigger@my-evergreen-preprod",
        "image_readers",
        "and it is for build, plan, pipeline, training, serving",
    ),
    (
        "dev",
        "evergreen-pipeline@my-evergreen-prod",
        "evergreen-pipelin@my-evergreen-prod",
        "image_readers",
        f"(did you mean 'serviceAccount:evergreen-pipeline@{PROD}'?), which Terraform does not make",
    ),
]


@pytest.mark.parametrize(("name", "stands", "instead", "key", "said"), GRANTS)
def test_a_grant_to_the_wrong_account_or_to_too_few_is_named(
    environments: Path, name: str, stands: str, instead: str, key: str, said: str
):
    change(environments, name, stands, instead)
    found = problems(environments, name)
    assert [*found] == [key]
    assert said in found[key]


def test_an_empty_list_is_allowed_until_the_others_are_made(environments: Path):
    path = environments / "dev.tfvars"
    path.write_text(re.sub(r"^(image_\w+) = \[.*?^\]", r"\1 = []", path.read_text(), flags=re.M | re.S))
    assert problems(environments, "dev") == {}


def test_googles_own_agents_are_not_judged(environments: Path):
    agents = ("service-1@gcp-sa-aiplatform", "service-1@dataflow-service-producer-prod")
    more = "".join(f'"serviceAccount:{agent}.iam.gserviceaccount.com", ' for agent in agents)
    change(environments, "dev", r"^image_readers = \[", f"image_readers = [{more}")
    assert problems(environments, "dev") == {}


def test_accounts_are_not_judged_where_no_other_environment_is_at_hand(environments: Path):
    for name in ("dev", "prod"):
        (environments / f"{name}.tfvars").unlink()
    assert problems(environments, "preprod") == {}


KEY = "projects/my-evergreen-dev/locations/us-central1/keyRings/evergreen-images/cryptoKeys/signing"


@pytest.mark.parametrize(
    ("stands", "instead"),
    [
        ("my-evergreen-dev", "my-evergreen-prod"),
        ("us-central1", "europe-west4"),
        ("evergreen-images", "evergreen"),
        ("cryptoKeys/signing", "cryptoKeys/pipeline"),
    ],
)
def test_a_signing_key_that_is_not_beside_the_images_is_named(environments: Path, stands: str, instead: str):
    other = KEY.replace(stands, instead)
    change(environments, "prod", KEY, other)
    assert problems(environments, "prod") == {
        "signing_key": f"is '{other}/cryptoKeyVersions/1', and the key of the images in "
        f"us-central1-docker.pkg.dev/my-evergreen-dev/evergreen is {KEY}/cryptoKeyVersions/<number>"
    }


def test_a_later_version_of_the_signing_key_is_fine_and_none_at_all_is_not(environments: Path):
    change(environments, "prod", "cryptoKeyVersions/1", "cryptoKeyVersions/12")
    assert problems(environments, "prod") == {}
    change(environments, "prod", "^signing_key.*", "signing_key = null")
    assert "is not set" in problems(environments, "prod")["signing_key"]


def test_an_environment_with_images_of_its_own_has_its_own_key(environments: Path):
    change(environments, "prod", "^(image_repository|signing_key).*", "")
    assert problems(environments, "prod") == {}


def test_prods_gate_looks_at_preprod(environments: Path):
    change(environments, "prod", '"my-evergreen-preprod"', '"my-evergreen-dev"')
    said = "is 'my-evergreen-dev', and prod's gate has to look at the runs of preprod"
    assert problems(environments, "prod") == {"earlier_environment": said}


def test_prods_gate_looks_at_dev_where_there_is_no_preprod(environments: Path):
    (environments / "preprod.tfvars").unlink()
    change(environments, "prod", '"my-evergreen-preprod"', '"my-evergreen-dev"')
    assert problems(environments, "prod") == {}


@pytest.mark.parametrize(
    ("name", "other", "here", "there"), [("prod", "preprod", 5, 3), ("preprod", "prod", 3, 5)]
)
def test_preprod_runs_as_many_windows_as_prod_asks_for(
    environments: Path, name: str, other: str, here: int, there: int
):
    change(environments, "prod", r"\Z", "\npromotion_windows = 5\n")
    said = f"is {here}, and in {other}.tfvars {there}: preprod runs as many as prod's gate asks for"
    assert problems(environments, name) == {"promotion_windows": said}
    change(environments, "preprod", r"\Z", "\npromotion_windows = 5\n")
    assert problems(environments, name) == problems(environments, "dev") == {}


def test_windows_are_as_many_as_terraform_takes_where_the_key_is_not_set(environments: Path):
    text = (doctor.TERRAFORM / "variables.tf").read_text()
    default = re.search(
        r'^variable "promotion_windows" \{.*?^  default\s*= (\d+)$', text, re.MULTILINE | re.DOTALL
    )
    assert default
    change(environments, "prod", r"\Z", f"\npromotion_windows = {default.group(1)}\n")
    assert problems(environments, "prod") == {}

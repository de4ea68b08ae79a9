"""The findings of `evergreen doctor`: what is missing, and what to do about it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli import doctor
from pipeline.config import layers
from pipeline.config import load as configs
from pipeline.config.config import Config
from pipeline.errors import ConfigError

TOOLS = {
    "git": "git version 2.39.5",
    "make": "GNU Make 4.3",
    "terraform": "Terraform v1.11.4",
    "gcloud": "Google Cloud SDK 502.0.0",
}
PROJECT = "acme-forecasts-prod"
ACCOUNTS = ("service_account", "training_service_account", "serving_service_account")
SHIPPED = Path(os.environ[doctor.INSTEAD])
COMMAND = Path(sys.executable).with_name("evergreen")


@pytest.fixture(autouse=True)
def login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What `gcloud auth application-default login` leaves behind, with keys of nobody."""
    path = tmp_path / "application_default_credentials.json"
    keys = dict.fromkeys(("client_id", "client_secret", "refresh_token"), "nobody's")
    path.write_text(json.dumps({"type": "authorized_user", **keys}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    return path


def machine(**others: str | None) -> doctor.OutputOf:
    """Returns what the tools of a machine print of their versions."""
    return lambda command: {**TOOLS, **others}[command[0]]


def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Config:
    """The prod configuration as a user would fill it in, and his tfvars."""
    text = json.dumps(layers.merged("prod").plain())
    project = json.loads(text)["cloud"]["project"]
    text = text.replace("my-evergreen-", "acme-forecasts-").replace(project, PROJECT)
    values = json.loads(text.replace("123456789012", "987654321098"))
    values["cloud"] |= changes
    values = json.loads(json.dumps(values).replace("0" * 64, "1" * 64))
    (tmp_path / "environments").mkdir(exist_ok=True)
    for name in ("dev", "preprod", "prod"):
        text = (SHIPPED / f"{name}.tfvars").read_text().replace("my-evergreen-", "acme-forecasts-")
        text = text.replace("@example.com", "@acme.example").replace("# approvers", "approvers")
        text = text.replace("000000-000000-000000", "0A1B2C-3D4E5F-678901")
        (tmp_path / "environments" / f"{name}.tfvars").write_text(text)
    monkeypatch.setenv(doctor.INSTEAD, str(tmp_path / "environments"))
    return configs.parse(values)


def problems(config: Config, output_of: doctor.OutputOf | None = None) -> dict[str, str]:
    """Subject to problem and fix."""
    assert config.cloud is not None
    findings = doctor.examine(config, config.cloud, "prod", output_of or machine())
    assert all(finding.fix for finding in findings if finding.problem)
    return {finding.subject: f"{finding.problem}; {finding.fix}" for finding in findings if finding.problem}


def test_a_filled_in_configuration_on_a_machine_with_all_tools_misses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The green path."""
    assert problems(own(tmp_path, monkeypatch)) == {}


def test_a_missing_login_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: Path) -> None:
    """With the command that helps; nothing of the key is shown."""
    config = own(tmp_path, monkeypatch)
    login.unlink()
    (found,) = problems(config).items()
    assert found[0] == "login to Google Cloud"
    assert found[1].startswith("is not there: nobody is logged in to Google Cloud (File ")
    assert found[1].endswith("; run `gcloud auth application-default login`")
    assert found[1].count("gcloud auth") == 1
    login.write_text('{"type": "authorized_user", "refresh_token": "a secret"}')
    (found,) = problems(config).items()
    assert "a secret" not in found[1]
    assert found[1].count("gcloud auth") == 1


def test_a_server_on_this_machine_needs_no_login(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: Path
) -> None:
    """As every command takes it."""
    config = own(tmp_path, monkeypatch, api_endpoint="http://127.0.0.1:1")
    login.unlink()
    assert problems(config) == {}


@pytest.mark.parametrize(
    ("tool", "says", "problem"),
    [
        ("terraform", None, "is not on PATH; install Terraform 1.9"),
        ("terraform", "Terraform v1.5.7", "is older than 1.9"),
        ("gcloud", "gcloud crashed", "is not on PATH; install the Google Cloud SDK"),
        ("git", "git version 2.19.9", "is older than 2.20"),
    ],
)
def test_a_missing_or_old_tool_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str, says: str | None, problem: str
) -> None:
    """With the way to get it."""
    missing = problems(own(tmp_path, monkeypatch), machine(**{tool: says}))
    assert len(missing) == 1
    assert problem in next(iter(missing.values()))


@pytest.mark.parametrize(
    ("changes", "subject", "problem"),
    [
        (
            {"bucket": f"gs://{'b' * 53}", "accept_unknown": [f"gs://{'b' * 53}"]},
            "cloud.bucket",
            "has 53 characters; with -promotions",
        ),
    ],
)
def test_names_that_leave_no_room_for_others_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], subject: str, problem: str
) -> None:
    """Before a command of Google's says so, one at a time."""
    broken = problems(own(tmp_path, monkeypatch, **changes))
    assert [*broken] == [subject]
    assert problem in broken[subject]


def test_a_name_that_leaves_no_room_for_a_jobs_id_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """40 characters do, 41 do not."""
    config = own(tmp_path, monkeypatch)
    assert "name" not in problems(config.model_copy(update={"name": "n" * 40}))
    assert "has 41 characters" in problems(config.model_copy(update={"name": "n" * 41}))["name"]


def test_longest_names_that_google_takes_are_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """52 characters leave room for -promotions; accounts have 6 to 30."""
    account = f"{'a' * 30}@acme-forecasts-prod.iam.gserviceaccount.com"
    changes = {"bucket": f"gs://{'b' * 52}", "service_account": account}
    accepted = [*changes.values()]
    assert problems(own(tmp_path, monkeypatch, **changes, accept_unknown=accepted)) == {}


def test_infrastructure_and_configuration_must_agree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another region in the tfvars file, or no such file."""
    config = own(tmp_path, monkeypatch)
    tfvars = tmp_path / "environments" / "prod.tfvars"
    assert config.cloud is not None
    region = config.cloud.region
    tfvars.write_text(tfvars.read_text().replace(f'"{region}"', '"mars-north1"'))
    problem = problems(config)["cloud.region of infrastructure and configuration"]
    assert f"is 'mars-north1' by prod.tfvars and {region!r} in the configuration" in problem
    tfvars.unlink()
    (problem,) = problems(config).values()
    assert "is not there" in problem


def test_the_command_names_placeholders_roles_and_apis(tmp_path: Path) -> None:
    """A configuration at its placeholder: exit code 1, every line with its fix."""
    path = tmp_path / "prod.yaml"
    path.write_text(layers.path_of("prod.yaml").read_text())
    command = [COMMAND, "doctor", "--config", path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 1
    assert "NO  cloud.project is still the placeholder 'my-evergreen-prod'; put in your own" in done.stdout
    assert "roles/resourcemanager.projectIamAdmin" in done.stdout
    assert "service account trigger" in done.stdout
    assert "aiplatform" in done.stdout
    as_json = subprocess.run([*command, "--json"], capture_output=True, text=True)
    answer = json.loads(as_json.stdout)
    assert sorted(answer["accounts"]) == [
        "build",
        "pipeline",
        "plan",
        "pull-request",
        "serving",
        "training",
        "trigger",
    ]
    assert any(finding["problem"] for finding in answer["findings"])


def test_a_configuration_without_a_cloud_is_a_usage_error() -> None:
    """Exit code 2 and one line."""
    done = subprocess.run([COMMAND, "doctor", "--config", "local"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "no section `cloud`" in done.stderr


@pytest.mark.parametrize("project", ["not-my-evergreen-prod", "my-evergreen-prod2", "my-evergreen-42"])
def test_a_project_whose_name_only_resembles_the_placeholder_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, project: str
) -> None:
    """Names are matched whole; the placeholders themselves are named, in every place that holds one."""
    own(tmp_path, monkeypatch)
    text = json.dumps(layers.merged("prod").plain())
    theirs = configs.parse(json.loads(text.replace("my-evergreen-prod", project)))
    left = [subject for subject, problem in problems(theirs).items() if "placeholder" in problem]
    assert sorted(left) == ["cloud.image", "cloud.network", "cloud.trainer.image"]  # dev's, and a number
    shipped = problems(configs.parse(json.loads(text)))
    assert "resolve-images" in shipped["cloud.image"]
    assert "terraform -chdir=infra/terraform output -json configuration" in shipped["cloud.bucket"]
    places = ("project", "bucket", "data", "kms_key", *ACCOUNTS)
    assert all("placeholder" in shipped[f"cloud.{place}"] for place in places)


def test_an_image_by_the_digest_that_ships_is_a_placeholder_in_any_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No build has pushed it; the fix says where a build's digests are."""
    config = own(tmp_path, monkeypatch)
    assert config.cloud is not None
    cloud = config.cloud.model_copy(update={"image": config.cloud.image.replace("1" * 64, "0" * 64)})
    (found,) = problems(config.model_copy(update={"cloud": cloud})).items()
    assert found[0] == "cloud.image"
    assert "put in the digest that a build pushed: `make resolve-images" in found[1]
    assert "@sha256:0000000…'" in found[1]


def test_what_stops_a_submission_is_said_with_each_cure_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, login: Path
) -> None:
    """A login, two folders and an image of others; its digest by the first digits."""
    other = f"us-central1-docker.pkg.dev/acme-forecasts-prod/evergreen/pipeline@sha256:{'2' * 64}"
    config = own(tmp_path, monkeypatch, image=other, bucket="gs://acme-bucket", data="gs://acme-days/flights")
    login.unlink()
    assert config.cloud is not None
    with pytest.raises(ConfigError) as refused:
        doctor.refuse_submission(config, config.cloud, "prod")
    said = str(refused.value)
    assert said.count("make them equal") == said.count("gcloud auth") == 1
    assert "repository of cloud.image is another than" in said
    assert "pipeline@sha256:2222222…'" in said
    assert "placeholder" not in said


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_submit_refuses_what_doctor_knows_before_anything_is_asked(
    more: tuple[str, ...], tmp_path: Path
) -> None:
    """Placeholders and a region that Terraform does not have: one line with both, exit code 2."""
    done = subprocess.run(
        [COMMAND, "submit", "--config", "dev", "--set", "cloud.region=us-east1", *more],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 2, done.stderr
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("evergreen: warning: ")]
    assert line.startswith("evergreen: nothing can be submitted: ")
    assert "cloud.project, cloud.bucket, cloud.data, cloud.image, " in line
    assert (
        "cloud.region of infrastructure and configuration is 'us-central1' by dev.tfvars and 'us-east1'"
        in line
    )
    assert line.endswith(" still hold placeholders; see `evergreen doctor --config dev`")
    assert line.count("make them equal") == 1
    assert "0" * 8 not in line
    assert len(line) < 600


@pytest.mark.parametrize(
    ("more", "subject", "problem"),
    [
        ('schedules = { nightly = { cron = "0 25 * * *" } }', "schedule nightly of prod.tfvars", "hour '25'"),
        ('schedules = { nightly = { cron = "0 2 * *" } }', "schedule nightly of prod.tfvars", "4 fields"),
        (
            'schedules = { nightly = { cron = "0 2 * * *", time_zone = "Europe/Berlln" } }',
            "schedule nightly of prod.tfvars",
            "time zone 'Europe/Berlln'",
        ),
        (
            'schedules = {\n  nightly = { cron = "0 2 * * *" }\n  nightly = { cron = "0 3 * * *" }\n}',
            "keys of prod.tfvars",
            "schedules.nightly twice",
        ),
    ],
)
def test_a_schedule_that_cannot_be_kept_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str, subject: str, problem: str
) -> None:
    """Terraform would plan it; Cloud Scheduler would refuse it, or come at another time."""
    config = own(tmp_path, monkeypatch)
    tfvars = tmp_path / "environments" / "prod.tfvars"
    tfvars.write_text(re.sub(r"^schedules = \{.*?^\}", more, tfvars.read_text(), flags=re.M | re.S))
    found = problems(config)
    assert [*found] == [subject]
    assert problem in found[subject]


UNREADABLE = [
    (b'project = "caf\xe9"', "is not UTF-8 (byte 14)"),
    (b"schedules = " + b"[" * 5_000, "has more than 20 braces and brackets in one another"),
]


@pytest.mark.parametrize(("written", "problem"), UNREADABLE)
@pytest.mark.parametrize("name", ["dev", "prod"])
def test_a_tfvars_file_that_cannot_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, written: bytes, problem: str
) -> None:
    """A neighbour's too, beside which the own one is read; only the own one stops a submission."""
    config = own(tmp_path, monkeypatch)
    (tmp_path / "environments" / f"{name}.tfvars").write_bytes(written)
    assert problems(config) == {f"{name}.tfvars": f"{problem}; correct it: nothing was compared with it"}
    assert config.cloud
    found = doctor.before_submission(config, config.cloud, "prod")
    assert [each.subject for each in found if each.stops_submission and each.problem] == (
        ["prod.tfvars"] if name == "prod" else []
    )
    assert any("of infrastructure and configuration" in each.subject for each in found) == (name == "dev")
    assert [each.problem for each in doctor.schedules(name)] == [problem]  # as `evergreen check` asks


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("image_readers = 7", "image_readers is '7', not a list"),
        ('run_readers = "x"', "run_readers is 'x', not a list"),
        ("uploaders = { a = 1 }", "uploaders is {'a': '1'}, not a list"),
        ('project = ["x"]', "project is ['x'], not a text"),
        ("region = {}", "region is {}, not a text"),
    ],
)
def test_a_value_of_another_type_than_terraform_declares_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, problem: str
) -> None:
    """Terraform's first plan would say it, to who may make one."""
    config = own(tmp_path, monkeypatch)
    tfvars = tmp_path / "environments" / "prod.tfvars"
    tfvars.write_text(f"{tfvars.read_text()}\n{line}\n")
    fix = "correct it: Terraform refuses it, and nothing was compared with it"
    assert problems(config) == {"types of prod.tfvars": f"{problem}; {fix}"}
    assert config.cloud
    with pytest.raises(ConfigError, match=r"nothing can be submitted: types of prod\.tfvars"):
        doctor.refuse_submission(config, config.cloud, "prod")

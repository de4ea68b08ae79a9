"""The command `evergreen doctor`: what this machine and the configuration lack for the cloud."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.cloud_roles import ACCOUNTS, APIS, PERSON
from pipeline.cli.options import load_config, with_config_options
from pipeline.errors import DONE, STOPPED, ConfigError, UserError

if TYPE_CHECKING:
    from pipeline.config.cloud import CloudConfig
    from pipeline.config.config import Config

TOOLS: Mapping[str, tuple[tuple[str, ...], tuple[int, ...], str]] = {
    # name: the command that prints its version, the oldest that works, how to get it
    "git": (("git", "--version"), (2, 20), "install git"),
    "make": (("make", "--version"), (4, 0), "install GNU make"),
    "terraform": (
        ("terraform", "version"),
        (1, 9),
        "install Terraform 1.9 or newer: developer.hashicorp.com/terraform",
    ),
    "gcloud": (("gcloud", "version"), (450, 0), "install the Google Cloud SDK: cloud.google.com/sdk"),
}
# What ships in pipeline/configs: projects, their buckets, and a project's number.
_PROJECTS = tuple(f"my-evergreen-{environment}" for environment in ("dev", "preprod", "prod"))
_BUCKETS = tuple(f"{project}-evergreen{use}" for project in _PROJECTS for use in ("", "-uploads"))
PLACEHOLDERS = frozenset((*_PROJECTS, *_BUCKETS, "123456789012"))
TERRAFORM = Path(__file__).parents[2] / "infra" / "terraform"
OutputOf = Callable[[tuple[str, ...]], str | None]


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was examined.

    Attributes:
      subject: the thing.
      problem: what is wrong with it; None if it is fine.
      fix: what to do about the problem.
    """

    subject: str
    problem: str | None = None
    fix: str = ""


def examine(config: Config, cloud: CloudConfig, environment: str, output_of: OutputOf) -> list[Finding]:
    """Examines tools, placeholders, names, and whether infrastructure and configuration agree.

    Args:
      config: the whole configuration.
      cloud: its section `cloud`.
      environment: stem of the tfvars file.
      output_of: runs a command and returns what it prints; None if there is no such command.
    """
    return [
        *_tools(output_of),
        _login(cloud),
        *_placeholders(cloud),
        *_names(config, cloud),
        *_agreement(cloud, environment),
    ]


def _tools(output_of: OutputOf) -> Iterator[Finding]:
    for name, (command, oldest, fix) in TOOLS.items():
        version = re.search(r"(\d+)\.(\d+)(\.\d+)?", output_of(command) or "")
        if version is None:
            yield Finding(name, "is not on PATH", fix)
        elif (int(version.group(1)), int(version.group(2))) < oldest:
            yield Finding(f"{name} {version.group()}", f"is older than {'.'.join(map(str, oldest))}", fix)
        else:
            yield Finding(f"{name} {version.group()}")


def _login(cloud: CloudConfig) -> Finding:
    """Looks for credentials as every command for the cloud does; asks nobody whether they are good."""
    from google.auth import default

    from pipeline.runners.vertex.api import LOGIN, auth_errors

    if (cloud.api_endpoint or "").startswith("http://"):
        return Finding("login to Google Cloud (none is needed for a server on this machine)")
    try:
        with auth_errors("looking for credentials"):
            default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except UserError as error:
        return Finding("login to Google Cloud", f"is not there ({error})", LOGIN)
    return Finding("login to Google Cloud")


def _placeholders(cloud: CloudConfig) -> Iterator[Finding]:
    for key, value in _texts(cloud.model_dump(mode="json")):
        if not PLACEHOLDERS.isdisjoint(re.split(r"[/@.:]", value)):
            yield Finding(f"cloud.{key}", f"is still the placeholder {value!r}", _ORIGIN)


_ORIGIN = "put in your own: `terraform output -json configuration` has it"


def _names(config: Config, cloud: CloudConfig) -> Iterator[Finding]:
    """Checks names against those of Google's rules that no pattern in the configuration covers."""
    rules = (
        # cloud.google.com/storage/docs/buckets#naming
        (
            "cloud.bucket",
            _bucket_fault(cloud.bucket.removeprefix("gs://").partition("/")[0]),
            "choose a shorter project or name",
        ),
        # cloud.google.com/resource-manager/docs/creating-managing-projects
        (
            "cloud.project",
            "contains a word that Google keeps for itself" if _reserved(cloud.project) else None,
            "leave out google, null, undefined and ssl",
        ),
        *_accounts(cloud),
        (
            "cloud.kms_key",
            None
            if cloud.kms_key is None or f"/locations/{cloud.region}/" in cloud.kms_key
            else "is in another region",
            f"use a key of {cloud.region}: Vertex AI takes no other",
        ),
        # a run's label and a job's id: cloud.google.com/resource-manager/docs/creating-managing-labels
        (
            "name",
            None
            if len(config.name) <= 40
            else f"has {len(config.name)} characters, and 40 leave room for a job's id",
            "shorten it",
        ),
    )
    for subject, problem, fix in rules:
        yield Finding(subject, problem, fix)


def _accounts(cloud: CloudConfig) -> Iterator[tuple[str, str | None, str]]:
    """Yields key, problem and fix of each account: cloud.google.com/iam/docs/service-accounts-create."""
    for key in ("service_account", "training_service_account", "serving_service_account"):
        account = getattr(cloud, key)
        length = len(account.partition("@")[0])
        yield (
            f"cloud.{key}",
            None if 6 <= length <= 30 else f"has {length} characters before the @, and 6 to 30 are allowed",
            "change `name` in infra/terraform/environments",
        )
        yield (
            f"cloud.{key}",
            None if _project_of(account) == cloud.project else f"is not of project {cloud.project}",
            "take the account of this project",
        )


def _agreement(cloud: CloudConfig, environment: str) -> Iterator[Finding]:
    """Compares project and region with those that Terraform uses."""
    path = TERRAFORM / "environments" / f"{environment}.tfvars"
    if not path.is_file():
        yield Finding(
            str(path), "is not there", "copy one of its neighbours; its name is the configuration's"
        )
        return
    values = dict(re.findall(r'^(\w+)\s*=\s*"([^"]*)"', path.read_text(encoding="utf-8"), re.MULTILINE))
    for key, configured in (("project", cloud.project), ("region", cloud.region)):
        in_terraform = values.get(key)
        problem = (
            None
            if in_terraform == configured
            else f"is {in_terraform!r} in {path.name} and {configured!r} in the configuration"
        )
        yield Finding(f"{key} of infrastructure and configuration", problem, "make them equal")


def _bucket_fault(name: str) -> str | None:
    if len(name) + len("-promotions") > 63:
        return f"has {len(name)} characters; with -promotions it may have 63"
    if name.startswith("goog") or re.search(r"g[o0]{2}gle", name):
        return f"is {name!r}: Google keeps such names for itself"
    return "has two dots in a row or one beside a hyphen" if re.search(r"\.\.|-\.|\.-", name) else None


def _reserved(project: str) -> bool:
    return any(word in project for word in ("google", "null", "undefined", "ssl"))


def _project_of(account: str) -> str:
    return account.partition("@")[2].partition(".")[0]


def _texts(values: Mapping[str, object], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _texts(value, f"{path}{key}.")
        elif isinstance(value, str):
            yield f"{path}{key}", value


def _output_of(command: tuple[str, ...]) -> str | None:
    if shutil.which(command[0]) is None:
        return None
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout
    except subprocess.TimeoutExpired:
        return None


def needs(cloud: CloudConfig) -> Iterator[str]:
    """Yields lines that list the APIs and roles that are needed, and the commands that grant them."""
    yield "APIs (terraform enables them; the first two by hand, before it can):"
    first = "cloudresourcemanager.googleapis.com serviceusage.googleapis.com"
    yield f"  gcloud services enable {first} --project={cloud.project}"
    yield f"  {' '.join(APIS)}"
    yield "the person who applies (or the Terraform account), on the project:"
    for role, kinds in PERSON.items():
        yield f"  {role:<40} for {', '.join(kind.removeprefix('google_') for kind in kinds)}"
    binding = f"gcloud projects add-iam-policy-binding {cloud.project} --member=user:<you> --role=<role>"
    yield f"  give each: {binding}"
    for account, roles in ACCOUNTS.items():
        yield f"service account {account} (terraform gives these):"
        yield from (f"  {role.partition(':')[2]:<40} on {role.partition(':')[0]}" for role in sorted(roles))


@click.command()
@with_config_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(config_name: str, overrides: tuple[str, ...], as_json: bool) -> int:
    """Lists what is missing before the first cloud command, each with its fix, and who needs which roles.

    Example: evergreen doctor --config prod
    """
    config = load_config(config_name, overrides).config
    if config.cloud is None:
        raise ConfigError(f"{config_name} has no section `cloud`; take --config dev, preprod or prod")
    findings = examine(config, config.cloud, Path(config_name).stem, _output_of)
    missing = [finding for finding in findings if finding.problem]
    if as_json:
        values = {
            "findings": [dataclasses.asdict(finding) for finding in findings],
            "apis": APIS,
            "person": [*PERSON],
            "accounts": {account: sorted(roles) for account, roles in ACCOUNTS.items()},
        }
        click.echo(json.dumps(values, indent=2))
        return STOPPED if missing else DONE
    for finding in findings:
        click.echo(
            f"NO  {finding.subject} {finding.problem}; {finding.fix}"
            if finding.problem
            else f"ok  {finding.subject}"
        )
    click.echo()
    click.echo("\n".join(needs(config.cloud)))
    click.echo()
    click.echo(
        f"{len(missing)} of {len(findings)} are missing" if missing else f"all {len(findings)} are there"
    )
    return STOPPED if missing else DONE

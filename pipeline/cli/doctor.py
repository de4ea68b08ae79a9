"""The command `evergreen doctor`: what this machine and the configuration lack for the cloud."""

from __future__ import annotations

import dataclasses
import itertools
import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import agreement, tfvars, tfvars_rule, tfvars_types
from pipeline.cli.cloud_roles import ACCOUNTS, APIS, PERSON
from pipeline.cli.finding import Finding
from pipeline.cli.options import load_config, with_config_options
from pipeline.cli.quiet_imports import quiet_imports
from pipeline.config.google_names import with_short_digest
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
# What ships in pipeline/configs: projects, their buckets, a project's number, and an image's digest.
_PROJECTS = tuple(f"my-evergreen-{environment}" for environment in ("dev", "preprod", "prod"))
_BUCKETS = tuple(f"{project}-evergreen{use}" for project in _PROJECTS for use in ("", "-uploads"))
_DIGEST = "0" * 64
PLACEHOLDERS = frozenset((*_PROJECTS, *_BUCKETS, "123456789012", _DIGEST))
TERRAFORM = Path(__file__).parents[2] / "infra" / "terraform"
_VARIABLES = TERRAFORM / "variables.tf"
# Another folder of tfvars files, for tests of the machinery, as pipeline/config/layers.py has one.
INSTEAD = "EVERGREEN_TFVARS"
OutputOf = Callable[[tuple[str, ...]], str | None]


def examine(config: Config, cloud: CloudConfig, environment: str, output_of: OutputOf) -> list[Finding]:
    """Examines tools, and all that a submission would meet.

    Args:
      config: the whole configuration.
      cloud: its section `cloud`.
      environment: stem of the tfvars file.
      output_of: runs a command and returns what it prints; None if there is no such command.
    """
    return [*_tools(output_of), *before_submission(config, cloud, environment)]


def before_submission(config: Config, cloud: CloudConfig, environment: str) -> list[Finding]:
    """Examines login, placeholders, names, and whether infrastructure and configuration agree.

    `evergreen submit` asks this as well. What breaks a form of Google's was refused when the configuration
    was loaded.
    """
    return [
        _login(cloud),
        *placeholders(cloud),
        *_names(config, cloud),
        *_of_tfvars(config, cloud, environment),
    ]


def refuse_submission(config: Config, cloud: CloudConfig, environment: str) -> None:
    """Refuses to send what could not work there, before anything is asked or made.

    Raises:
      ConfigError: naming everything that was found.
    """
    if cloud.api_endpoint and cloud.api_endpoint.startswith("http://"):
        return  # a server on this machine, for which every name is right
    found = [each for each in before_submission(config, cloud, environment) if each.stops_submission]
    if found:
        lines = "; ".join(_in_short(found, [each.subject for each in placeholders(cloud)]))
        raise ConfigError(f"nothing can be submitted: {lines}; see `evergreen doctor --config {environment}`")


def _in_short(found: list[Finding], left: list[str]) -> Iterator[str]:
    """Yields findings with each fix once, then the keys that hold placeholders.

    Args:
      found: all of them.
      left: subjects of those that are placeholders.
    """
    others = (each for each in found if each.subject not in left)
    for fix, alike in itertools.groupby(others, key=lambda each: each.fix):
        yield from (f"{each.subject} {each.problem}" for each in alike)
        yield fix
    if left:
        yield f"{', '.join(left)} still {'hold placeholders' if len(left) > 1 else 'holds a placeholder'}"


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
    with quiet_imports():
        from google.auth import default

        from pipeline.runners.vertex.api import LOGIN, auth_errors

    if (cloud.api_endpoint or "").startswith("http://"):
        return Finding("login to Google Cloud (none is needed for a server on this machine)")
    try:
        with auth_errors(_LOOKING):
            default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
    except UserError as error:
        cause = str(error).removeprefix(f"{_LOOKING}: ").removesuffix(f"; {LOGIN}")
        return Finding("login to Google Cloud", f"is not there: {cause}", LOGIN, True)
    return Finding("login to Google Cloud")


_LOOKING = "looking for credentials"


def placeholders(cloud: CloudConfig) -> Iterator[Finding]:
    """Yields a finding for each value that still is what ships."""
    for key, value in _texts(cloud.model_dump(mode="json")):
        parts = re.split(r"[/@.:]", value)
        if not PLACEHOLDERS.isdisjoint(parts):
            fix = _OF_A_BUILD if _DIGEST in parts else _ORIGIN
            yield Finding(f"cloud.{key}", f"is still the placeholder {with_short_digest(value)!r}", fix, True)


_ORIGIN = (
    "put in your own: `make infra-plan` shows it in its output `configuration`, and once that is applied "
    "`terraform -chdir=infra/terraform output -json configuration` does"
)
_OF_A_BUILD = (
    "put in the digest that a build pushed: `make resolve-images IMAGES=<repository> TAG=<commit>` writes it "
    "into build/images.json; the repository is Terraform's output `images`"
)


def _names(config: Config, cloud: CloudConfig) -> Iterator[Finding]:
    """Checks names that others are made from: no pattern in the configuration covers those."""
    bucket = cloud.bucket.removeprefix("gs://").partition("/")[0]
    yield Finding(
        "cloud.bucket",
        None
        if len(bucket) + len("-promotions") <= _LONGEST_BUCKET
        else f"has {len(bucket)} characters; with -promotions it may have {_LONGEST_BUCKET}",
        "choose a shorter project or name",
    )
    # a run's label and a job's id: cloud.google.com/resource-manager/docs/creating-managing-labels
    yield Finding(
        "name",
        None
        if len(config.name) <= _LONGEST_NAME
        else f"has {len(config.name)} characters, and {_LONGEST_NAME} leave room for a job's id",
        "shorten it",
        len(config.name) > _LONGEST_NAME,
    )


_LONGEST_BUCKET, _LONGEST_NAME = 63, 40


def _of_tfvars(config: Config, cloud: CloudConfig, environment: str) -> Iterator[Finding]:
    """Yields what tfvars files say, each as far as it can be read: the own one, and its neighbours.

    A file of the environment that cannot be read, or with a value of another type, is asked nothing else.
    """
    own = _path(environment)
    unreadable = _unreadable(own)
    yield from unreadable.values()
    if own.name in unreadable:
        return
    types = _types(own) if own.is_file() else None
    if types:
        yield types
    if not types or not types.problem:
        yield from _agreement(config, cloud, environment)
        yield from schedules(environment)
        if not unreadable:
            yield from _tfvars(environment)


def _unreadable(own: Path) -> dict[str, Finding]:
    """Returns a finding for each tfvars file of a folder that cannot be read, by its name."""
    fix = "correct it: nothing was compared with it"
    return {
        name: Finding(name, problem, fix, name == own.name) for name, problem in tfvars.unreadable(own.parent)
    }


def _types(path: Path) -> Finding:
    """Compares the values of a tfvars file with the types that Terraform declares."""
    types = tfvars_types.declared(_VARIABLES.read_text(encoding="utf-8"))
    wrong = "; ".join(tfvars_types.faults(tfvars.read(path.read_text(encoding="utf-8")).values, types))
    fix = "correct it: Terraform refuses it, and nothing was compared with it"
    return Finding(f"types of {path.name}", wrong or None, fix, bool(wrong))


def _agreement(config: Config, cloud: CloudConfig, environment: str) -> Iterator[Finding]:
    """Compares what the configuration names with what Terraform makes of the environment's tfvars."""
    path = _path(environment)
    if not path.is_file():
        fix = "copy one of its neighbours; its name is the configuration's"
        yield Finding(str(path), "is not there", fix)
        return
    values = tfvars.read(path.read_text(encoding="utf-8")).values
    yield from agreement.findings(config, cloud, values, path.name)


def schedules(environment: str) -> Iterator[Finding]:
    """Looks at the schedules in the tfvars file, and for keys that stand there twice; nothing without it."""
    path = _path(environment)
    unreadable = _unreadable(path)
    if path.name in unreadable:
        yield unreadable[path.name]
    elif path.is_file():
        yield from tfvars_rule.schedules(path)


def _tfvars(environment: str) -> Iterator[Finding]:
    """Looks for what else is wrong in the tfvars file; nothing without it."""
    path = _path(environment)
    if path.is_file():
        declared = tfvars_rule.variables(_VARIABLES.read_text(encoding="utf-8"))
        yield from tfvars_rule.findings(path, declared)


def _path(environment: str) -> Path:
    return Path(os.environ.get(INSTEAD) or TERRAFORM / "environments") / f"{environment}.tfvars"


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

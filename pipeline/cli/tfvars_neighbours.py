"""What of an environment's tfvars file does not fit those beside it: names, projects, grants, promotion."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.did_you_mean import did_you_mean
from components.shown import shown
from pipeline.cli import tfvars
from pipeline.cli.finding import Finding
from pipeline.config.cloud_doubts import ROLES

Values = Mapping[str, Any]
_WINDOWS = "3"  # promotion_windows, where a file has none: infra/terraform/variables.tf
_ENVIRONMENTS = ("dev", "preprod", "prod")
# Accounts of another environment that have a use for what a key grants.
_GRANTED = {
    "image_readers": ("build", "plan", "pipeline", "training", "serving"),
    "image_promoters": ("build",),
    "run_readers": ("build",),
}
# Accounts that a project's owner makes; Google's own agents (service-<number>@…, gcp-sa-…) are not judged.
_OF_A_PROJECT = re.compile(
    r"serviceAccount:(?!service-[0-9]+@)[^@]+@(?!gcp-sa-)[a-z0-9-]+\.iam\.gserviceaccount\.com"
)


def findings(path: Path) -> Iterator[Finding]:
    """Yields what was compared with the other environments, each with its problem.

    Args:
      path: of the file; its neighbours are the other tfvars files of its folder.
    """
    values = _values(path)
    others = {each.name: _values(each) for each in sorted(path.parent.glob("*.tfvars")) if each != path}
    yield from _identity(values, others, path)
    yield from _grants(values, others, path.name)
    yield from _signing_key(values, path.name)
    yield from _earlier(values, others, path.name)
    yield from _windows(values, others, path.name)


def _values(path: Path) -> Values:
    read = tfvars.read(path.read_text(encoding="utf-8")).values
    return {name: value for name, value in read.items() if value != "null"}


def _identity(values: Values, others: Mapping[str, Values], path: Path) -> Iterator[Finding]:
    """Yields whether the file is named after its environment, and has a project of its own."""
    environment = values.get("environment")
    if path.stem in _ENVIRONMENTS:
        other = environment not in (None, path.stem)
        problem = f"is {shown(environment)}, and the file is {path.name}" if other else None
        yield Finding(f"environment of {path.name}", problem, "make them equal")
    same = [name for name, found in others.items() if found.get("project") == values.get("project")]
    problem = f"is that of {', '.join(same)} as well" if same else None
    yield Finding(f"project of {path.name}", problem, "give each environment a project of its own")


def _grants(values: Values, others: Mapping[str, Values], file: str) -> Iterator[Finding]:
    """Yields the lists of accounts from outside; an empty one is allowed: the others may not be made yet."""
    everybody = [values, *others.values()]
    made = {account for found in everybody for account in _accounts(found, ROLES)}
    for key, roles in _GRANTED.items():
        members = [each for each in values.get(key) or () if isinstance(each, str)]
        if not members:
            continue
        needed = [account for found in _later(key, values, others) for account in _accounts(found, roles)]
        faults = [*_wrong(members, made, roles, bool(others))]
        lacking = [account for account in needed if account not in members]
        if not faults and lacking:
            faults = [f"lacks {', '.join(lacking)}, of an environment that takes from here"]
        fix = "correct it there: a grant to the wrong account is one to nobody, or to who has no use for it"
        yield Finding(f"{key} of {file}", "; ".join(faults) or None, fix)


def _accounts(values: Values, roles: tuple[str, ...]) -> list[str]:
    """Returns the accounts of some roles that Terraform makes in an environment, as members of a grant."""
    domain = f"{values.get('project')}.iam.gserviceaccount.com"
    return [f"serviceAccount:{values.get('name')}-{role}@{domain}" for role in roles]


def _wrong(members: list[str], made: set[str], roles: tuple[str, ...], has_others: bool) -> Iterator[str]:
    """Yields what is wrong with each account of a list."""
    domains = {account.partition("@")[2] for account in made}
    fitting = [account for account in made if _role(account) in roles]
    for member in members:
        near = did_you_mean(member, sorted(fitting))
        if member in made:
            if _role(member) not in roles:
                yield f"names {member}{near}, and it is for {', '.join(roles)}"
        elif member.partition("@")[2] in domains:
            yield f"names {member}{near}, which Terraform does not make"
        elif has_others and _OF_A_PROJECT.fullmatch(member):
            yield f"names {member}{near}, of a project that no tfvars file here has"


def _role(account: str) -> str:
    """Returns what an account of Terraform's is for."""
    name = account.partition("@")[0]
    return max((role for role in ROLES if name.endswith(f"-{role}")), key=len)


def _signing_key(values: Values, file: str) -> Iterator[Finding]:
    """Yields whether images are verified by the key that Terraform makes beside their repository."""
    key, repository = values.get("signing_key"), values.get("image_repository")
    own = f"{values.get('region')}-docker.pkg.dev/{values.get('project')}/{values.get('name')}"
    parts = re.fullmatch(r"([a-z0-9-]+)-docker\.pkg\.dev/([^/]+)/([^/]+)", str(repository or own))
    if (key is None and repository is None) or parts is None:
        return  # the key made here, or a repository that Terraform refuses
    region, project, name = parts.groups()
    made = (
        f"projects/{project}/locations/{region}/keyRings/{name}-images/cryptoKeys/signing/cryptoKeyVersions/"
    )
    if key is None:
        problem: str | None = "is not set, and image_repository is another environment's"
    elif re.fullmatch(rf"{re.escape(made)}[0-9]+", str(key)):
        problem = None
    else:
        problem = f"is {shown(key)}, and the key of the images in {repository or own} is {made}<number>"
    yield Finding(f"signing_key of {file}", problem, f"write {made}1: a promotion verifies images with it")


def _later(key: str, values: Values, others: Mapping[str, Values]) -> Iterator[Values]:
    """Yields the environments that take images from this one, or look at its runs."""
    for found in others.values():
        repository = str(found.get("image_repository", "")).split("/")
        takes_from = found.get("earlier_environment") if key == "run_readers" else "/".join(repository[1:2])
        if takes_from and takes_from == values.get("project"):
            yield found


def _earlier(values: Values, others: Mapping[str, Values], file: str) -> Iterator[Finding]:
    """Yields whether the gate looks at a neighbour's runs: in prod at those of preprod, if there is one."""
    earlier = values.get("earlier_environment")
    if earlier is None or not others:
        return
    project_of = {str(found.get("environment")): str(found.get("project")) for found in others.values()}
    wanted = project_of.get("preprod") if values.get("environment") == "prod" else None
    if earlier not in project_of.values():
        near = did_you_mean(str(earlier), project_of.values())
        problem: str | None = f"is {shown(earlier)}, the project of no neighbour{near}"
    elif wanted and earlier != wanted:
        problem = f"is {shown(earlier)}, and prod's gate has to look at the runs of preprod"
    else:
        problem = None
    fix = f"write {wanted}" if wanted else "write the project of one of them"
    yield Finding(f"earlier_environment of {file}", problem, fix)


def _windows(values: Values, others: Mapping[str, Values], file: str) -> Iterator[Finding]:
    """Yields whether preprod runs as many windows as prod's gate asks for."""
    between = {"preprod": "prod", "prod": "preprod"}
    other = between.get(str(values.get("environment")))
    here = values.get("promotion_windows", _WINDOWS)
    for name, found in others.items():
        there = found.get("promotion_windows", _WINDOWS)
        if other and found.get("environment") == other:
            problem = f"is {here}, and in {name} {there}: preprod runs as many as prod's gate asks for"
            fix = f"make them equal (where the key is not set, it is {_WINDOWS})"
            yield Finding(f"promotion_windows of {file}", problem if here != there else None, fix)

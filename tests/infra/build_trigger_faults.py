"""Which file each Cloud Build trigger starts, on which changes, and what it gives: equal to a table."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.infra.terraform_plans import Plan

# What the run of the tftest file that has a repository gives.
REPOSITORY = "https://github.com/someone/evergreen.git"
CI_IMAGE = f"us-central1-docker.pkg.dev/p/evergreen/ci@sha256:{'0123456789abcdef' * 4}"
_STACK = ["infra/terraform/**", "infra/functions/**"]  # what a plan is made of: modules and the function
# End of a trigger's name to its file, and the files whose changes it looks at; none: at all.
STARTS: Mapping[str, tuple[str, list[str]]] = {
    "push": ("cloudbuild.yaml", []),
    "pull-request": ("infra/cloudbuild/pull-request.yaml", []),
    "release": ("infra/cloudbuild/release.yaml", []),
    "promotion": ("infra/cloudbuild/promotion.yaml", []),
    "terraform-plan": ("infra/cloudbuild/terraform-plan.yaml", _STACK),
    "terraform-apply": ("infra/cloudbuild/terraform-apply.yaml", _STACK),
}


def in_build_triggers(plan: Plan, environment: str, tfvars: str) -> Iterator[str]:
    """Names every trigger that starts or gives something else, and every repository that is another's.

    Args:
      plan: of one environment.
      environment: dev, preprod or prod.
      tfvars: text of its tfvars file.
    """
    wanted = _substitutions(plan, environment, tfvars)
    for address, trigger in plan.of_type("google_cloudbuild_trigger").items():
        file, included = STARTS.get(re.findall(r'\["(.+)"\]$|$', address)[0], ("nothing", []))
        if trigger.get("filename") != file:
            yield f"{address}: starts {trigger.get('filename')}; expected {file}"
        looks_at = (trigger.get("included_files") or [], trigger.get("ignored_files") or [])
        if looks_at != (included, []):
            yield f"{address}: starts on changes of {looks_at[0]} without {looks_at[1]}; expected {included}"
        given = trigger.get("substitutions") or {}
        for name in sorted(given.keys() | wanted):
            if given.get(name) != wanted.get(name):
                yield f"{address}: gives {name}={given.get(name)}; expected {wanted.get(name)}"
    for address, repository in plan.of_type("google_cloudbuildv2_repository").items():
        if repository.get("remote_uri") != REPOSITORY:
            yield f"{address}: is {repository.get('remote_uri')}"


def _substitutions(plan: Plan, environment: str, tfvars: str) -> Mapping[str, Any]:
    configuration = plan.outputs["configuration"]
    windows = _value(tfvars, "promotion_windows", "3")
    return {
        "_CONFIG": environment,
        "_REGION": configuration["cloud"]["region"],
        "_IMAGES": plan.outputs["images"],
        "_CI_IMAGE": CI_IMAGE,
        "_PROMOTIONS": plan.outputs["promotions"],
        "_TOPIC": plan.outputs["topic"],
        "_PIPELINE": configuration["name"],
        "_STATE": f"{configuration['cloud']['bucket'].removeprefix('gs://')}-state",
        "_EARLIER_ENVIRONMENT": _value(tfvars, "earlier_environment", "none"),
        "_EARLIER_WINDOWS": windows,
        "_WINDOWS": windows if environment == "preprod" else "0",
        "_SIGNING_KEY": f"gcpkms://{plan.outputs['signing_key']}",
    }


def _value(tfvars: str, name: str, default: str) -> str:
    found = re.search(rf'^{name}\s*=\s*"?([^"\s#]+)', tfvars, re.MULTILINE)
    return found[1] if found else default

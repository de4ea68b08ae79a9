"""Makes a revision's job template: checks and compiles the graph for stand-ins, cuts out what they decided.

python -m infra.promotion template --config prod --revision v1.2.0 --images build/images.json \
    --into build/template.json
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.gates.override import Override
from components.release.version_rule import Recipe, Registered
from components.shown import shown
from infra.functions.trigger.job_template import Job, JobTemplate, slot
from infra.promotion import command, images, whole_file
from infra.promotion.revision import revision as revision_name
from pipeline.cli.quiet_imports import quiet_imports
from pipeline.cli.vertex import check
from pipeline.config import columns, google_names, schema
from pipeline.config.config import Config
from pipeline.config.load import load
from pipeline.config.split_rule import hash_split
from pipeline.errors import ConfigError, UserError
from pipeline.launch import fingerprint, job_shapes, source_version
from pipeline.launch.champion import STAND_IN, Champion
from pipeline.launch.graph_inputs import NOTHING, graph_inputs
from pipeline.launch.launch import Launch
from pipeline.launch.paths import RunPaths
from pipeline.launch.record import as_parameters
from pipeline.runners.vertex import cloud_job
from pipeline.spans.window import Span, Window

_AN_OVERRIDE = Override(
    gate="data", check=STAND_IN, reason=STAND_IN, by=STAND_IN, expires=dt.date(2000, 1, 1)
)
_ENVIRONMENTS = Path(__file__).parents[1] / "terraform" / "environments"


class SlotError(UserError):
    """The compiled job has no place for an input of the launch, or holds one where no slot is."""


def make(config: Config, revision: str) -> JobTemplate:
    """Compiles a job for each shape of a launch, with slots.

    Raises:
      ConfigError: the configuration has no section `cloud`.
      SlotError: the graph uses the launch in a way that `graph_inputs` does not know.
    """
    config.require_vertex()
    launch = _stand_in_launch(config)
    return JobTemplate(
        revision=revision,
        source=source_version.version(),
        config=config,
        schema=launch.schema.decode(),
        schema_uri=_paths(launch).schema_file,
        code=launch.code,
        split=launch.split.as_json() if launch.split else "",
        jobs={name: _with_slots(stand_in) for name, stand_in in job_shapes.stand_ins(launch).items()},
    )


def _stand_in_launch(config: Config) -> Launch:
    def span(day: str) -> Span:
        return Span(date=dt.date.fromisoformat(day), path=f"/{STAND_IN}/{day}.csv", fingerprint=STAND_IN)

    return Launch(
        config=config,
        window=Window(train_spans=(span("2000-01-01"),), eval_spans=(span("2000-01-02"),)),
        champion=Champion.stand_in(),
        ignore_champion=None,
        schema=schema.read(),
        code=fingerprint.of_stages(),
        split=hash_split(config.split, columns.read()),
        overrides=(_AN_OVERRIDE,),
        calendar={STAND_IN: STAND_IN},
        newest=Registered(STAND_IN, Recipe()),
    )


def _with_slots(launch: Launch) -> Job:
    job = cloud_job.compile_job(launch, _paths(launch))
    job["runtimeConfig"]["parameterValues"].update(as_parameters(dict.fromkeys(launch.record(), "")))
    names = {text: name for name, text in graph_inputs(launch).items() if text not in NOTHING}
    cut: set[str] = set()
    job = _cut(job, names, cut)
    unused = set(names.values()) - cut
    if unused:
        raise SlotError(f"the job uses no {', '.join(sorted(unused))}; see pipeline/launch/graph_inputs.py")
    left = next((text for text in _texts(job) if STAND_IN in text), None)
    if left:
        raise SlotError(
            f"the launch shows in the job where no slot is: {left[:200]}; see pipeline/launch/graph_inputs.py"
        )
    return job


def _refuse_arguments(config: str, revision: str) -> None:
    """Refuses what `make template` hands over where CONFIG or REVISION was not given, or names none.

    Raises:
      ConfigError: the configuration is none of Vertex AI's, or the revision is no name.
    """
    if load(config).cloud is None:
        *others, last = sorted(each.stem for each in _ENVIRONMENTS.glob("*.tfvars"))
        raise ConfigError(
            f"CONFIG is {shown(config)}, a configuration without a section cloud; "
            f"take CONFIG={', '.join(others)} or {last}"
        )
    try:
        revision_name(revision)
    except argparse.ArgumentTypeError as error:
        raise ConfigError(f"REVISION: {error}, as in REVISION=v1.2.0") from error


def _refuse_changes(revision: str) -> None:
    """Refuses a checkout that no commit holds: nobody could find out later what the template was made of.

    Raises:
      ConfigError: git names changed or new files.
    """
    if source_version.version().endswith(source_version.CHANGES):
        raise ConfigError(
            "the checkout has changes that no commit holds (`git status` names them), and the template "
            f"would carry them as {revision}; commit them or put them away (git stash --include-untracked)"
        )


def _refuse_other_code(revision: str, commit: str) -> None:
    """Refuses the name of a revision that is not checked out: a template is kept under its name for ever.

    Args:
      revision: a tag or a commit.
      commit: of the tag, where a build was started for it and its checkout has no tags; empty for none.

    Raises:
      ConfigError: git knows no such revision, or another commit is checked out, or there is no git.
    """
    head = source_version.head()
    if head is None:
        raise ConfigError(
            f"{source_version.ROOT} is no checkout of git, so nothing shows that its code is {revision}; "
            "make the template in a clone of the repository"
        )
    found = source_version.commit_of(revision) or commit
    if not found:
        raise ConfigError(
            f"{revision} is no tag and no commit of this checkout; fetch it (git fetch --tags), or name the "
            f"commit that is checked out: {head}"
        )
    for named in filter(None, (found, commit)):
        if named != head:
            raise ConfigError(
                f"{revision} is the commit {named[:12]}, and {head[:12]} is checked out; check out the "
                f"revision (git checkout {revision}), or name the one that is"
            )


def _paths(launch: Launch) -> RunPaths:
    cloud = launch.config.require_cloud()
    return cloud_job.cloud_paths(launch.config, cloud, launch.schema_fingerprint)


def _cut(value: Any, names: Mapping[str, str], cut: set[str]) -> Any:
    """Returns the value with slots in place of texts, and adds the names of the slots to `cut`."""
    if isinstance(value, dict):
        return {key: _cut(child, names, cut) for key, child in value.items()}
    if isinstance(value, list):
        return [_cut(child, names, cut) for child in value]
    if isinstance(value, str) and value in names:
        cut.add(names[value])
        return slot(names[value])
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for child in value.values():
            yield from _texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from _texts(child)
    elif isinstance(value, str):
        yield value


def _images(name: str, of_revision: Mapping[str, str]) -> dict[str, str]:
    """Returns what a configuration is overridden with: a revision's images, by digest, in place of its own.

    Args:
      name: of the configuration.
      of_revision: name to image, as `images.read` returns them.

    Raises:
      ConfigError: there is no such configuration.
    """
    cloud = load(name).require_vertex()
    changes = {"cloud.image": of_revision["pipeline"]}
    if cloud.trainer and cloud.trainer.image:
        changes["cloud.trainer.image"] = of_revision["trainer"]
    if google_names.image_path(cloud.endpoint.server_image).endswith(
        "/serving"
    ):  # infra/docker's, not Google's
        changes["cloud.endpoint.server_image"] = of_revision["serving"]
    return changes


def _check(name: str, changes: Mapping[str, str]) -> int:
    """Checks the jobs as `evergreen check` does, with its warnings; returns its exit code."""
    overrides = (word for key, value in changes.items() for word in ("--set", f"{key}={value}"))
    return int(check.main(["--config", name, *overrides], standalone_mode=False))


def main(arguments: list[str] | None = None) -> int:
    """Checks the jobs, and writes the template; exit codes as everywhere."""
    parser = command.parser("template", "Makes a revision's job template.")
    parser.add_argument("--config", required=True)
    parser.add_argument("--revision", required=True, help="a tag or a commit")
    parser.add_argument("--commit", default="", help="of the tag, in a build whose checkout has no tags")
    parser.add_argument("--images", type=Path, required=True, help="the revision's images, by digest")
    parser.add_argument("--into", type=Path, required=True)
    options = parser.parse_args(arguments)
    try:
        _refuse_arguments(options.config, options.revision)
        _refuse_changes(options.revision)
        _refuse_other_code(options.revision, options.commit)
        changes = _images(options.config, images.read(options.images, options.revision))
        if code := _check(options.config, changes):
            return code
        with quiet_imports():
            template = make(load(options.config, changes), options.revision)
    except UserError as error:
        print(f"make_template: {error}", file=sys.stderr)
        return error.exit_code
    whole_file.write(options.into, template.as_json())
    print(f"{options.into}: revision {template.revision} of code {template.source}")
    return 0

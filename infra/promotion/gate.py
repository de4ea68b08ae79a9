"""Lets a release into an environment when the gates passed it in the environment before.

python -m infra.promotion gate --config prod --project my-evergreen-preprod --region us-central1 \
    --pipeline flights --revision v1.2.0 --images build/images.json --windows 3
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from components.iso_day import iso_day
from infra.functions.trigger.history import REVISION_LABEL, is_of, record_of, revision_label, state_of
from infra.google_apis import PipelineJobs
from infra.promotion import command, job_images
from infra.promotion.gate_rule import Answer, ReleaseRun, Ruling, judge
from infra.promotion.images import digest_of, read
from infra.promotion.revision import revision
from pipeline.config.cloud import CloudConfig
from pipeline.config.load import load
from pipeline.errors import DONE, STOPPED, ConfigError
from pipeline.stages import STAGES

NONE = "none"  # said where there is no earlier environment; an argument that was forgotten opens nothing
GATES = {stage.name: stage.gate for stage in STAGES if stage.gate}


def rule_on(
    api: PipelineJobs,
    cloud: CloudConfig,
    pipeline: str,
    release: str,
    images: Mapping[str, str],
    windows: int,
) -> Ruling:
    """Returns the ruling on a release, from what Vertex AI tells of its runs.

    Args:
      api: of the earlier environment.
      cloud: of the environment that is promoted to.
      pipeline: the pipeline's name.
      release: the revision.
      images: name to the release's image, by digest.
      windows: how many must have passed.
    """
    jobs = [job for job in api.of_pipeline(pipeline) if is_of(job, release)]
    runs = [_run(api, api.get(job["name"])) for job in jobs]
    return judge(
        runs,
        [*GATES.values()],
        revision=revision_label(release),
        uses=job_images.uses(cloud),
        images={use: digest_of(images[name]) for use, name in job_images.IMAGE_OF.items()},
        windows=windows,
    )


def _run(api: PipelineJobs, job: Mapping[str, Any]) -> ReleaseRun:
    return ReleaseRun(
        id=job["name"].rsplit("/", 1)[-1],
        revision=job["labels"][REVISION_LABEL],
        # Of an image that is named by a tag, the whole name.
        images=frozenset((use, digest_of(image) or image) for use, image in job_images.of_job(job)),
        last_day=_last_day(record_of(job).get("window", "")),
        state=state_of(job),
        answers=dict(_answers(api, job)),
    )


def _last_day(window: str) -> str:
    """Returns the last day of a recorded window; empty where the record is none."""
    try:
        return iso_day(str(json.loads(window)["eval_last"])).isoformat()
    except (ValueError, TypeError, KeyError):
        return ""


def _answers(api: PipelineJobs, job: Mapping[str, Any]) -> Iterator[tuple[str, Answer]]:
    """Yields what each gate recorded; of several records of one gate the last that did not pass counts."""
    found: dict[str, Answer] = {}
    for task in job.get("jobDetail", {}).get("taskDetails", []):
        if not (gate := GATES.get(task.get("taskName", ""))):
            continue
        for output in task.get("outputs", {}).values():
            for artifact in output.get("artifacts", []):
                # Asked for anew: a withdrawal is written on the artifact after the job has ended.
                answer = _answer(api.get(artifact["name"]).get("metadata", {}), gate)
                if answer and not (gate in found and answer.passed):
                    found[gate] = answer
    yield from found.items()


def _answer(properties: Mapping[str, Any], gate: str) -> Answer | None:
    """Reads what components/gates/blessing.py wrote on an artifact; None where it bears no verdict."""
    if properties.get("gate") != gate:
        return None
    if "withdrawn" in properties:
        return Answer(False, f"withdrawn: {properties['withdrawn']}")
    blessed = properties.get("blessed")  # a whole number, which Vertex AI tells as 1.0
    passed = bool(blessed) if blessed in (0, 1) else None
    return Answer(passed, str(properties.get("reason", "")))


def _gate(options: argparse.Namespace) -> int:
    if not options.project:
        raise ConfigError(f"EARLIER is empty; expected the earlier environment's project, or {NONE}")
    if options.project == NONE:
        print("no earlier environment: nothing to wait for")
        return DONE
    images, cloud = read(options.images), load(options.config).require_cloud()
    api = PipelineJobs(options.project, options.region)
    ruling = rule_on(api, cloud, options.pipeline, options.revision, images, options.windows)
    print(f"{options.project}: {options.revision}: {ruling.state}: {ruling.reason}")
    return DONE if ruling.opens else STOPPED


def main(arguments: list[str] | None = None) -> int:
    """Prints the ruling; exit code 1 when the promotion must wait."""
    parser = command.parser("gate", "Lets a release pass when the gates passed it before.")
    parser.add_argument("--config", required=True, help="of the environment that is promoted to")
    parser.add_argument("--project", required=True, help=f"of the earlier environment; {NONE} lets all pass")
    parser.add_argument("--region", required=True)
    parser.add_argument("--pipeline", required=True)
    parser.add_argument("--revision", type=revision, required=True)
    parser.add_argument("--images", type=Path, required=True, help="the release's, by digest")
    parser.add_argument("--windows", type=int, choices=range(1, 11), default=3)
    options = parser.parse_args(arguments)
    return command.end("gate", f"asking for the runs of {options.project}", lambda: _gate(options))

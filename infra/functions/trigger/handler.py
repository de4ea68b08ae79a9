"""From an event to a submitted job, or to the reason why there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import re
from typing import Any

from infra import google_apis
from infra.functions.trigger import days, history
from infra.functions.trigger.events import UnusableError, read
from infra.functions.trigger.template import Template, fill
from monitoring.retraining.rule import Decision, Policy, Request, decide
from pipeline.errors import DataError
from pipeline.launch.launch import Champion, Launch, job_id, window_of
from pipeline.launch.record import as_parameters
from pipeline.spans import window as spans


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the infrastructure tells the function by its environment."""

    project: str
    region: str
    releases_bucket: str
    dead_letter_topic: str
    policy: Policy

    @classmethod
    def from_environment(cls) -> Settings:
        """Reads the variables that infra/terraform/modules/triggers/function.tf sets."""
        return cls(
            project=os.environ["PROJECT"],
            region=os.environ["REGION"],
            releases_bucket=os.environ["RELEASES_BUCKET"],
            dead_letter_topic=os.environ["DEAD_LETTER_TOPIC"],
            policy=Policy(**json.loads(os.environ["RETRAINING"])),
        )


def handle(event_id: str, event_time: str | None, data: Any) -> None:
    """Answers one delivery of an event; whatever it raises makes Pub/Sub deliver it again."""
    settings = Settings.from_environment()
    try:
        request, detail = read(event_id, event_time, data)
    except UnusableError as fault:
        _bury(settings, data, str(fault))
        return
    now = dt.datetime.now(dt.timezone.utc)
    try:
        outcome = _answer(settings, request, detail, now)
    except DataError as fault:
        outcome = {"start": False, "rule": "data", "reason": str(fault)}
    _say("INFO", event=request.event, asked_for=request.reason, detail=detail, **outcome)


def _answer(settings: Settings, request: Request, detail: str, now: dt.datetime) -> dict[str, Any]:
    template = current(google_apis.Bucket(settings.releases_bucket))
    api = google_apis.PipelineJobs(settings.project, settings.region)
    jobs = api.of_pipeline(template.config.name)
    found = days.find(template.config)
    launch = resolve(template, found, history.champion(jobs, api))
    event = hashlib.sha256(request.event.encode()).hexdigest()[:40]
    decision = decide(
        dataclasses.replace(request, event=event), history.past_runs(jobs, launch), settings.policy, now
    )
    decision = dataclasses.replace(decision, reason=_with_unready(decision.reason, launch, found))
    if not decision.start:
        return dataclasses.asdict(decision)
    earlier = sum(history.record_of(job).get("identity") == launch.identity for job in jobs)
    identifier = job_id(launch, attempt=earlier + 1)
    try:
        job = _attached(fill(template, launch), template.release, event, request.reason, detail)
        api.create(identifier, job)
    except google_apis.AlreadyExistsError:
        decision = Decision(False, "delivered", f"job {identifier} is there already")
    return {**dataclasses.asdict(decision), "job": identifier, "release": template.release}


def current(releases: google_apis.Bucket) -> Template:
    """The template that the pointer `current` names."""
    pointer = json.loads(releases.read("current.json"))
    return Template.from_json(releases.read(pointer["template"]).decode())


def resolve(template: Template, found: spans.Found, champion: Champion | None) -> Launch:
    """The launch of now: the newest window of the data, its content's fingerprints, the champion.

    Raises:
      DataError: there is no such window.
    """
    return Launch(
        config=template.config,
        window=window_of(template.config, found),
        champion=champion,
        ignore_champion=None,
        schema=template.schema.encode(),
        code=template.code,
    )


def _with_unready(reason: str, launch: Launch, found: spans.Found) -> str:
    """The reason, and why days that are newer than the window are not in it."""
    newer = [day for day in found.unready if day > launch.window.eval_spans[-1].date]
    if not newer:
        return reason
    return f"{reason}; newer days are still being written: {len(newer)}, the first {newer[0]}"


def _attached(job: dict[str, Any], release: str, event: str, reason: str, detail: str) -> dict[str, Any]:
    """The job with what started it: as labels to filter by, and as a parameter that is kept with the run."""
    recorded = as_parameters({"reason": f"{reason}: {detail}" if detail else reason})
    declared = job["pipelineSpec"]["root"]["inputDefinitions"]["parameters"]
    declared.update({key: {"parameterType": "STRING"} for key in recorded})
    job["runtimeConfig"]["parameterValues"].update(recorded)
    job["labels"] = {
        **job.get("labels", {}),
        history.EVENT_LABEL: event,
        "evergreen-reason": reason,
        "evergreen-release": re.sub(r"[^a-z0-9_-]", "-", release.lower())[:63],
    }
    return job


def _bury(settings: Settings, data: Any, why: str) -> None:
    body = json.dumps(data, default=str).encode()
    google_apis.publish(settings.project, settings.dead_letter_topic, body, {"why": why[:1000]})
    _say("ERROR", start=False, rule="unusable", reason=why)


def _say(severity: str, **fields: Any) -> None:
    """One line of JSON, which Cloud Logging takes apart."""
    print(json.dumps({"severity": severity, "message": fields["reason"], **fields}, default=str), flush=True)

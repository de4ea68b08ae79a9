"""From an event to a submitted job, or to the reason why there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
from typing import Any

from components.example_gen import hash_split
from components.release.version_rule import Registered
from infra import google_apis
from infra.functions.trigger import days, history, release_windows
from infra.functions.trigger.events import NothingAskedError, UnreadableEventError, read
from infra.functions.trigger.job_template import JobTemplate, fill
from monitoring.retraining.rule import Decision, Policy, Request, Situation, decide
from pipeline.errors import DataError
from pipeline.launch import overrides
from pipeline.launch.champion import Champion
from pipeline.launch.launch import Launch, job_id, window_of
from pipeline.launch.record import as_parameters
from pipeline.spans.window import AvailableDays

# Pub/Sub takes requests of 10 MB (cloud.google.com/pubsub/quotas). A message of that size is a delivery of
# 13 MB, in base64, and its dead letter, which holds the delivery as it came, would be a request of 18 MB.
_MOST_KEPT_BYTES = 7_000_000


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the infrastructure sets in the function's environment."""

    project: str
    region: str
    promotions_bucket: str
    uploads_bucket: str
    dead_letter_topic: str
    policy: Policy

    @classmethod
    def from_environment(cls) -> Settings:
        """Reads the variables that infra/terraform/modules/triggers/function.tf sets."""
        return cls(
            project=os.environ["PROJECT"],
            region=os.environ["REGION"],
            promotions_bucket=os.environ["PROMOTIONS_BUCKET"],
            uploads_bucket=os.environ["UPLOADS_BUCKET"],
            dead_letter_topic=os.environ["DEAD_LETTER_TOPIC"],
            policy=Policy(**json.loads(os.environ["RETRAINING"])),
        )


class AskAgainError(Exception):
    """Pub/Sub shall deliver the event again later: a run is under way, or the last one was too recent."""


def handle(delivery: bytes) -> None:
    """Answers one delivery of an event; whatever it raises makes Pub/Sub deliver it again.

    Args:
      delivery: the body that Pub/Sub pushes.

    Raises:
      AskAgainError: the event may start a run later.
    """
    settings, now = Settings.from_environment(), dt.datetime.now(dt.timezone.utc)
    try:
        request, detail = read(delivery, settings.uploads_bucket, now)
    except UnreadableEventError as error:
        _to_dead_letters(settings, delivery, str(error))
        return
    except NothingAskedError as nothing:
        _log("INFO", start=False, rule="nothing", reason=str(nothing))
        return
    try:
        outcome = _answer(settings, request, detail, now)
    except DataError as error:
        outcome = {"start": False, "rule": "data", "reason": str(error)}
    _log("INFO", event=request.event, asked_for=request.reason, detail=detail, **outcome)
    if outcome.get("again"):
        raise AskAgainError(outcome["reason"])


def _answer(settings: Settings, request: Request, detail: str, now: dt.datetime) -> dict[str, Any]:
    template = current(google_apis.Bucket(settings.promotions_bucket))
    api = google_apis.PipelineJobs(settings.project, settings.region)
    jobs = api.of_pipeline(template.config.name)
    event = hashlib.sha256(request.event.encode(errors="replace")).hexdigest()[:40]
    request = dataclasses.replace(request, event=event)
    # First without the data: an event that is asked every few minutes must not read the window each time.
    decision = decide(Situation(request, history.past_runs(jobs, None), now), settings.policy)
    if decision.again or decision.rule in ("delivered", "late"):
        return dataclasses.asdict(decision)
    available = days.find(template.config)
    models = history.recorded(_artifacts(template), template.config.name)
    champion, newest = history.releases(jobs, api, template.config.model.name, models)
    release = template.revision if request.windows else None
    if release:
        available = release_windows.read_once(available)
        ends = release_windows.ends(template.config, available, request.windows)
        launches = [resolve(template, available, champion, newest, now.date(), until) for until in ends]
        launch = release_windows.next_of(launches, jobs, release)
    else:
        launch = resolve(template, available, champion, newest, now.date())
    past = history.past_runs(jobs, launch, release)
    decision = decide(Situation(request, past, now), settings.policy)
    decision = dataclasses.replace(decision, reason="; ".join((decision.reason, *launch.notes)))
    if not decision.start:
        return dataclasses.asdict(decision)
    earlier = sum(history.record_of(job).get("identity") == launch.identity for job in jobs)
    identifier = job_id(launch, attempt=earlier + 1)
    try:
        job = _with_labels(fill(template, launch), template.revision, event, request.reason, detail)
        api.create(identifier, job)
    except google_apis.AlreadyExistsError:
        decision = Decision(False, "delivered", f"job {identifier} is there already")
    return {**dataclasses.asdict(decision), "job": identifier, "revision": template.revision}


def _artifacts(template: JobTemplate) -> google_apis.Bucket:
    return google_apis.Bucket(template.config.require_cloud().bucket.removeprefix("gs://"))


def current(promotions: google_apis.Bucket) -> JobTemplate:
    """Returns the template that the pointer `current` names."""
    pointer = json.loads(promotions.read("current.json"))
    return JobTemplate.from_json(promotions.read(pointer["template"]).decode())


def resolve(
    template: JobTemplate,
    available: AvailableDays,
    champion: Champion | None,
    newest: Registered | None = None,
    today: dt.date | None = None,
    until: dt.date | None = None,
) -> Launch:
    """Returns the launch of now: a window of the data, its content's fingerprints, the champion.

    Args:
      template: of the revision.
      available: the days to choose from.
      champion: at this moment; None before the first release.
      newest: the model registered last; likewise.
      today: by which overrides expire; None for that of the clock, in UTC.
      until: last day of the window; None for the newest.

    Raises:
      DataError: there is no such window.
      ConfigError: an override cannot be used.
    """
    config, day = template.config, today or dt.datetime.now(dt.timezone.utc).date()
    return Launch(
        config=template.config,
        window=window_of(template.config, available, until),
        champion=champion,
        newest=newest,
        ignore_champion=None,
        schema=template.schema.encode(),
        code=template.code,
        split=hash_split.from_json(template.split),
        overrides=overrides.chosen(config.overrides, day, config.max_override_days),
    )


def _with_labels(job: dict[str, Any], revision: str, event: str, reason: str, detail: str) -> dict[str, Any]:
    """Adds what started the job: as labels to filter by, and as a parameter that is kept with the run."""
    recorded = as_parameters({"reason": f"{reason}: {detail}" if detail else reason})
    declared = job["pipelineSpec"]["root"]["inputDefinitions"]["parameters"]
    declared.update({key: {"parameterType": "STRING"} for key in recorded})
    job["runtimeConfig"]["parameterValues"].update(recorded)
    job["labels"] = {
        **job.get("labels", {}),
        history.EVENT_LABEL: event,
        "evergreen-reason": reason,
        history.REVISION_LABEL: history.revision_label(revision),
    }
    return job


def _to_dead_letters(settings: Settings, delivery: bytes, why: str) -> None:
    """Publishes what cannot be read where a person finds it, with the cause."""
    if len(delivery) > _MOST_KEPT_BYTES:
        why = f"{why}; the first {_MOST_KEPT_BYTES:,} of {len(delivery):,} bytes are kept"
    # A lone surrogate is no UTF-8, and an attribute may have 1,024 bytes: Pub/Sub would refuse the message.
    short = why.encode(errors="replace")[:1024].decode(errors="ignore")
    kept = delivery[:_MOST_KEPT_BYTES]
    google_apis.publish(settings.project, settings.dead_letter_topic, kept, {"why": short})
    _log("ERROR", start=False, rule="unusable", reason=why)


def _log(severity: str, **fields: Any) -> None:
    """Prints one line of JSON, which Cloud Logging takes apart."""
    print(json.dumps({"severity": severity, "message": fields["reason"], **fields}, default=str), flush=True)

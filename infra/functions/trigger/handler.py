"""From an event to a submitted job, or to the reason why there is none."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from components.example_gen.partition import Table, days_of, query
from infra.functions.trigger import google_apis, history
from infra.functions.trigger.events import UnusableError, read
from infra.functions.trigger.template import RECORD_PREFIX, Template, fill
from monitoring.retraining.rule import Decision, Policy, Request, decide
from pipeline import spans
from pipeline.errors import DataError
from pipeline.launch import Launch

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})\.csv$")
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)

FindSpan = Callable[[], spans.Span]


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
    launch = resolve(template, history.champion(jobs, api))
    event = hashlib.sha256(request.event.encode()).hexdigest()[:40]
    decision = decide(
        dataclasses.replace(request, event=event), history.past_runs(jobs, launch), settings.policy, now
    )
    if not decision.start:
        return dataclasses.asdict(decision)
    earlier = sum(history.record_of(job).get("identity") == launch.identity for job in jobs)
    job_id = f"{template.config.name}-{launch.identity[:16]}-{earlier}"
    try:
        job = _attached(fill(template, launch), template.release, event, request.reason, detail)
        api.create(job_id, job)
    except google_apis.AlreadyExistsError:
        decision = Decision(False, "delivered", f"job {job_id} is there already")
    return {**dataclasses.asdict(decision), "job": job_id, "release": template.release}


def current(releases: google_apis.Bucket) -> Template:
    """The template that the pointer `current` names."""
    pointer = json.loads(releases.read("current.json"))
    return Template.from_json(releases.read(pointer["template"]).decode())


def resolve(template: Template, champion: Any) -> Launch:
    """The launch of now: the newest window of the data, its content's fingerprints, the champion.

    Raises:
      DataError: there is no such window.
    """
    window, cloud = template.config.window, template.config.cloud
    if cloud is None:
        raise DataError(f"release {template.release} has no section `cloud`, so it cannot run here")
    if template.config.data.format == "bigquery":
        found = _days_of_table(Table.parse(cloud.data), template.config.data.ready_after_s)
    else:
        found = _days_of_bucket(cloud.data)
    days = spans.choose(
        found, until=None, days=window.days, eval_days=window.eval_days, allow_gaps=window.allow_gaps
    )
    train, evaluate = (tuple(found[day]() for day in part) for part in days)
    return Launch(
        config=template.config,
        window=spans.Window(train_spans=train, eval_spans=evaluate),
        champion=champion,
        ignore_champion=None,
        schema=template.schema.encode(),
        code=template.code,
    )


def _days_of_bucket(folder_uri: str) -> Mapping[dt.date, FindSpan]:
    """The days of a folder; a day is downloaded, for its fingerprint, when its span is asked for."""
    bucket_name, _, folder = folder_uri.removeprefix("gs://").partition("/")
    bucket = google_apis.Bucket(bucket_name)
    found = {
        dt.date.fromisoformat(match.group(1)): name
        for name in bucket.names(f"{folder}/" if folder else "")
        if (match := _DAY.search(name))
    }
    if not found:
        raise DataError(f"{folder_uri} holds no span; expected objects named like 2013-01-31.csv")
    return {day: partial(_span, bucket, bucket_name, day, name) for day, name in found.items()}


def _span(bucket: google_apis.Bucket, bucket_name: str, day: dt.date, name: str) -> spans.Span:
    digest = hashlib.sha256(bucket.read(name)).hexdigest()
    return spans.Span(date=day, path=f"/gcs/{bucket_name}/{name}", fingerprint=digest)


def _days_of_table(table: Table, ready_after_s: float) -> Mapping[dt.date, FindSpan]:
    """The complete days of a BigQuery table."""
    rows = google_apis.query(table.project, query(table))
    days = days_of(table, ((name, int(count), _time(written)) for name, count, written, _ in rows))
    found = {
        day: partial(spans.Span, day, partition.address, partition.fingerprint)
        for day, partition in days.items()
        if partition.age_s(_time(rows[0][3])) >= ready_after_s
    }
    if not found:
        raise DataError(f"{table} holds no day that is complete; expected a table partitioned by day")
    return found


def _time(microseconds: str) -> dt.datetime:
    return _EPOCH + dt.timedelta(microseconds=int(microseconds))


def _attached(job: dict[str, Any], release: str, event: str, reason: str, detail: str) -> dict[str, Any]:
    """The job with what started it: as labels to filter by, and as a parameter that is kept with the run."""
    name = f"{RECORD_PREFIX}reason"
    declared = job["pipelineSpec"]["root"]["inputDefinitions"]["parameters"]
    declared[name] = {"parameterType": "STRING"}
    job["runtimeConfig"]["parameterValues"][name] = f"{reason}: {detail}" if detail else reason
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

"""What would keep an event from becoming a run, or lose it: each rule names every fault that it finds."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra import google_apis
from infra.functions.trigger import events, handler
from tests.infra.terraform_plans import ROOT, Plan

# A few requests one after the other, each of which may be repeated until it times out.
_LEAST_TIME_S = 3 * google_apis._TIMEOUT_S
_NOW = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
_MONTH_S = 30 * 24 * 3600
_LEAST_MEMORY_MI = 512  # a message of 10 MB is read and copied
_BYTES = {"K": 10**3, "M": 10**6, "G": 10**9, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30}
_WEEK_S = 7 * 24 * 3600  # how far back events can be sought after the function was broken
_LEAST_ATTEMPT_S = 60


def in_events(plan: Plan, may_pause: bool) -> Iterator[str]:
    """Names every fault of a plan.

    Args:
      plan: of one environment.
      may_pause: whether the tfvars file pauses a schedule.
    """
    (function,) = plan.of_type("google_cloudfunctions2_function").values()
    service = function["service_config"][0]
    max_event_age_h = json.loads(service["environment_variables"]["RETRAINING"])["max_event_age_h"]
    yield from _function(service)
    yield from _code(function["build_config"][0])
    pushed = [each for each in _subscriptions(plan) if each[1].get("push_config")]
    if len(pushed) != 1:
        yield f"{len(pushed)} subscriptions push events to the function; expected one"
    for address, subscription in pushed:
        yield from _push(address, subscription, plan)
        yield from _asked_again(address, subscription, service, max_event_age_h)
    yield from _arrive_as_sent(plan)
    yield from _kept(plan, {each["topic"] for _, each in pushed})
    yield from _sources(plan, may_pause)


def _subscriptions(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    return list(plan.of_type("google_pubsub_subscription").items())


def _function(service: dict[str, Any]) -> Iterator[str]:
    """It has the time, the memory and the settings that its code needs, and is one."""
    if service["timeout_seconds"] < _LEAST_TIME_S:
        yield f"the function has {service['timeout_seconds']} s; its requests may take {_LEAST_TIME_S}"
    memory = re.fullmatch(r"([0-9]+)([KMG]i?)", service["available_memory"])
    if not memory or int(memory[1]) * _BYTES[memory[2]] < _LEAST_MEMORY_MI * _BYTES["Mi"]:
        yield f"the function has {service['available_memory']}; it needs {_LEAST_MEMORY_MI}Mi"
    if service["all_traffic_on_latest_revision"] is not True:
        yield "the function answers by a revision that is not the newest"
    at_once = (service["max_instance_count"], service["max_instance_request_concurrency"])
    if at_once != (1, 1):
        yield f"the function answers {at_once} events at once, and would start two runs"
    read = set(re.findall(r'os\.environ\["(\w+)"\]', Path(handler.__file__).read_text(encoding="utf-8")))
    given = set(service["environment_variables"])
    if read != given:
        yield f"the function reads {', '.join(sorted(read))} and is given {', '.join(sorted(given))}"


def _code(build: dict[str, Any]) -> Iterator[str]:
    """It begins with the function that the package has, on the Python that everything else runs on."""
    main = (ROOT / "infra" / "functions" / "main.py").read_text(encoding="utf-8")
    versions = (ROOT / "infra" / "docker" / "versions.env").read_text(encoding="utf-8")
    (entry_point,) = re.findall(r"^@functions_framework\.http\ndef (\w+)\(", main, re.MULTILINE)
    ((major, minor),) = re.findall(r"^PYTHON_IMAGE=python:(\d+)\.(\d+)\.", versions, re.MULTILINE)
    for key, wanted in (("entry_point", entry_point), ("runtime", f"python{major}{minor}")):
        if build[key] != wanted:
            yield f"the function's {key} is {build[key]}; expected {wanted}"


def _arrive_as_sent(plan: Plan) -> Iterator[str]:
    """Events reach the function alone, whole, and none waits for another; they can be sought for a week."""
    for address, topic in plan.of_type("google_pubsub_topic.events").items():
        if _seconds(topic.get("message_retention_duration") or "0s") < _WEEK_S:
            yield f"{address}: keeps events for {topic.get('message_retention_duration')}"
    for address, topic in plan.of_type("google_pubsub_topic").items():
        changed = [key for key in ("message_transforms", "schema_settings") if topic.get(key)]
        yield from (f"{address}: has {key}" for key in changed)
    for address, subscription in _subscriptions(plan):
        copies = ("bigquery_config", "cloud_storage_config", "message_transforms", "enable_message_ordering")
        yield from (f"{address}: has {key}" for key in copies if subscription.get(key))
        if subscription["topic"] == plan.outputs["topic"] and not subscription.get("push_config"):
            yield f"{address}: takes events beside the function"


def _push(address: str, subscription: dict[str, Any], plan: Plan) -> Iterator[str]:
    """Each event is pushed, signed as the account that may invoke the function."""
    (push,) = subscription["push_config"]
    tokens = push.get("oidc_token") or [{}]
    if tokens[0].get("service_account_email") != plan.account("trigger"):
        yield f"{address}: is not signed as the trigger account, and the function refuses it"
    if tokens[0].get("audience") not in (None, push["push_endpoint"]):
        yield f"{address}: its token is for {tokens[0]['audience']}, and it pushes to {push['push_endpoint']}"
    if push.get("no_wrapper"):
        yield f"{address}: pushes messages without what the function reads beside their data"
    if subscription.get("filter"):
        yield f"{address}: loses what is not {subscription['filter']}"


def _asked_again(
    address: str, subscription: dict[str, Any], service: dict[str, Any], max_event_age_h: float
) -> Iterator[str]:
    """An event that meets a run is delivered until it is too old, and not while it is being answered."""
    (backoff,) = subscription.get("retry_policy") or [{"minimum_backoff": "0s", "maximum_backoff": "0s"}]
    first, longest = (_seconds(backoff[f"{which}_backoff"]) for which in ("minimum", "maximum"))
    if first < 10:
        yield f"{address}: is delivered again after {first:g} s, and uses up its deliveries"
    for policy in subscription.get("dead_letter_policy") or ():
        reach_h = policy["max_delivery_attempts"] * longest / 3600
        if reach_h < max_event_age_h:
            yield f"{address}: is a dead letter after {reach_h:.1f} h, and asked for {max_event_age_h} h"
    deadline_s = subscription["ack_deadline_seconds"]
    if deadline_s <= max(service["timeout_seconds"], _LEAST_TIME_S):
        yield f"{address}: is delivered again after {deadline_s} s, while it is answered"
    if _seconds(subscription["message_retention_duration"]) < max_event_age_h * 3600:
        yield f"{address}: is kept for {subscription['message_retention_duration']} only"


def _kept(plan: Plan, of_events: set[str]) -> Iterator[str]:
    """Dead letters go to a topic of their own, from which nothing is pushed, and are kept for a month."""
    for address, subscription in _subscriptions(plan):
        if [each["ttl"] for each in subscription.get("expiration_policy") or [{"ttl": None}]] != [""]:
            yield f"{address}: vanishes when nobody uses it"
        for policy in subscription.get("dead_letter_policy") or ():
            topic = policy["dead_letter_topic"]
            if topic in of_events:
                yield f"{address}: its dead letters are events again, for ever"
            keepers = [each for _, each in _subscriptions(plan) if each["topic"] == topic not in of_events]
            if not any(_seconds(each["message_retention_duration"]) >= _MONTH_S for each in keepers):
                yield f"{address}: nobody keeps its dead letters for a month"


def _sources(plan: Plan, may_pause: bool) -> Iterator[str]:
    """Schedules, uploads, alerts and builds start what they are there for."""
    topic = plan.outputs["topic"]
    yield from _asking(plan, topic, may_pause)
    for address, channel in plan.of_type("google_monitoring_notification_channel.retrain").items():
        if channel["labels"].get("topic") != topic:
            yield f"{address}: does not ask on the topic of events"
    for address, trigger in plan.of_type("google_cloudbuild_trigger").items():
        if trigger.get("disabled"):
            yield f"{address}: is disabled"


def _asking(plan: Plan, topic: str, may_pause: bool) -> Iterator[str]:
    for address, job in plan.of_type("google_cloud_scheduler_job").items():
        if job.get("paused") and not may_pause:
            yield f"{address}: is paused"
        if [target.get("topic_name") for target in job["pubsub_target"]] != [topic]:
            yield f"{address}: does not ask on the topic of events"
        yield from (f"{address}: {fault}" for fault in _schedule(job))
    for address, told in plan.of_type("google_storage_notification").items():
        if told.get("object_name_prefix") != "ready/" or told.get("event_types") != ["OBJECT_FINALIZE"]:
            yield f"{address}: tells of {told.get('event_types')} below {told.get('object_name_prefix')!r}"
        if told.get("topic") != topic:
            yield f"{address}: does not ask on the topic of events"


def _schedule(job: dict[str, Any]) -> Iterator[str]:
    """The function understands what it publishes, and it publishes again when it could not."""
    for target in job["pubsub_target"]:
        message = {"data": target.get("data"), "messageId": "1", "publishTime": _NOW.isoformat()}
        try:
            request, detail = events.read(json.dumps({"message": message}).encode(), "", _NOW)
        except events.UnreadableEventError as error:
            yield f"sends a dead letter: {error}"
            continue
        if request.reason != "schedule" or not detail or not job["name"].endswith(f"-{detail}"):
            yield f"asks for reason {request.reason}, detail {detail!r}"
    if max((each.get("retry_count") or 0 for each in job.get("retry_config") or ()), default=0) < 1:
        yield "is not tried again when Pub/Sub could not be reached"
    if _seconds(job.get("attempt_deadline") or f"{_LEAST_ATTEMPT_S}s") < _LEAST_ATTEMPT_S:
        yield f"gives up an attempt after {job['attempt_deadline']}"


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))

"""What keeps events from becoming runs, or faults from being heard of, is found when planted into a copy."""

from __future__ import annotations

import re

import pytest

from tests.infra.planted import END, Fault, sentences
from tests.infra.programs import needs_terraform

pytestmark = needs_terraform

ALERTS, OBSERVED = "modules/observability/alerts.tf", "modules/observability/main.tf"
EVENTS, FUNCTION = "modules/triggers/main.tf", "modules/triggers/function.tf"


COPY = """
resource "google_pubsub_subscription" "planted_copy" {
  project = var.project
  name    = "planted"
  topic   = local.events
  cloud_storage_config {
    bucket = "another-bucket"
  }
}
"""


TAKEN = """
resource "google_pubsub_subscription" "planted_taken" {
  project = var.project
  name    = "planted-taken"
  topic   = local.events
}
"""


def _of(kind: str, name: str) -> str:
    """The beginning of a resource, up to where its arguments begin."""
    return rf'(?<=resource "{kind}" "{name}" \{{\n)'


def _policy(name: str) -> str:
    return _of("google_monitoring_alert_policy", name)


FAULTS: dict[str, Fault] = {
    "an alert policy is off": (
        ALERTS,
        _policy("dead_letters"),
        "  enabled = false\n",
        r"alert_policy\.dead_letters: is not enabled",
    ),
    "all conditions must hold": (
        ALERTS,
        rf"{_policy('trigger_errors')}.*?combiner +=.*?\n",
        '  project = var.project\n  display_name = "planted"\n  combiner = "AND"\n',
        r"alert_policy\.trigger_errors: combines conditions by AND",
    ),
    "an alert policy without channels": (
        ALERTS,
        r'(?<=severity              = "CRITICAL"\n)  notification_channels = local\.channels',
        "  notification_channels = []",
        r"alert_policy\.endpoint_errors: tells nobody",
    ),
    "a threshold that is never passed": (
        ALERTS,
        r"threshold_value = 0\n",
        "threshold_value = 1000000\n",
        r"dead_letters, 'an event could not be used': tells above 1000000",
    ),
    "a share of errors above one": (
        ALERTS,
        r"threshold_value( +)= var\.endpoint_limits\.error_ratio",
        "threshold_value = var.endpoint_limits.error_ratio * 100",
        r"endpoint_errors, .*: tells above 2(\.0+)?; at most 0\.5",
    ),
    "a latency that must hold for a day": (
        ALERTS,
        r'duration( +)= "600s"',
        'duration = "86400s"',
        r"endpoint_latency, .*: must hold for 86400s",
    ),
    "the least of a time is looked at": (
        ALERTS,
        r'"ALIGN_MAX"(?=.*?nobody has looked)',
        '"ALIGN_MIN"',
        r"dead_letters, 'an event could not be used': aligns by ALIGN_MIN",
    ),
    "below, where above is meant": (
        ALERTS,
        r'"COMPARISON_GT"(?=\n +threshold_value = \(var\.max_event_age_h)',
        '"COMPARISON_LT"',
        r"trigger_errors, 'an event waits .*: compares by COMPARISON_LT",
    ),
    "told once a week": (
        ALERTS,
        r'period = "300s"',
        'period = "604800s"',
        r'alert_policy\.log\["run-failed"\]: tells once in 604800s',
    ),
    "the public endpoint's metrics for a private one": (
        "main.tf",
        r"private_endpoint( +)= try\(var\.network\.private_endpoint, false\)\n  alert_email",
        "private_endpoint = false\n  alert_email",
        r"alert policies: no private response_count of this endpoint",
    ),
    "a channel is off": (
        OBSERVED,
        _of("google_monitoring_notification_channel", "people"),
        "  enabled = false\n",
        r"notification_channel\.people\S*: is not enabled",
    ),
    "a budget that tells nobody here": (
        OBSERVED,
        r"monitoring_notification_channels = .*?\n",
        "monitoring_notification_channels = []\n",
        r"google_billing_budget\.month\S*: tells nobody of this environment",
    ),
    "a budget that tells nobody at all": (
        OBSERVED,
        r"disable_default_iam_recipients( +)= false",
        "disable_default_iam_recipients = true",
        r"google_billing_budget\.month\S*: does not tell the billing account's administrators",
    ),
    "a budget that tells when it is spent tenfold": (
        OBSERVED,
        r"\[0\.5, 0\.9, 1\.0\]",
        "[10]",
        r"google_billing_budget\.month\S*: its marks are \[10\]",
    ),
    "a counter is off": (
        OBSERVED,
        _of("google_logging_metric", "runs"),
        "  disabled = true\n",
        r"google_logging_metric\.runs: is disabled",
    ),
    "a push that is not signed": (
        EVENTS,
        r"    oidc_token \{.*?\n    \}\n",
        "",
        r"subscription\.trigger: is not signed as the trigger account",
    ),
    "dead letters become events": (
        EVENTS,
        r"dead_letter_topic( +)= local\.dead_letters",
        "dead_letter_topic = local.events",
        r"subscription\.trigger: its dead letters are events again",
    ),
    "no back-off": (
        EVENTS,
        r"  retry_policy \{.*?\n  \}\n",
        "",
        r"subscription\.trigger: is a dead letter after 0\.0 h",
    ),
    "events are filtered": (
        EVENTS,
        _of("google_pubsub_subscription", "trigger"),
        '  filter = "attributes.x = \\"y\\""\n',
        r"subscription\.trigger: loses what is not attributes\.x",
    ),
    "an event is delivered while it is answered": (
        EVENTS,
        r"ack_deadline_seconds( +)= 120",
        "ack_deadline_seconds = 10",
        r"subscription\.trigger: is delivered again after 10 s, while it is answered",
    ),
    "dead letters are forgotten": (
        EVENTS,
        r'message_retention_duration = "2592000s"',
        'message_retention_duration = "600s"',
        r"subscription\.trigger: nobody keeps its dead letters for a month",
    ),
    "a subscription that vanishes": (
        EVENTS,
        r'  expiration_policy \{\n    ttl = ""\n  \}\n\}\n\Z|  expiration_policy \{\n    ttl = ""\n  \}\n',
        "",
        r"subscription\.dead_letters: vanishes when nobody uses it",
    ),
    "schedules are paused": (
        EVENTS,
        r"paused( +)= each\.value\.paused",
        "paused = true",
        r'scheduler_job\.run\["nightly"\]: is paused',
    ),
    "every upload is an event": (
        EVENTS,
        r'object_name_prefix = "ready/"',
        'object_name_prefix = ""',
        r"google_storage_notification\.new_data: tells of \['OBJECT_FINALIZE'\] below ''",
    ),
    "five seconds for an answer": (
        FUNCTION,
        r"timeout_seconds( +)= 100",
        "timeout_seconds = 5",
        r"the function has 5 s; its requests may take 60",
    ),
    "two events at once": (
        FUNCTION,
        r"max_instance_request_concurrency = 1",
        "max_instance_request_concurrency = 80",
        r"the function answers \(1, 80\) events at once",
    ),
    "a setting that the function reads is missing": (
        FUNCTION,
        r" +UPLOADS_BUCKET .*?\n",
        "",
        r"the function reads .*UPLOADS_BUCKET.* and is given DEAD_LETTER_TOPIC, PROJECT, PROMOTIONS_BUCKET",
    ),
    "a function that is not there": (
        FUNCTION,
        r'"on_event"',
        '"on_events"',
        r"the function's entry_point is on_events; expected on_event$",
    ),
    "another Python": (
        FUNCTION,
        r'"python313"',
        '"python38"',
        r"the function's runtime is python38; expected python313$",
    ),
    "little memory, in another unit": (
        FUNCTION,
        r'"512Mi"',
        '"128M"',
        r"the function has 128M; it needs 512Mi$",
    ),
    "an old revision answers": (
        FUNCTION,
        r"all_traffic_on_latest_revision( +)= true",
        "all_traffic_on_latest_revision = false",
        r"the function answers by a revision that is not the newest$",
    ),
    "images of the function are deleted after a day": (
        FUNCTION,
        r'"2592000s" # 30 days',
        '"86400s"',
        r"repository\.function: deletes an image of 29 days$",
    ),
    "one image of the function is kept": (
        FUNCTION,
        r"keep_count = 3",
        "keep_count = 1",
        r"repository\.function: deletes an image of 200 days$",
    ),
    "a schedule's message that nobody understands": (
        EVENTS,
        r'reason = "schedule"',
        'reason = "scheduled"',
        r'scheduler_job\.run\["nightly"\]: sends a dead letter: reason is \'scheduled\'',
    ),
    "a schedule that is not tried again": (
        EVENTS,
        r"retry_count( +)= 3",
        "retry_count = 0",
        r'scheduler_job\.run\["nightly"\]: is not tried again',
    ),
    "a schedule without time": (
        EVENTS,
        _of("google_cloud_scheduler_job", "run"),
        '  attempt_deadline = "15s"\n',
        r'scheduler_job\.run\["nightly"\]: gives up an attempt after 15s$',
    ),
    "events are forgotten": (
        EVENTS,
        r'message_retention_duration = "604800s"',
        'message_retention_duration = "600s"',
        r"pubsub_topic\.events: keeps events for 600s$",
    ),
    "an event waits for another": (
        EVENTS,
        _of("google_pubsub_subscription", "trigger"),
        "  enable_message_ordering = true\n",
        r"subscription\.trigger: has enable_message_ordering$",
    ),
    "events are copied": (
        EVENTS,
        END,
        COPY,
        r"subscription\.planted_copy: has cloud_storage_config$",
    ),
    "events are taken": (
        EVENTS,
        END,
        TAKEN,
        r"subscription\.planted_taken: takes events beside the function$",
    ),
    "builds are off": (
        "modules/cicd/main.tf",
        _of("google_cloudbuild_trigger", "build"),
        "  disabled = true\n",
        r'google_cloudbuild_trigger\.build\["promotion"\]: is disabled',
    ),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What the rules find in prod's plan when all faults are in one copy."""
    return sentences(tmp_path_factory.mktemp("planted"), FAULTS.values(), "prod")


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(found: list[str], fault: str) -> None:
    """One sentence names it."""
    assert [sentence for sentence in found if re.search(FAULTS[fault][3], sentence)], "\n".join(found)

"""Nobody waits in silence: what is watched in each environment, who is told, and by which lines."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tfx.types import standard_artifacts

from components.gates.blessing import record
from components.gates.verdict import Check, Verdict, conclude
from infra.functions.trigger import handler
from pipeline.cli.commands import evergreen
from tests.infra import log_filter
from tests.infra.programs import needs_terraform
from tests.infra.terraform_plans import ENVIRONMENTS, PLAIN, Plan

ROOT = Path(__file__).parents[2]
WEEKLY = "a_run_a_week_is_missed_by_the_counter_of_steps"
CHANNEL = "a_channel_that_is_there_already_is_somebody"
ALERTS = {
    "run-failed": "ERROR",
    "run-stopped": "WARNING",
    "run-missing": "ERROR",
    "dead-letters": "ERROR",
    "trigger-errors": "ERROR",
    "endpoint-errors": "CRITICAL",
    "endpoint-latency": "WARNING",
}
Plans = Callable[[str], dict[str, Plan]]


def _policies(plan: Plan) -> dict[str, dict[str, Any]]:
    found = plan.of_type("google_monitoring_alert_policy").values()
    return {policy["user_labels"]["alert"]: policy for policy in found}


def _log_query(plan: Plan, alert: str) -> str:
    return _policies(plan)[alert]["conditions"][0]["condition_matched_log"][0]["filter"]


@needs_terraform
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_way_to_go_wrong_has_an_alert_that_says_what_to_do(plans: Plans, environment: str) -> None:
    """With severity, an end, labels, a text of three parts, and in prod somebody who gets it."""
    plan = plans(environment)[PLAIN]
    policies = _policies(plan)
    not_regular = {"run-missing"} if environment == "dev" else set()
    assert {name: each["severity"] for name, each in policies.items()} == {
        name: severity for name, severity in ALERTS.items() if name not in not_regular
    }
    assert set(plan.outputs["alerts"]) == set(policies)
    for name, policy in policies.items():
        assert re.fullmatch(r"\d+s", policy["alert_strategy"][0]["auto_close"]), name
        assert policy["user_labels"]["environment"] == environment
        (said,) = policy["documentation"]
        assert name in said["subject"]
        assert re.search(r"\n\nFirst: .*`(evergreen|gcloud) |dashboard", said["content"]), name
        assert policy["notification_channels"] != [] or environment != "prod"


@needs_terraform
def test_a_dead_letter_is_told_at_once_and_again_when_nobody_looked(plans: Plans) -> None:
    first, second = _policies(plans("prod")[PLAIN])["dead-letters"]["conditions"]
    assert "num_undelivered_messages" in first["condition_threshold"][0]["filter"]
    assert first["condition_threshold"][0]["threshold_value"] == 0
    assert "oldest_unacked_message_age" in second["condition_threshold"][0]["filter"]
    assert second["condition_threshold"][0]["threshold_value"] == 24 * 3600


@needs_terraform
def test_an_event_that_is_asked_again_until_it_is_late_is_no_error(plans: Plans) -> None:
    """The function answers 429 then; what waits longer than its limit waits for a function that is down."""
    failing, waiting = _policies(plans("prod")[PLAIN])["trigger-errors"]["conditions"]
    assert 'response_code_class="5xx"' in failing["condition_threshold"][0]["filter"]
    assert waiting["condition_threshold"][0]["threshold_value"] == (6 + 1) * 3600


@needs_terraform
def test_the_commands_of_an_alert_are_there(plans: Plans) -> None:
    """`evergreen ...` as the mail has it: the command and its options exist."""
    texts = [policy["documentation"][0]["content"] for policy in _policies(plans("prod")[PLAIN]).values()]
    named = [line.split() for text in texts for line in re.findall(r"`evergreen ([^`]+)`", text)]
    assert len(named) >= 4
    for command, *words in named:
        found: Any = evergreen.commands[command]
        if hasattr(found, "commands"):
            found = found.commands[words[0]]
        known = {option for parameter in found.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, (command, words)


# --- the lines that the product prints, and the filters that look for them


def _printed(capsys: pytest.CaptureFixture[str]) -> str:
    (line,) = capsys.readouterr().out.splitlines()
    return line


def _gate(passed: bool, tmp_path: Path, name: str = "model") -> Verdict:
    check = Check("AUC at least", "overall", 0.5, 0.7, passed, "AUC is 0.5, and 0.7 is\nneeded")
    verdict = conclude(name, (check,))
    artifact = standard_artifacts.ModelBlessing()
    artifact.uri = str(tmp_path / "blessing")
    record(verdict, artifact)
    return verdict


def _of_a_step(line: str, *, taken_apart: bool) -> dict[str, Any]:
    """An entry of a step's log: some agents keep a line as text, others take JSON apart."""
    payload = json.loads(line) if taken_apart else {"message": line}
    return {"resource": {"type": "ml_job", "labels": {"job_id": "1"}}, "jsonPayload": payload}


@needs_terraform
@pytest.mark.parametrize("taken_apart", [True, False])
def test_a_gate_that_says_no_is_found_by_its_own_line_and_one_that_says_yes_is_not(
    plans: Plans, tmp_path: Path, capsys: pytest.CaptureFixture[str], taken_apart: bool
) -> None:
    plan = plans("prod")[PLAIN]
    query = _log_query(plan, "run-stopped")
    extractors = _policies(plan)["run-stopped"]["conditions"][0]["condition_matched_log"][0]
    (counter,) = plan.of_type("google_logging_metric.gates").values()
    for passed, name in ((False, "model"), (True, "model"), (False, "data"), (True, "release")):
        _gate(passed, tmp_path, name)
        entry = _of_a_step(_printed(capsys), taken_apart=taken_apart)
        assert log_filter.matches(query, entry) is not passed
        assert log_filter.matches(counter["filter"], entry)
        labels = {key: log_filter.extracted(how, entry) for key, how in counter["label_extractors"].items()}
        assert labels == {"gate": name, "answer": "open" if passed else "closed"}
        if not passed:
            assert log_filter.extracted(extractors["label_extractors"]["gate"], entry) == name


def test_a_verdicts_line_is_one_line_with_its_reason(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _gate(False, tmp_path)
    line = json.loads(_printed(capsys))
    assert line["message"] == "evergreen gate-closed model: AUC is 0.5, and 0.7 is needed"
    assert (line["severity"], line["gate"], line["passed"]) == ("WARNING", "model", False)


@needs_terraform
def test_every_decision_of_the_function_is_counted_by_its_rule(
    plans: Plans, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plans("prod")[PLAIN]
    (counter,) = plan.of_type("google_logging_metric.decisions").values()
    (function,) = plan.of_type("google_cloudfunctions2_function").values()
    handler._log("INFO", event="e", asked_for="schedule", start=False, rule="cool_down", reason="too soon")
    entry = {
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": function["name"]}},
        "jsonPayload": json.loads(_printed(capsys)),
    }
    assert log_filter.matches(counter["filter"], entry)
    assert log_filter.extracted(counter["label_extractors"]["rule"], entry) == "cool_down"
    entry["resource"]["labels"]["service_name"] = "another"  # type: ignore[index]
    assert not log_filter.matches(counter["filter"], entry)


@needs_terraform
def test_a_failed_run_is_found_by_vertex_ais_entry_and_a_finished_or_a_foreign_one_is_not(
    plans: Plans,
) -> None:
    """The entry is made up by what Google publishes: log and fields of PipelineJobLogEntry."""
    plan = plans("prod")[PLAIN]
    query = _log_query(plan, "run-failed")
    (counter,) = plan.of_type("google_logging_metric.runs").values()

    def entry(state: str, pipeline: str = "flights") -> dict[str, Any]:
        return {
            "logName": "projects/my-evergreen-prod/logs/aiplatform.googleapis.com%2Fpipeline_job_events",
            "resource": {
                "type": "aiplatform.googleapis.com/PipelineJob",
                "labels": {"pipeline_job_id": "flights-1", "location": "us-central1"},
            },
            "jsonPayload": {"pipelineName": pipeline, "state": state},
        }

    failed = entry("PIPELINE_STATE_FAILED")
    assert log_filter.matches(query, failed)
    assert log_filter.extracted("EXTRACT(resource.labels.pipeline_job_id)", failed) == "flights-1"
    assert not log_filter.matches(query, entry("PIPELINE_STATE_SUCCEEDED"))
    assert not log_filter.matches(query, entry("PIPELINE_STATE_FAILED", "another"))
    assert log_filter.matches(counter["filter"], entry("PIPELINE_STATE_SUCCEEDED"))


@pytest.mark.parametrize("query", ['a="b" OR c="d"', 'a>"b"', "a=b", 'NOT a="b"', '(a="b")', 'a=~"b"', ""])
def test_what_the_matcher_does_not_know_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="unknown comparison"):
        log_filter.matches(query, {"a": "b"})


# --- filters name what is there


def _queries(plan: Plan) -> Iterator[str]:
    for policy in plan.of_type("google_monitoring_alert_policy").values():
        for condition in policy["conditions"]:
            for kind in ("condition_threshold", "condition_matched_log"):
                for each in condition.get(kind) or []:
                    yield each["filter"]
                    yield each.get("denominator_filter") or ""
    for metric in plan.of_type("google_logging_metric").values():
        yield metric["filter"]
    yield from _charts(plan)


def _charts(plan: Plan) -> Iterator[str]:
    (dashboard,) = plan.of_type("google_monitoring_dashboard").values()
    for tile in json.loads(dashboard["dashboard_json"])["mosaicLayout"]["tiles"]:
        for data in tile["widget"]["xyChart"]["dataSets"]:
            yield data["timeSeriesQuery"]["timeSeriesFilter"]["filter"]


@needs_terraform
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_filters_name_what_this_plan_makes(plans: Plans, environment: str) -> None:
    """Function, subscriptions, endpoint, pipeline and log-based metrics; a renamed one is no silent alert."""
    plan = plans(environment)[PLAIN]
    made = {
        "service_name": {f["name"] for f in plan.of_type("google_cloudfunctions2_function").values()},
        "subscription_id": {s["name"] for s in plan.of_type("google_pubsub_subscription").values()},
        "endpoint_id": {e["name"] for e in plan.of_type("google_vertex_ai_endpoint").values()},
        "pipelineName": {plan.outputs["configuration"]["name"]},
        "user/": {m["name"] for m in plan.of_type("google_logging_metric").values()},
    }
    text = "\n".join(_queries(plan))
    for field, names in made.items():
        named = set(re.findall(rf'{field}(?:=")?([\w-]+)"', text))
        assert named, field
        assert named <= names, field
    assert {s for s in made["subscription_id"] if f'"{s}"' in text} == made["subscription_id"]
    assert {m for m in made["user/"] if f"user/{m}" in text} == made["user/"]


@needs_terraform
def test_the_dashboard_shows_runs_gates_events_dead_letters_endpoint_and_workers(plans: Plans) -> None:
    charts = "\n".join(_charts(plans("prod")[PLAIN]))
    for shown in (
        "evergreen_runs",
        "evergreen_gates",
        "evergreen_decisions",
        "num_undelivered_messages",
        "online/response_count",
        "online/prediction_latencies",
        "online/replicas",
        "job/current_num_vcpus",
    ):
        assert shown in charts


# --- a run that does not come, what it costs, and who is told


@needs_terraform
def test_a_run_that_does_not_succeed_in_time_is_missed(plans: Plans) -> None:
    """Alerts see 25 hours of a log-based metric: 30 are 24, held for 6; 200 are asked of Vertex AI itself."""
    planned = plans("prod")

    def condition(run: str) -> dict[str, Any]:
        (found,) = _policies(planned[run])["run-missing"]["conditions"]
        return found["condition_prometheus_query_language"][0]

    nightly, weekly = condition(PLAIN), condition(WEEKLY)
    assert (
        'user_evergreen_runs{monitored_resource="aiplatform.googleapis.com/PipelineJob",' in nightly["query"]
    )
    assert 'state="PIPELINE_STATE_SUCCEEDED"}[24h])) or vector(0)) < 0.5' in nightly["query"]
    assert nightly["duration"] == f"{6 * 3600}s"
    assert "aiplatform_googleapis_com:pipelinejob_task_completed_count" in weekly["query"]
    assert "[200h]" in weekly["query"]
    assert weekly["duration"] == "0s"


@needs_terraform
def test_prod_has_a_budget_with_three_marks_and_dev_none(plans: Plans) -> None:
    (budget,) = plans("prod")[PLAIN].of_type("google_billing_budget").values()
    assert [each["threshold_percent"] for each in budget["threshold_rules"]] == [0.5, 0.9, 1.0]
    assert budget["budget_filter"][0]["projects"] == ["projects/123456789012"]
    assert not plans("dev")[PLAIN].of_type("google_billing_budget")


@needs_terraform
def test_channels_that_are_there_already_are_told(plans: Plans) -> None:
    plan = plans("prod")[CHANNEL]
    assert not plan.of_type("google_monitoring_notification_channel.people")
    for policy in _policies(plan).values():
        assert policy["notification_channels"] == ["projects/p/notificationChannels/1"]


@needs_terraform
@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_logs_are_kept_for_a_month_at_least(plans: Plans, environment: str) -> None:
    (bucket,) = plans(environment)[PLAIN].of_type("google_logging_project_bucket_config").values()
    assert bucket["bucket_id"] == "_Default"
    assert bucket["retention_days"] >= 30


def test_every_alert_has_its_lines_in_the_docs() -> None:
    """One section an alert, and none that nobody sends."""
    text = (ROOT / "docs" / "alerts.md").read_text()
    assert set(re.findall(r"^## `([a-z-]+)`$", text, re.MULTILINE)) == set(ALERTS)

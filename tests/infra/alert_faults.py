"""What would let people wait in silence: alerts that cannot come, or come to nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.infra.terraform_plans import Plan

# Metric to the highest threshold that is of use, and how points are put together: a minimum or a mean where a
# maximum is meant hides what happened.
_LIMITS: dict[str, tuple[float, str]] = {
    "pubsub.googleapis.com/subscription/num_undelivered_messages": (0, "ALIGN_MAX"),
    "pubsub.googleapis.com/subscription/oldest_unacked_message_age": (24 * 3600, "ALIGN_MAX"),
    "run.googleapis.com/request_count": (0, "ALIGN_SUM"),
    **{
        f"aiplatform.googleapis.com/prediction/online/{private}{metric}": limit
        for private in ("", "private/")
        for metric, limit in {
            "response_count": (0.5, "ALIGN_RATE"),  # a share
            "prediction_latencies": (60_000, "ALIGN_PERCENTILE_99"),  # ms
        }.items()
    },
}
_LONGEST_HELD_S = 3600
_RUN_HELD_S = 23 * 3600  # of 47 hours, 24 are looked at
_RATE_LIMIT_S = 3600
_DAY_S = 24 * 3600
_METRIC = re.compile(r'metric\.type="([^"]+)"')


def in_alerts(plan: Plan, told: bool) -> Iterator[str]:
    """Names every fault of a plan.

    Args:
      plan: of one environment.
      told: whether its tfvars file names somebody to be told.
    """
    yield from _channels(plan)
    for address, policy in plan.of_type("google_monitoring_alert_policy").items():
        yield from _policy(address, policy, plan, told)
    yield from _endpoint_metrics(plan)
    yield from _budget(plan, told)
    yield from _counters(plan)


def _channels(plan: Plan) -> Iterator[str]:
    """Each channel is on, and one of people leads to an address."""
    for address, channel in plan.of_type("google_monitoring_notification_channel").items():
        if channel.get("enabled") is False:
            yield f"{address}: is not enabled"
        if channel["type"] == "email" and not (channel.get("labels") or {}).get("email_address"):
            yield f"{address}: leads nowhere"


def _policy(address: str, policy: dict[str, Any], plan: Plan, told: bool) -> Iterator[str]:
    """It is on, one condition is enough, it comes to all channels of people, and it can come."""
    if policy.get("enabled") is False:
        yield f"{address}: is not enabled"
    if policy["combiner"] != "OR":
        yield f"{address}: combines conditions by {policy['combiner']}; one must be enough"
    channels = policy.get("notification_channels") or []
    if told and not channels:
        yield f"{address}: tells nobody"
    # The name of a channel is known once it is made, and is null in a plan.
    if plan.of_type("google_monitoring_notification_channel.people") and None not in channels:
        yield f"{address}: does not tell the people of alert_email"
    yield from _often_enough(address, policy["alert_strategy"][0])
    yield from _conditions(address, policy["conditions"])


def _conditions(address: str, conditions: list[dict[str, Any]]) -> Iterator[str]:
    for condition in conditions:
        for threshold in condition.get("condition_threshold") or ():
            yield from _threshold(f"{address}, {condition['display_name']!r}", threshold)
        for query in condition.get("condition_prometheus_query_language") or ():
            if _seconds(query["duration"]) > _RUN_HELD_S or not query["query"].endswith("< 0.5"):
                yield f"{address}: {query['query'][-20:]!r} held for {query['duration']} is no missing run"


def _often_enough(address: str, strategy: dict[str, Any]) -> Iterator[str]:
    for limit in strategy.get("notification_rate_limit") or ():
        if _seconds(limit["period"]) > _RATE_LIMIT_S:
            yield f"{address}: tells once in {limit['period']}"
    if not 1800 <= _seconds(strategy["auto_close"]) <= 7 * _DAY_S:
        yield f"{address}: ends by itself after {strategy['auto_close']}"


def _threshold(where: str, threshold: dict[str, Any]) -> Iterator[str]:
    """It is passed by what people must know, and soon."""
    metric = _METRIC.findall(threshold["filter"])
    if len(metric) != 1 or metric[0] not in _LIMITS:
        yield f"{where}: no limit is known here for {', '.join(metric) or threshold['filter']}"
        return
    most, aligner = _LIMITS[metric[0]]
    if threshold["comparison"] != "COMPARISON_GT":
        yield f"{where}: compares by {threshold['comparison']}"
    if not 0 <= threshold["threshold_value"] <= most:
        yield f"{where}: tells above {threshold['threshold_value']}; at most {most:g} is of use"
    if _seconds(threshold["duration"]) > _LONGEST_HELD_S:
        yield f"{where}: must hold for {threshold['duration']}"
    if _METRIC.findall(threshold.get("denominator_filter") or "") not in ([], metric):
        yield f"{where}: divides by another metric"
    for points in (*threshold["aggregations"], *(threshold.get("denominator_aggregations") or ())):
        yield from _points(where, points, aligner)


def _points(where: str, points: dict[str, Any], aligner: str) -> Iterator[str]:
    if points["per_series_aligner"] != aligner:
        yield f"{where}: aligns by {points['per_series_aligner']}, not {aligner}"
    if not 60 <= _seconds(points["alignment_period"]) <= _LONGEST_HELD_S:
        yield f"{where}: looks at {points['alignment_period']} at a time"


def _endpoint_metrics(plan: Plan) -> Iterator[str]:
    """A private endpoint's metrics are watched and drawn where the endpoint is private, and only there."""
    (endpoint,) = plan.of_type("google_vertex_ai_endpoint").values()
    private = bool(endpoint.get("private_service_connect_config"))
    policies = plan.of_type("google_monitoring_alert_policy").values()
    (dashboard,) = plan.of_type("google_monitoring_dashboard").values()
    seen = {"alert policies": json.dumps([policy["conditions"] for policy in policies])}
    seen["the dashboard"] = dashboard["dashboard_json"]
    for what, text in seen.items():
        for metric in ("response_count", "prediction_latencies"):
            if (f"prediction/online/private/{metric}" in text) != private:
                yield f"{what}: {'no' if private else 'a'} private {metric} of this endpoint"
            if f"prediction/online/{metric}" not in text:
                yield f"{what}: no {metric} of the endpoint"


def _budget(plan: Plan, told: bool) -> Iterator[str]:
    """Somebody hears of a budget before it is spent."""
    for address, budget in plan.of_type("google_billing_budget").items():
        rules = budget.get("all_updates_rule") or [{}]
        if told and not rules[0].get("monitoring_notification_channels"):
            yield f"{address}: tells nobody of this environment"
        if rules[0].get("disable_default_iam_recipients"):
            yield f"{address}: does not tell the billing account's administrators"
        marks = [each["threshold_percent"] for each in budget.get("threshold_rules") or ()]
        if not marks or not 0 < min(marks) < 1 or max(marks) < 1:
            yield f"{address}: its marks are {marks}; one before the end and one at it are of use"


def _counters(plan: Plan) -> Iterator[str]:
    """What alerts and charts count is counted."""
    for address, metric in plan.of_type("google_logging_metric").items():
        if metric.get("disabled"):
            yield f"{address}: is disabled"


def _seconds(text: str) -> float:
    return float(text.removesuffix("s"))

"""Cloud Monitoring's part of `cloud_server.py`: metrics of endpoints, and what tests let them measure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from tests.pipeline.runners.vertex.cloud_state import Cloud, need

# https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform: labels by metric.
ONLINE = "aiplatform.googleapis.com/prediction/online"
_COMMON = {"deployed_model_id", "spot", "model_display_name", "endpoint_display_name"}
LABELS: Mapping[str, set[str]] = {
    f"{ONLINE}/response_count": {*_COMMON, "response_code"},
    f"{ONLINE}/private/response_count": {"deployed_model_id", "response_code"},
    f"{ONLINE}/prediction_latencies": {*_COMMON, "latency_type"},
    f"{ONLINE}/private/prediction_latencies": {"deployed_model_id"},
}
ENDPOINT = "aiplatform.googleapis.com/Endpoint"
PAGE = 3  # series on a page
# https://cloud.google.com/monitoring/api/v3/filters: comparisons joined by AND.
_COMPARISON = re.compile(r'(metric\.type|resource\.type|(?:metric|resource)\.labels\.\w+)="([^"]*)"')
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")


def list_time_series(cloud: Cloud, part: dict[str, str], query: dict[str, str], body: bytes) -> Any:
    """MetricService.ListTimeSeries, without aggregation; "must specify a single metric type"."""
    del body, part
    known = {"filter", "interval.startTime", "interval.endTime", "pageToken"}
    need(set(query) <= known, f"unknown parameter in {sorted(query)}")
    wanted = _comparisons(query.get("filter", ""))
    need(wanted.get("metric.type") in LABELS, f"filter: no metric {wanted.get('metric.type')!r}")
    need(wanted.get("resource.type") == ENDPOINT, f"filter: resource.type {wanted.get('resource.type')!r}")
    for key in (each.rpartition(".")[2] for each in wanted if each.startswith("metric.labels.")):
        need(key in LABELS[wanted["metric.type"]], f"filter: {wanted['metric.type']} has no label {key}")
    for key in (each.rpartition(".")[2] for each in wanted if each.startswith("resource.labels.")):
        need(key in {"endpoint_id", "location", "resource_container"}, f"filter: no resource label {key}")
    since, until = (query.get(f"interval.{each}", "") for each in ("startTime", "endTime"))
    need(_TIME.fullmatch(since) and _TIME.fullmatch(until), f"interval {since!r} to {until!r}")
    need(since <= until, f"interval.startTime {since} is after interval.endTime {until}")
    found = [_within(each, since, until) for each in cloud.measured if _matches(each, wanted)]
    found = [each for each in found if each["points"]]
    first = int(query.get("pageToken") or 0)
    page: dict[str, Any] = {"timeSeries": found[first : first + PAGE]} if found else {}
    return page | ({"nextPageToken": str(first + PAGE)} if len(found) > first + PAGE else {})


def _comparisons(text: str) -> dict[str, str]:
    found = [_COMPARISON.fullmatch(each) for each in text.split(" AND ")]
    need(all(found), f"filter {text!r}")
    return {each[1]: each[2] for each in found if each}


def _matches(series: dict[str, Any], wanted: Mapping[str, str]) -> bool:
    known = {"metric.type": series["metric"]["type"], "resource.type": series["resource"]["type"]}
    for of in ("metric", "resource"):
        known |= {f"{of}.labels.{key}": text for key, text in series[of]["labels"].items()}
    return all(known.get(key) == text for key, text in wanted.items())


def _within(series: dict[str, Any], since: str, until: str) -> dict[str, Any]:
    """With the points that touch an interval, newest first, as the API sends them."""
    points = [
        each
        for each in series["points"]
        if each["interval"]["endTime"] >= since and each["interval"]["startTime"] <= until
    ]
    return {**series, "points": sorted(points, key=lambda each: each["interval"]["endTime"], reverse=True)}


def text(time: dt.datetime) -> str:
    """A time as the API writes it."""
    return time.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def measure(
    cloud: Cloud,
    deployed: str,
    minute: dt.datetime,
    *,
    ok: int = 0,
    failed: int = 0,
    refused: int = 0,
    private: bool = False,
    **calls: int,
) -> None:
    """Lets one deployed model answer requests in the minute that begins then.

    Args:
      cloud: of the endpoint 1.
      deployed: id of the deployed model.
      minute: with time zone.
      ok, failed, refused: requests by what they were answered: 200, 503, 400.
      private: whether the endpoint is.
      calls: how many took as long: under10, under20, under40, over40 milliseconds.
    """
    when = {"startTime": text(minute), "endTime": text(minute + dt.timedelta(minutes=1))}
    kind = f"{ONLINE}/private" if private else ONLINE
    for code, count in {"200": ok, "503": failed, "400": refused}.items():
        if count:
            of = code if private else f"{code[0]}xx"
            point = {"interval": when, "value": {"int64Value": str(count)}}
            _add(cloud, f"{kind}/response_count", {"deployed_model_id": deployed, "response_code": of}, point)
    if calls:
        counts = [str(calls.get(each, 0)) for each in ("under10", "under20", "under40", "over40")]
        distribution = {
            "count": str(sum(calls.values())),
            "bucketOptions": {"explicitBuckets": {"bounds": [10, 20, 40]}},
            "bucketCounts": counts,
        }
        point = {"interval": when, "value": {"distributionValue": distribution}}
        for latency in ("model", "total") if not private else ("",):
            more = {"latency_type": latency} if latency else {}
            _add(cloud, f"{kind}/prediction_latencies", {"deployed_model_id": deployed, **more}, point)


def _add(cloud: Cloud, metric: str, labels: dict[str, str], point: dict[str, Any]) -> None:
    cloud.measured.append(
        {
            "metric": {"type": metric, "labels": labels},
            "resource": {"type": ENDPOINT, "labels": {"endpoint_id": "1", "location": "us-central1"}},
            "metricKind": "DELTA",
            "points": [point],
        }
    )

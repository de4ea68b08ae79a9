"""What Cloud Monitoring knows of an endpoint, by deployed model. Needs no TFX.

Its client is not among the requirements of this template, and one method of its REST API is asked:
https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import google.auth
import requests
from google.api_core import exceptions
from google.auth.transport.requests import AuthorizedSession
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from components import foreign_answer
from pipeline.errors import UserError
from pipeline.runners.vertex.api import api_errors
from pipeline.runners.vertex.deployment import Settings, region_of
from pipeline.runners.vertex.evidence_rule import Bucket, Latencies, Measured, Responses

_ADDRESS = "https://monitoring.googleapis.com"
_SCOPE = "https://www.googleapis.com/auth/monitoring.read"
_TIMEOUT_S = 60.0
_RETRIES = Retry(
    total=2,
    backoff_factor=0.5,
    allowed_methods=("GET",),
    status_forcelist=(429, 500, 502, 503, 504),
    raise_on_status=False,
    respect_retry_after_header=False,
)
# https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform: a private endpoint has metrics of
# its own; the others stay empty there. "total" is the kind of latency that is always there.
_METRICS = "aiplatform.googleapis.com/prediction/online"
_RESPONSES = (f"{_METRICS}/response_count", f"{_METRICS}/private/response_count")
_LATENCIES = {
    f"{_METRICS}/prediction_latencies": ' AND metric.labels.latency_type="total"',
    f"{_METRICS}/private/prediction_latencies": "",
}


class EndpointMetrics:
    """The metrics of the endpoints of one deployment."""

    def __init__(self, settings: Settings):
        """Makes a reader; asks for nothing."""
        place = region_of(settings)
        here = place.api_endpoint if (place.api_endpoint or "").startswith("http://") else None
        self._url = f"{here or _ADDRESS}/v3/projects/{place.project}/timeSeries"
        self._is_here = here is not None
        self._made: requests.Session | None = None

    def measured(self, endpoint: str, since: dt.datetime, until: dt.datetime) -> Measured:
        """Returns what was measured from one time to another; what reaches over either is left out.

        Args:
          endpoint: its id.
          since: with time zone.
          until: with time zone.

        Raises:
          UserError: the API refuses, does not answer, or answers what cannot be read.
        """
        if since >= until:
            return Measured()
        with api_errors("asking Cloud Monitoring for the endpoint's metrics"):
            try:
                return Measured(
                    tuple(
                        Responses(*when, _code(series), int(point["value"]["int64Value"]))
                        for metric in _RESPONSES
                        for series, when, point in self._points(metric, "", endpoint, since, until)
                    ),
                    tuple(
                        Latencies(*when, tuple(_buckets(point["value"]["distributionValue"])))
                        for metric, more in _LATENCIES.items()
                        for series, when, point in self._points(metric, more, endpoint, since, until)
                    ),
                )
            except (KeyError, TypeError, ValueError) as error:
                raise UserError(
                    f"Cloud Monitoring answers what cannot be read as metrics of an endpoint: {error!r}"
                ) from error

    def _points(
        self, metric: str, more: str, endpoint: str, since: dt.datetime, until: dt.datetime
    ) -> Iterator[tuple[Any, tuple[str, dt.datetime, dt.datetime], Any]]:
        """Yields series, whose and when, and point."""
        query = {
            "filter": f'metric.type="{metric}" AND resource.type="aiplatform.googleapis.com/Endpoint" '
            f'AND resource.labels.endpoint_id="{endpoint}"{more}',
            "interval.startTime": _text(since),
            "interval.endTime": _text(until),
        }
        for page in self._pages(query):
            for series in page.get("timeSeries", ()):
                deployed = series["metric"]["labels"]["deployed_model_id"]
                for point in series["points"]:
                    begins, ends = (_time(point["interval"][each]) for each in ("startTime", "endTime"))
                    if since <= begins and ends <= until:
                        yield series, (deployed, begins, ends), point

    def _pages(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        token = ""
        while True:
            asked = {**query, **({"pageToken": token} if token else {})}
            answer = self._session().get(self._url, params=asked, timeout=_TIMEOUT_S)
            if not answer.ok:
                raise exceptions.from_http_response(answer)
            page = foreign_answer.json_object(answer)
            yield page
            token = page.get("nextPageToken", "")
            if not token:
                return

    def _session(self) -> requests.Session:
        if self._made is None:
            self._made = requests.Session() if self._is_here else _authorized()
            for scheme in ("https://", "http://"):
                self._made.mount(scheme, HTTPAdapter(max_retries=_RETRIES))
        return self._made


def _authorized() -> requests.Session:
    credentials, _ = google.auth.default(scopes=[_SCOPE])
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return session


def _text(time: dt.datetime) -> str:
    return time.astimezone(dt.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _time(text: str) -> dt.datetime:
    """Returns a time of the API, whose fraction of a second may have nine digits; the last are left out."""
    seconds, _, fraction = text.removesuffix("Z").partition(".")
    return dt.datetime.fromisoformat(f"{seconds}.{fraction[:6]:0<6}+00:00")


def _code(series: Mapping[str, Any]) -> str:
    return str(series["metric"]["labels"]["response_code"])


def _buckets(distribution: Mapping[str, Any]) -> Iterator[Bucket]:
    """Yields the buckets that hold something; trailing ones without a count are not sent."""
    counts = [int(each) for each in distribution.get("bucketCounts", ())]
    if not any(counts):
        return
    bounds = (0.0, *_bounds(distribution["bucketOptions"]), float("inf"))
    for (low, high), count in zip(itertools.pairwise(bounds), counts, strict=False):
        if count:
            yield Bucket(low, high, count)


def _bounds(options: Mapping[str, Any]) -> list[float]:
    """Returns the bounds between buckets, as google.api.Distribution.BucketOptions defines them."""
    if "explicitBuckets" in options:
        return [float(each) for each in options["explicitBuckets"]["bounds"]]
    if "linearBuckets" in options:
        linear = options["linearBuckets"]
        first, width = float(linear.get("offset", 0)), float(linear["width"])
        return [first + width * each for each in range(int(linear["numFiniteBuckets"]) + 1)]
    powers = options["exponentialBuckets"]
    scale, factor = float(powers["scale"]), float(powers["growthFactor"])
    return [scale * factor**each for each in range(int(powers["numFiniteBuckets"]) + 1)]

"""What a server counts, for Prometheus.

    evergreen_requests_total{model,version,variant,api,code}    requests that a version answered or refused
    evergreen_model_call_seconds{model,version}                 histogram: wall time of the model's call
    evergreen_answers_total{api,code}                           all answers, also those that no version gave
    evergreen_rest_in_flight                                    REST requests that are being answered
    evergreen_loads_total{model,outcome}                        versions loaded, and failed to load
    evergreen_request_log_total{outcome}                        requests of the request log's sample, by what
                                                                became of them: written, dropped, lost
    evergreen_version_state{model,version,state}                1 for the state each version is in
    evergreen_rollout_stage{model,version}                      stage of the candidate of a rollout, from 1
    evergreen_rollout_turned_back{model,version}                1 once this server turned it back, else 0

`variant` is traffic.record's; a shadow's copy of a request is counted like a request. Besides there are the
process_* metrics of prometheus-client: memory, CPU, descriptors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder

from serving.models.lifecycle import VersionStatus
from serving.traffic.record import RequestRecord
from serving.traffic.request_log import LogCounts
from serving.traffic.rollouts import LiveRollout

# Seconds. A small model answers in 0.2 ms, and a client that waits for 5 s has mostly gone.
_BUCKETS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each count, which says when it began


class Metrics:
    """The counts of one server process, and their text.

    Attributes:
      in_flight: REST requests that are being answered; changed on the event loop alone.
    """

    def __init__(self, model_name: str, statuses: Callable[[], Iterable[VersionStatus]]) -> None:
        """Takes whose counts these are.

        Args:
          model_name: label of the model.
          statuses: returns the states of all versions, whenever the counts are read.
        """
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.registry.register(_States(model_name, statuses))
        self.model_name = model_name
        self.requests = Counter(
            "evergreen_requests",
            "requests that a version answered or refused, by gRPC's name of the outcome",
            ("model", "version", "variant", "api", "code"),
            registry=self.registry,
        )
        self.calls = Histogram(
            "evergreen_model_call_seconds",
            "wall time of the model's call",
            ("model", "version"),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._answers = Counter(
            "evergreen_answers",
            "all answers, by HTTP status or gRPC's name of it",
            ("api", "code"),
            registry=self.registry,
        )
        self.in_flight = 0
        running = Gauge(
            "evergreen_rest_in_flight", "REST requests that are being answered", registry=self.registry
        )
        running.set_function(lambda: self.in_flight)
        self._answer_counters: dict[tuple[str, str | int], Counter] = {}
        loads = Counter(
            "evergreen_loads",
            "versions that were loaded or failed to load",
            ("model", "outcome"),
            registry=self.registry,
        )
        self._loaded = loads.labels(model_name, "loaded")
        self._load_failed = loads.labels(model_name, "failed")

    def follow_log(self, counts: Callable[[], LogCounts]) -> None:
        """Takes what returns the counts of the request log, whenever they are read."""
        self.registry.register(_Logged(counts))

    def show_rollout(self, current: Callable[[], LiveRollout | None]) -> None:
        """Shows the rollout that a function returns whenever the counts are read."""
        self.registry.register(_Rollout(self.model_name, current))

    def answered(self, api: str, code: str | int) -> None:
        """Counts an answer of an API."""
        counter = self._answer_counters.get((api, code))
        if counter is None:
            counter = self._answer_counters[api, code] = self._answers.labels(api, str(code))
        counter.inc()

    @contextlib.contextmanager
    def counted_load(self) -> Iterator[None]:
        """Counts what happens to a load in the block."""
        try:
            yield
        except BaseException:
            self._load_failed.inc()
            raise
        self._loaded.inc()

    def text(self, accept: str) -> tuple[bytes, str]:
        """Returns all counts and their content type, in the form that an Accept header asks for."""
        try:
            encode, content_type = choose_encoder(accept)
        except (TypeError, ValueError, LookupError):  # it names a version that is none
            encode, content_type = choose_encoder("")
        return encode(self.registry), content_type


class RequestCounter:
    """Counts what the versions answer; an observer (see record)."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        # `labels` costs more than the count itself, so its results are kept.
        self._requests: dict[tuple[int, str, str, str], Counter] = {}
        self._calls: dict[int, Histogram] = {}

    def answered(self, record: RequestRecord) -> None:
        """Counts a request; takes about 3 µs."""
        counter = self._requests.get((record.version, record.variant, record.api, record.code))
        if counter is None:
            counter = self._counter(record)
        counter.inc()
        if record.seconds:
            call = self._calls.get(record.version)
            if call is None:
                labels = self._metrics.model_name, str(record.version)
                call = self._calls[record.version] = self._metrics.calls.labels(*labels)
            call.observe(record.seconds)

    def _counter(self, record: RequestRecord) -> Counter:
        labels = str(record.version), record.variant, record.api, record.code
        counter = self._metrics.requests.labels(self._metrics.model_name, *labels)
        self._requests[record.version, record.variant, record.api, record.code] = counter
        return counter


class _Logged:
    """Tells what became of the requests of the request log whenever it is asked."""

    def __init__(self, counts: Callable[[], LogCounts]) -> None:
        self._counts = counts

    def collect(self) -> Iterator[Metric]:
        """Yields the one metric."""
        logged = CounterMetricFamily(
            "evergreen_request_log", "requests of the request log's sample, by outcome", labels=("outcome",)
        )
        for outcome, count in self._counts()._asdict().items():
            logged.add_metric([outcome], count)
        yield logged


class _Rollout:
    """Tells the stage of the rollout under way, and whether it was turned back here."""

    def __init__(self, model_name: str, current: Callable[[], LiveRollout | None]) -> None:
        self._model_name = model_name
        self._current = current

    def collect(self) -> Iterator[Metric]:
        """Yields the two metrics, without values where no rollout is under way."""
        labels = ("model", "version")
        stage = GaugeMetricFamily(
            "evergreen_rollout_stage", "stage of the candidate of a rollout, from 1", labels=labels
        )
        back = GaugeMetricFamily(
            "evergreen_rollout_turned_back", "1: this server turned the candidate back", labels=labels
        )
        live = self._current()
        if live is not None:
            named = [self._model_name, str(live.number)]
            stage.add_metric(named, live.stage + 1)
            back.add_metric(named, int(live.counts.turned_back is not None))
        yield from (stage, back)


class _States:
    """Tells the states of the versions whenever it is asked."""

    def __init__(self, model_name: str, statuses: Callable[[], Iterable[VersionStatus]]) -> None:
        self._model_name = model_name
        self._statuses = statuses

    def collect(self) -> Iterator[Metric]:
        """Yields the one metric."""
        labels = ("model", "version", "state")
        states = GaugeMetricFamily(
            "evergreen_version_state", "1: the version is in this state", labels=labels
        )
        for status in self._statuses():
            states.add_metric([self._model_name, str(status.version), status.state.name], 1)
        yield states

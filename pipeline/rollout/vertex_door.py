"""The door to an endpoint on Vertex AI: traffic follows the record, Cloud Monitoring counts. Needs no TFX."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Iterable, Iterator

from pipeline.errors import UserError
from pipeline.lineage.events import Event, ModelVersion, Move, State
from pipeline.lineage.models import CHAMPION, Models
from pipeline.lineage.rollouts import Rollout
from pipeline.lineage.state_machine import ROLLING, RefusedMoveError
from pipeline.runners.vertex.endpoint_metrics import EndpointMetrics
from pipeline.runners.vertex.evidence_rule import evidence_of
from pipeline.runners.vertex.model_registry import VertexRegistry
from serving.rollout.evidence import CANDIDATE, Evidence, Labelled
from serving.rollout.evidence import CHAMPION as BESIDE

# What is measured is visible 6 minutes later, at the latest that Google documents for metrics of endpoints
# (metrics_gcp_a_b#gcp-aiplatform). Counting what is there before would see one version's minute and not the
# other's.
VISIBLE_AFTER = dt.timedelta(minutes=6)
MOVED_AFTER = dt.timedelta(minutes=1)  # since a decision: its traffic is another request, and has to spread
_SERVING = {*ROLLING, State.LIVE}


class VertexDoor:
    """As `Door`. It keeps nothing: record and metrics say the same again after it was killed."""

    def __init__(
        self,
        registry: VertexRegistry,
        metrics: EndpointMetrics,
        *,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.timezone.utc),
    ) -> None:
        """Makes a door; asks for nothing.

        Args:
          registry: of the deployment.
          metrics: of its endpoints.
          now: the clock.
        """
        self._registry = registry
        self._metrics = metrics
        self._now = now

    def follow(self) -> Models:
        """As `Door.follow`."""
        return self._registry.follow()

    def evidence(self, rollout: Rollout) -> Evidence:
        """As `Door.evidence`: requests, failures and slow calls; endpoints know no clients and no answers."""
        id_, deployed = self._registry.endpoint.deployed((rollout.version, rollout.champion))
        sides = {each: CANDIDATE for each in deployed[rollout.version]}
        sides |= {each: BESIDE for each in deployed[rollout.champion]}
        return Evidence(
            {
                stage: evidence_of(
                    self._metrics.measured(id_, begins + MOVED_AFTER, ends), sides, rollout.plan.limits
                )
                for stage, begins, ends in self._stages(rollout)
            }
        )

    def keep(self, rollout: Rollout, labelled: Iterable[Labelled]) -> None:
        """As `Door.keep`.

        Raises:
          UserError: always; labels are judged where the files of both versions are.
        """
        del labelled
        raise UserError(f"labels are not judged on Vertex AI, so none are kept of {rollout.version.version}")

    def decide(self, events: Iterable[Event], champion: ModelVersion) -> Models:
        """As `Door.decide`; what begins is deployed first, so that decision and traffic are seconds apart.

        Raises:
          RefusedMoveError: also where somebody decided something while it was deployed.
        """
        events, before = tuple(events), self._registry.read()
        functools.reduce(Models.with_event, events, before)  # before a deployment: one may be refused
        for name in (each.version for each in events if isinstance(each, Move) and each.to in _SERVING):
            version = before.find(name)
            if self._registry.endpoint.ready(version) and self._registry.read().events != before.events:
                raise RefusedMoveError(f"something was decided while {version.version} was deployed")
        return self._registry.append(*events, meant={CHAMPION: champion})

    def _stages(self, rollout: Rollout) -> Iterator[tuple[int, dt.datetime, dt.datetime]]:
        """Yields number, begin and end of each stage so far; the last one as far as it is visible."""
        begins: dict[int, dt.datetime] = {}
        for step in rollout.steps:
            assert step.rollout is not None, "the state machine refuses it"
            begins.setdefault(step.rollout.stage, step.at)
        visible = self._now() - VISIBLE_AFTER
        ends = [*list(begins.values())[1:], visible]
        for (stage, begin), end in zip(begins.items(), ends, strict=True):
            yield stage, begin, min(end, visible)

"""A served model without its ports: what loads, answers, counts and logs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from serving.models.follower import Follower
from serving.models.model import ServableModel
from serving.models.versions import ModelVersions
from serving.models.wish import Source
from serving.server.loader import Check, loader
from serving.server.predictor import Predictor
from serving.server.settings import ServerSettings
from serving.traffic.evidence_files import EvidenceFiles
from serving.traffic.metrics import Metrics, RequestCounter
from serving.traffic.request_log import RequestLog
from serving.traffic.rollouts import OnTurnBack, Rollouts


class ServedModel:
    """Puts the parts together; both APIs ask its `predictor`.

    Attributes:
      follower: keeps loaded what is asked for.
      metrics: what is counted.
      predictor: answers.
    """

    def __init__(
        self, settings: ServerSettings, source: Source, check: Check, on_turn_back: OnTurnBack
    ) -> None:
        """Makes the parts; `start` begins.

        Args:
          settings: of the server.
          source: says which versions are asked for.
          check: as for `serve`.
          on_turn_back: as for `serve`.
        """
        self._poll_wait_s = settings.file_system_poll_wait_seconds
        load = loader(check)

        def counted(folder: Path, files: str) -> ServableModel:
            with self.metrics.counted_load():
                return load(folder, files)

        self.follower = Follower(settings.model_name, source, counted)
        versions = ModelVersions(self.follower)
        self.metrics = Metrics(settings.model_name, versions.all_statuses)
        self._rollouts = Rollouts(versions, EvidenceFiles(settings.model_base_path), on_turn_back)
        self.metrics.show_rollout(self._rollouts.current)
        self._log = RequestLog(settings.request_log) if settings.request_log else None
        if self._log:
            log = self._log
            self.metrics.follow_log(lambda: log.counts)
        counter = RequestCounter(self.metrics)
        observers = (counter, self._log) if self._log else (counter,)
        self.predictor = Predictor(versions, observers, self._rollouts)

    def start(self) -> None:
        """Loads what is asked for, and follows it from now on."""
        self.follower.start(self._poll_wait_s)
        self._rollouts.start()
        if self._log:
            self._log.start()

    def stop(self, seconds_left: Callable[[], float]) -> None:
        """Writes what is known and frees what is loaded; call it when no request is left.

        Args:
          seconds_left: returns how long it may take from now on.
        """
        self.predictor.stop(seconds_left())
        self._rollouts.stop()
        self.follower.stop(seconds_left())
        if self._log:
            self._log.close()

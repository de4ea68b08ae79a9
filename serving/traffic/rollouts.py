"""The rollout that this server takes part in: follows its stages, keeps its evidence, turns it back."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from serving.models.lifecycle import ServedVersion
from serving.models.pointers import Pointers
from serving.models.versions import ModelVersions
from serving.rollout.evidence import ERRORS, TurnedBack
from serving.rollout.guards_rule import BROKEN, GuardReading, look
from serving.rollout.plan import RolloutPlan
from serving.traffic.evidence_files import EvidenceFiles
from serving.traffic.record import RequestRecord
from serving.traffic.rollout_counts import RolloutCounts
from serving.traffic.split import gets_candidate

if TYPE_CHECKING:
    from serving.models.model import ServableModel

log = logging.getLogger(__name__)

WRITE_EVERY_S = 1.0
REST_S = 0.25  # between two looks that bad events ask for: a look costs milliseconds
FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 60.0
COPYING_S = 60.0  # a candidate that is not all there is waited for

# Called with the rollout's id, the name of the guard and what it read; called again if it raises.
OnTurnBack = Callable[[str, str, str], None]


@dataclass(frozen=True, eq=False)
class LiveRollout:
    """A rollout in the stage it is in, as a request finds it.

    Attributes:
      plan: of the rollout.
      stage: index of the stage.
      paused: whether the stage is not left; its requests are divided all the same.
      number: of the candidate.
      candidate: the candidate; None while it is not loaded, or what it is compared with does not serve.
      champion: the version that serves.
      counts: of all its stages.
    """

    plan: RolloutPlan
    stage: int
    paused: bool
    number: int
    candidate: ServedVersion[ServableModel] | None
    champion: ServedVersion[ServableModel] | None
    counts: RolloutCounts

    @property
    def share(self) -> float:
        """The candidate's share of the requests in this stage."""
        return self.plan.stages[self.stage].share

    @property
    def is_shadow(self) -> bool:
        """Whether nobody gets the candidate's answers."""
        return self.share == 0

    def enter_candidate(self) -> ServedVersion[ServableModel] | None:
        """Lets a request in to the candidate and returns it; None if it takes none (any more)."""
        return self.candidate if self.candidate is not None and self.candidate.enter() else None

    def gets_candidate(self, key: str) -> bool:
        """Returns whether a client gets the candidate's answers."""
        return gets_candidate(self.plan.id, key, self.share)


class Rollouts:
    """Takes part in the rollout that the file beside the versions names, as long as it names one.

    A thread looks each second, and soon after a bad event of the candidate, at what the guards say. Once one
    fires the candidate gets no more requests, that is written to disk, and whoever books it is told. All of
    that is found again after a restart.
    """

    def __init__(
        self,
        versions: ModelVersions[ServableModel],
        files: EvidenceFiles,
        on_turn_back: OnTurnBack = lambda _rollout, _guard, _text: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes what to follow; `start` begins.

        Args:
          versions: of the model.
          files: of the evidence.
          on_turn_back: books that a guard fired; may block, and is called in a thread of its own.
          clock: seconds, by which a candidate that is not all there is waited for.
        """
        self._clock = clock
        self._versions = versions
        self._files = files
        self._on_turn_back = on_turn_back
        self._pointers: Pointers[ServableModel] | None = None  # that `_live` was made of
        self._live: LiveRollout | None = None
        self._following = threading.Lock()
        self._looking = threading.Lock()
        self._written = ("", -1)  # the rollout, and the number of changes, that the file holds
        self._incomplete = ("", 0.0)  # the rollout whose candidate is not all there, and since when
        self._ended: list[LiveRollout] = []  # what is to be written a last time
        self._said_broken: set[tuple[str, str]] = set()  # rollout and guard
        self._bad_event = threading.Event()
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._booked: set[str] = set()  # ids of rollouts whose end is being booked

    def live(self, champion: ServedVersion[ServableModel]) -> LiveRollout | None:
        """Returns the rollout that divides the requests to a version; None if none does."""
        live = self.current()
        if live is None or live.candidate is None or live.counts.turned_back:
            return None
        return live if live.champion is champion else None

    def current(self) -> LiveRollout | None:
        """Returns the rollout under way, also one that is turned back; None if there is none."""
        pointers = self._versions.pointers
        if pointers is not self._pointers:
            self._follow(pointers)
        return self._live

    def _follow(self, pointers: Pointers[ServableModel]) -> None:
        with self._following:
            rollout, before = pointers.rollout, self._live
            if rollout is None:
                self._live = None
            else:
                same = before is not None and before.plan.id == rollout.plan.id
                self._live = LiveRollout(
                    rollout.plan,
                    rollout.stage,
                    rollout.paused,
                    rollout.candidate,
                    pointers.candidate,
                    pointers.default,
                    before.counts
                    if before and same
                    else RolloutCounts(rollout.plan, self._files.read(rollout.plan)),
                )
            self._pointers = pointers
            if before is not None and (self._live is None or self._live.counts is not before.counts):
                self._ended.append(before)

    def count(self, live: LiveRollout, side: str, record: RequestRecord, bad: str = "") -> None:
        """Counts a request that one side was asked alone (see `RolloutCounts.count`)."""
        if live.counts.count(live.stage, side, record, bad):
            self._bad_event.set()

    def count_pair(
        self, live: LiveRollout, candidate: RequestRecord, champion: RequestRecord, bad: tuple[str, str]
    ) -> None:
        """Counts a request that both sides were asked (see `RolloutCounts.count_pair`)."""
        if live.counts.count_pair(live.stage, candidate, champion, bad):
            self._bad_event.set()

    def look(self) -> None:
        """Writes the evidence, lets the guards judge it, and turns back if one fires.

        What could not be written is written at the next look.
        """
        with self._looking:
            live = self.current()
            self._write_ended()
            if live is None:
                return
            self._write(live)  # first: what a guard makes of it must not keep it from the disk
            if not live.counts.turned_back and (fired := self._fired(live)):
                self._turn_back(live, *fired)
            self._write(live)
            turned_back = live.counts.turned_back
            if turned_back and live.plan.id not in self._booked:
                self._booked.add(live.plan.id)
                arguments = (live.plan.id, turned_back)
                threading.Thread(target=self._book, args=arguments, name="book", daemon=True).start()

    def _fired(self, live: LiveRollout) -> tuple[str, str] | None:
        """Returns the name and the reading of a guard that fires; None if none does."""
        if failure := self._load_failure(live):
            return ERRORS, f"version {live.number} cannot be loaded: {failure}"
        readings = look(live.plan, live.counts.evidence(), needed=False)
        self._say_broken(live, [each for each in readings if each.blind == BROKEN])
        return next(((each.name, each.text) for each in readings if each.fired), None)

    def _load_failure(self, live: LiveRollout) -> str:
        """Returns why the candidate cannot be loaded, for good; what may be on its way is waited for."""
        if live.candidate is not None:
            self._incomplete = ("", 0.0)
            return ""
        incomplete = self._versions.incomplete(live.number)
        if not incomplete:
            return self._versions.failure(live.number)
        if self._incomplete[0] != live.plan.id:
            self._incomplete = (live.plan.id, self._clock())
        return incomplete if self._clock() - self._incomplete[1] >= COPYING_S else ""

    def _turn_back(self, live: LiveRollout, guard: str, text: str) -> None:
        at = dt.datetime.now(dt.timezone.utc).isoformat(timespec="milliseconds")
        live.counts.turn_back(TurnedBack(guard, text, at))
        goes_on = f"version {live.champion.number} answers all" if live.champion else "nothing is served"
        name = self._versions.model_name
        log.error(
            "version %d of %s is turned back by its %s: %s; %s", live.number, name, guard, text, goes_on
        )

    def _say_broken(self, live: LiveRollout, broken: list[GuardReading]) -> None:
        for each in broken:
            if (live.plan.id, each.name) not in self._said_broken:
                self._said_broken.add((live.plan.id, each.name))
                what = f"the guard {each.name} of the rollout of version {live.number} {each.text}"
                log.error("%s; it turns nothing back, the others go on", what)

    def _write_ended(self) -> None:
        unwritten = []
        while self._ended:
            if not self._write(ended := self._ended.pop()):
                unwritten.append(ended)
        self._ended += unwritten

    def _write(self, live: LiveRollout) -> bool:
        """Writes what changed since it was written, and returns whether all of it is on disk."""
        state = (live.plan.id, live.counts.changes)
        if state != self._written:
            if not self._files.write(live.plan.id, live.counts.evidence()):
                return False
            self._written = state
        return True

    def _book(self, rollout: str, turned_back: TurnedBack) -> None:
        """Tells who books it until that succeeds, or the rollout is over anyway."""
        pause_s = FIRST_PAUSE_S
        while (live := self.current()) is not None and live.plan.id == rollout:
            try:
                self._on_turn_back(rollout, turned_back.guard, turned_back.text)
            except Exception as error:  # noqa: BLE001 - it gets no requests meanwhile, and this goes on
                what = f"that a rollout was turned back cannot be booked: {type(error).__name__}: {error}"
                log.error("%s; tried again in %g s", what, pause_s)
            else:
                return
            if self._stopping.wait(pause_s):
                return
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        self._booked.discard(rollout)

    def start(self) -> None:
        """Looks from now on, in a thread, until `stop`."""
        self._watcher = threading.Thread(target=self._watch, name="rollouts", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        while not self._stopping.wait(REST_S):
            self._bad_event.wait(WRITE_EVERY_S - REST_S)
            self._bad_event.clear()
            try:
                self.look()
            except Exception:  # without this thread nothing would be turned back any more
                log.exception("a look at the rollout failed; the requests are divided as before")

    def stop(self) -> None:
        """Stops looking, and writes the evidence."""
        self._stopping.set()
        self._bad_event.set()
        if self._watcher is not None:
            self._watcher.join()
        with self._looking:
            for live in (*self._ended, *filter(None, [self._live])):
                self._write(live)
        self._files.close()

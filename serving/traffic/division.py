"""Divides requests between the two versions of a rollout.

    canary   the key's bucket decides who answers. What the candidate fails to answer, the champion does: no
             client sees an error that it would not have seen without a rollout.
    shadow   the champion answers, and the candidate is asked the same afterwards, in a thread of its own.

In both, what both were asked is compared in pairs.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from serving.errors import ServingError
from serving.models.lifecycle import ServedVersion
from serving.rollout.evidence import ANSWERS, CANDIDATE, CHAMPION, ERRORS
from serving.tensors.signature import Signature
from serving.traffic.asking import Answer, Asker, Inputs, Question, unanswered
from serving.traffic.outcome import compared, is_usable
from serving.traffic.patience import Patience
from serving.traffic.record import NO_KEY, OK_STATUS, Key, RequestRecord, Variant
from serving.traffic.rollouts import LiveRollout, Rollouts
from serving.traffic.shadow import Shadow

if TYPE_CHECKING:
    from serving.models.model import ServableModel

WAITING = 64  # requests that may wait for the candidate
# The candidate has so many times as long as a slow call takes, at least a second; five until that is known.
PATIENCE, LEAST_WAIT_S, FIRST_WAIT_S = 20, 1.0, 5.0
MOST_BYTES = 2**20  # of the inputs of a request that is asked twice: what waits has to fit into memory


class _Pair(NamedTuple):
    """A request that the champion answered; by `signature`, by which its inputs were read."""

    live: LiveRollout
    champion: RequestRecord
    question: Question
    signature: Signature


class Division:
    """Answers the requests that name no version while a rollout is under way."""

    def __init__(self, asker: Asker, rollouts: Rollouts) -> None:
        self._asker = asker
        self._rollouts = rollouts
        self._shadow: Shadow[_Pair] = Shadow(self._ask_candidate_too, WAITING)
        self._patience: Patience[Answer] = Patience()

    def current(self) -> LiveRollout | None:
        """Returns the rollout under way, also one that is turned back; None if there is none."""
        return self._rollouts.current()

    def live(self, champion: ServedVersion[ServableModel]) -> LiveRollout | None:
        """Returns the rollout that divides the requests to a version; None if none does."""
        return self._rollouts.live(champion)

    def answer(self, live: LiveRollout, champion: ServedVersion[ServableModel], question: Question) -> Answer:
        """Returns the answer that the client gets.

        Args:
          live: the rollout, in the stage it is in.
          champion: the version that serves, which the caller has entered.
          question: what to ask.
        """
        key, question = _key(live, champion, question)
        if live.gets_candidate(key.text) and (candidate := live.enter_candidate()):
            return self._canary(live, candidate, champion, question, key)
        answer = self._asker.ask(champion, question, "champion", key, measure_cpu=live.is_shadow)
        record = answer.record
        if record.status == OK_STATUS or record.failed:
            if not live.is_shadow:
                self._rollouts.count(live, CHAMPION, record, _bad(live, record))
            if random.random() < live.plan.limits.shadow_share and _size(record.inputs) <= MOST_BYTES:
                signature = champion.model.signature(record.signature_name)
                self._shadow.offer(_Pair(live, record, question, signature))
        return answer

    def stop(self, wait_s: float) -> None:
        """Lets what waits for the candidate end, at most so long."""
        self._shadow.stop(wait_s)

    @property
    def waiting(self) -> int:
        """Requests that wait for the candidate."""
        return self._shadow.waiting

    @property
    def dropped(self) -> int:
        """Requests that the candidate was not asked, since too many waited."""
        return self._shadow.dropped

    def _canary(
        self,
        live: LiveRollout,
        candidate: ServedVersion[ServableModel],
        champion: ServedVersion[ServableModel],
        question: Question,
        key: Key,
    ) -> Answer:
        answer = self._ask_candidate(live, candidate, question, "canary", key)
        bad = _bad(live, answer.record)
        if answer.error is None and not bad:
            self._rollouts.count(live, CANDIDATE, answer.record)
            return answer
        instead = self._asker.ask(champion, question, "champion", key)
        if bad or instead.error is None:  # what both refuse is the client's fault, and counts for neither
            self._rollouts.count(live, CANDIDATE, answer.record, bad or ERRORS)
        return instead

    def _ask_candidate(
        self,
        live: LiveRollout,
        candidate: ServedVersion[ServableModel],
        question: Question,
        variant: Variant,
        key: Key,
    ) -> Answer:
        """Returns what the candidate, which the caller has entered, answers in the time that it has."""

        def ask() -> Answer:
            with candidate:
                return self._asker.unnoted(candidate, question, variant, key, measure_cpu=variant == "shadow")

        answer, wait_s = None, 0.0
        if self._patience.is_exhausted:
            candidate.leave()
        else:
            wait_s = wait_for(live.counts.slow_over_ms(live.stage))
            answer = self._patience.call(ask, wait_s)
        answer = answer or unanswered(candidate.number, question, variant, key, wait_s)
        self._asker.note(answer)
        return answer

    def _ask_candidate_too(self, pair: _Pair) -> None:
        live, champion = pair.live, pair.champion
        candidate = None if live.counts.turned_back else live.enter_candidate()
        if candidate is None:
            return

        def inputs_for(asked: Signature) -> Inputs:
            alike = reads_alike(asked, pair.signature)
            return champion.inputs if alike else pair.question.inputs_for(asked)

        question = pair.question._replace(inputs_for=inputs_for)
        answer = self._ask_candidate(
            live, candidate, question, "shadow", Key(champion.key, champion.key_column)
        )
        record = answer.record
        if live.is_shadow:
            refused = answer.error is not None and not champion.failed
            bad = _bad(live, record) or (ERRORS if refused else "")
            self._rollouts.count_pair(live, record, champion, (bad, _bad(live, champion)))
        if answer.error is None and not champion.failed:
            live.counts.add_pair(live.stage, compared(record.outputs, champion.outputs, live.plan.answer))


def wait_for(slow_over_ms: float | None) -> float:
    """Returns how many seconds the candidate has for an answer, by what is slow; None: not known yet."""
    return FIRST_WAIT_S if slow_over_ms is None else max(LEAST_WAIT_S, PATIENCE * slow_over_ms / 1000)


def reads_alike(one: Signature, other: Signature) -> bool:
    """Returns whether a request makes the same inputs by both signatures."""
    if one.inputs.keys() != other.inputs.keys() or one.defaults.keys() != other.defaults.keys():
        return False
    specs = zip(one.inputs.values(), map(other.inputs.get, one.inputs), strict=True)
    if any(b is None or (a.dtype, a.shape) != (b.dtype, b.shape) for a, b in specs):
        return False
    return all(value.tolist() == other.defaults[name].tolist() for name, value in one.defaults.items())


def _bad(live: LiveRollout, record: RequestRecord) -> str:
    """Returns the guard that an answer is a bad event to; empty if it is none, or the client's fault."""
    if record.status == OK_STATUS:
        return "" if is_usable(record.outputs, live.plan) else ANSWERS
    return ERRORS if record.failed else ""


def _key(
    live: LiveRollout, champion: ServedVersion[ServableModel], question: Question
) -> tuple[Key, Question]:
    """Returns what the client is known by; and the question, maybe with its inputs read."""
    plan = live.plan
    if plan.key_header and (value := question.client.header(plan.key_header)):
        return Key(value), question
    if not plan.key_column:
        return NO_KEY, question
    try:
        signature = champion.model.signature(question.signature_name)
        inputs = question.inputs_for(signature)
    except ServingError:
        return NO_KEY, question  # whoever is asked refuses it

    def inputs_for(asked: Signature) -> Inputs:
        return inputs if asked is signature else question.inputs_for(asked)

    key = Key(_first_value(inputs, plan.key_column), plan.key_column)
    return key, question._replace(inputs_for=inputs_for)


def _size(inputs: Inputs) -> int:
    """Returns how many bytes inputs take, the texts among them included."""
    texts = (value for value in inputs.values() if value.dtype == object)
    return sum(value.nbytes for value in inputs.values()) + sum(
        len(text) for each in texts for text in each.flat
    )


def _first_value(inputs: Inputs, name: str) -> str:
    column = inputs.get(name)
    if column is None or not column.size:
        return ""
    value = column.flat[0]
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else str(value)

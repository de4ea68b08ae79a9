"""A rollout in one process: Python models in place of TensorFlow's, the real way of a request around them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from serving.errors import IncompleteModelError, InvalidRequestError, PredictionFailedError, ServingError
from serving.models import served_file
from serving.models.follower import Follower
from serving.models.named_versions import NamedVersions
from serving.models.served_file import ServedEntry, ServedFile, ServedRollout
from serving.models.versions import ModelVersions
from serving.rollout.plan import CANARY, GuardLimits, RolloutPlan, Stage
from serving.server.predictor import Prediction, Predictor
from serving.tensors.signature import NUMPY_TYPES, Signature, TensorSpec
from serving.traffic.asking import Client
from serving.traffic.evidence_files import EvidenceFiles
from serving.traffic.record import RequestRecord
from serving.traffic.rollouts import OnTurnBack, Rollouts

CHAMPION, CANDIDATE, PREVIOUS = 1, 2, 3
STAGES = (Stage(0.0, 100), Stage(0.05, 100), Stage(0.25, 100), Stage(0.5, 100))
SHADOW, TWENTIETH, QUARTER, HALF = range(4)
LIMITS = GuardLimits(slow_baseline=20)


def column(name: str, type_name: str) -> TensorSpec:
    return TensorSpec(f"{name}:0", type_name, NUMPY_TYPES[type_name], (None,))


SIGNATURE = Signature(
    "serving_default",
    {"x": column("x", "DT_DOUBLE"), "client": column("client", "DT_STRING")},
    {"y": column("y", "DT_DOUBLE")},
    {"client": np.array([b""], object)},
)


class PlantedModel:
    """Answers x plus its version's `shift`; a test plants faults by its `fault`."""

    def __init__(self, number: int) -> None:
        self.shift = float(number)
        self.fault: Callable[[float], None] = lambda _: None
        self.signatures = {SIGNATURE.name: dataclasses.replace(SIGNATURE)}  # equal, and its own
        self.signature_defs: Mapping[str, object] = {}
        self.asked: list[float] = []

    def signature(self, name: str) -> Signature:
        return self.signatures[name or SIGNATURE.name]

    def predict(self, inputs: Mapping[str, np.ndarray], _signature_name: str) -> dict[str, np.ndarray]:
        if unknown := inputs.keys() - self.signature(SIGNATURE.name).inputs.keys():
            raise InvalidRequestError(f"unknown input(s) {unknown}")
        self.asked.append(float(inputs["x"][0]))
        self.fault(self.asked[-1])
        return {"y": inputs["x"] + self.shift}

    def close(self) -> None:
        """Nothing to free."""


def failing(_: float) -> None:
    raise PredictionFailedError("the model is broken")


def refusing(_: float) -> None:
    raise InvalidRequestError("not with me")


class Noted:
    """Keeps the records of requests."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def answered(self, record: RequestRecord) -> None:
        self.records.append(record)


def plan_of(name: str, *, header: str = "x-key", column: str = "", kind: str = CANARY) -> RolloutPlan:
    return RolloutPlan(name, kind, STAGES, header, column, LIMITS)


def write_rollout(
    base: Path, plan: RolloutPlan | None, stage: int = 0, files: Mapping[int, str] | None = None
) -> None:
    """Writes serving.json: champion 1 and previous 3, and candidate 2 in a stage of a rollout."""
    share = plan.stages[stage].share if plan else 0.0
    shares = {CHAMPION: ("champion", 1 - share), PREVIOUS: ("previous", 0.0)}
    if plan:
        shares[CANDIDATE] = ("canary" if share else "shadow", share)
    entries = (
        ServedEntry(number, f"1.0.{number}", (label,), part, (files or {}).get(number, ""))
        for number, (label, part) in shares.items()
    )
    rollout = ServedRollout(plan, stage, False, CANDIDATE) if plan else None
    served_file.write(base, ServedFile("m", tuple(entries), rollout))


class RollingServer:
    """What a server process does with requests, without HTTP and its watching thread.

    A stopped one was killed if `stop` was not called: whatever it had not written is lost.
    """

    def __init__(self, base: Path, on_turn_back: OnTurnBack = lambda _rollout, _guard, _text: None) -> None:
        self.base = base
        self.now_s = 0.0
        self.models: dict[int, PlantedModel] = {}
        self.noted = Noted()
        for number in (CHAMPION, CANDIDATE, PREVIOUS):
            (base / str(number)).mkdir(parents=True, exist_ok=True)
        self.follower: Follower[PlantedModel] = Follower(
            "m", NamedVersions(base, "m"), self._load, lambda: self.now_s
        )
        versions = ModelVersions(self.follower)
        self.files = EvidenceFiles(base)
        self.rollouts = Rollouts(versions, self.files, on_turn_back, lambda: self.now_s)  # type: ignore[arg-type]
        self.predictor = Predictor(versions, (self.noted,), self.rollouts)  # type: ignore[arg-type]

    def _load(self, folder: Path, files: str) -> PlantedModel:
        if files == "incomplete" and not (folder / "all").exists():
            raise IncompleteModelError(f"{folder.name} is not all there")
        if files == "broken":
            raise RuntimeError(f"the files of {folder.name} changed")
        number = int(folder.name)
        self.models[number] = PlantedModel(number)
        return self.models[number]

    def roll(self, plan: RolloutPlan | None, stage: int = 0, files: Mapping[int, str] | None = None) -> None:
        write_rollout(self.base, plan, stage, files)
        self.follower.poll()

    @property
    def candidate(self) -> PlantedModel:
        return self.models[CANDIDATE]

    @property
    def champion(self) -> PlantedModel:
        return self.models[CHAMPION]

    def ask(
        self, x: float = 0.0, key: str = "", version: int | str | None = None, client: bytes | None = None
    ) -> float | str:
        """Returns the answer less x, which is the version that gave it, or the text of the refusal."""
        try:
            return float(self.predict(x, key, version, client).outputs["y"][0]) - x
        except ServingError as error:
            return str(error)

    def predict(
        self, x: float, key: str, version: int | str | None = None, client: bytes | None = None
    ) -> Prediction:
        inputs = {"x": np.array([x])} | ({} if client is None else {"client": np.array([client], object)})
        return self.predictor.predict(
            "m",
            version,
            SIGNATURE.name,
            lambda _: inputs,
            Client("REST", lambda name: key if name == "x-key" else ""),
        )

    def stop(self) -> None:
        self.predictor.stop(30)
        self.rollouts.stop()
        self.follower.stop()

    def kill(self) -> None:
        """Ends as a killed process does: its lock is free, and nothing more is written."""
        self.files.close()
        self.follower.stop()

"""What an observer of requests is told: by a predictor of a real model, without a server."""

from collections.abc import Iterator

import numpy as np
import pytest

from serving.errors import InvalidRequestError
from serving.models.follower import Follower
from serving.models.highest_number import HighestNumber
from serving.models.model import ServableModel
from serving.models.versions import ModelVersions
from serving.server.predictor import Predictor
from serving.traffic.record import RequestRecord
from tests.serving.servable_samples import expected_score, write_scorer

ROW = {"distance": np.array([3], np.float32), "hour": np.array([7], np.int64)}


class Noted:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.records: list[RequestRecord] = []

    def answered(self, record: RequestRecord) -> None:
        self.records.append(record)


class Broken:
    def answered(self, record: RequestRecord) -> None:
        raise OSError(f"no space for version {record.version}")


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModelVersions[ServableModel]]:
    base = tmp_path_factory.mktemp("m")
    write_scorer(base / "4")
    follower = Follower("m", HighestNumber(base), lambda folder, _: ServableModel(folder))
    follower.poll()
    yield ModelVersions(follower)
    follower.stop()


def test_an_answer_is_told_with_what_was_asked_and_what_the_model_took(versions: ModelVersions) -> None:
    noted = Noted()
    Predictor(versions, (Broken(), noted)).predict("m", None, "serving_default", lambda _: ROW)
    Predictor(versions, (noted,)).predict("m", 4, "serving_default", lambda _: ROW)
    first, named = noted.records
    assert (first.version, first.variant, named.variant) == (4, "champion", "explicit")
    assert (first.status, first.code, first.error, first.rows, first.failed) == (200, "OK", "", 1, False)
    assert (first.inputs, first.outputs) == (ROW, {"probability": np.float32(expected_score(3, 7))})
    assert 0 < first.seconds < 30


@pytest.mark.parametrize(
    ("raised", "status", "code", "failed"),
    [(InvalidRequestError("bad"), 400, "INVALID_ARGUMENT", False), (KeyError("bug"), 500, "INTERNAL", True)],
)
def test_a_failure_is_told_with_the_status_that_the_client_gets(
    versions: ModelVersions, raised: Exception, status: int, code: str, failed: bool
) -> None:
    def refuse(_: object) -> None:
        raise raised

    noted = Noted()
    with pytest.raises(type(raised)):
        Predictor(versions, (noted,)).predict("m", None, "serving_default", refuse)
    (record,) = noted.records
    assert (record.status, record.code, record.failed, record.rows) == (status, code, failed, 0)
    assert str(raised) == record.error


def test_what_the_model_refuses_is_told_with_its_inputs(versions: ModelVersions) -> None:
    noted = Noted()
    wrong = {"distance": ROW["distance"]}
    with pytest.raises(InvalidRequestError, match="missing input"):
        Predictor(versions, (noted,)).predict("m", None, "serving_default", lambda _: wrong)
    assert noted.records[0].inputs == wrong
    assert (noted.records[0].outputs, noted.records[0].rows) == ({}, 1)

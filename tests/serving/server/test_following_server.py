"""A running server serves exactly what serving.json names, checks its files, and goes back at once."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import tensorflow as tf
from tensorflow_serving.apis.get_model_metadata_pb2 import GetModelMetadataRequest
from tensorflow_serving.apis.predict_pb2 import PredictRequest

from components.model_files.folder import record_of
from serving.models import served_file
from serving.models.model import ServableModel
from tests.serving.models.served_names import name_versions
from tests.serving.servable_samples import expected_score, write_large, write_scorer
from tests.serving.server.following_server import FollowingServer, following_server

NEVER = 3600.0  # seconds between two looks: what happens, a request does
# What version 1, 2 and 3 answer.
ONE, TWO, THREE = (expected_score(3, 7, weight=float(number)) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three versions that answer differently."""
    base = tmp_path_factory.mktemp("released")
    for number in (1, 2, 3):
        write_scorer(base / str(number), weight=float(number))
    return base


@pytest.fixture(scope="module")
def files(released: Path) -> dict[int, str]:
    """The records of their files, by number."""
    return {number: record_of(str(released / str(number))) for number in (1, 2, 3)}


@pytest.fixture(scope="module")
def base(released: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the versions, beside which no file is yet; a test that damages one repairs it."""
    return Path(shutil.copytree(released, tmp_path_factory.mktemp("served") / "m"))


@pytest.fixture(scope="module")
def server(base: Path) -> Iterator[FollowingServer]:
    """A server of these that looks often."""
    with following_server(base, 0.05, base.with_name("log")) as running:
        yield running


@pytest.fixture
def name(base: Path, files: dict[int, str]) -> Callable[..., object]:
    """Names versions of the server by label."""
    return lambda **labelled: name_versions(base, "m", files, **labelled)


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Traffic:
    """Asks a server by REST and gRPC from several threads, as long as the block lasts."""

    def __init__(self, server: FollowingServer) -> None:
        self._server = server
        self._stop = threading.Event()
        self.answers: list[object] = []

    def _by_rest(self) -> None:
        while not self._stop.is_set():
            self.answers.append(self._server.answer())

    def _by_grpc(self) -> None:
        while not self._stop.is_set():
            self.answers.append(by_grpc(self._server))

    def __enter__(self) -> "Traffic":
        self._threads = [threading.Thread(target=ask) for ask in (self._by_rest, self._by_grpc) * 2]
        for thread in self._threads:
            thread.start()
        wait_until(lambda: len(self.answers) > 50)
        return self

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def grpc_request(label: str = "", number: int | None = None) -> PredictRequest:
    message = PredictRequest()
    message.model_spec.name = "m"
    if number is not None:
        message.model_spec.version.value = number
    elif label:
        message.model_spec.version_label = label
    message.inputs["distance"].CopyFrom(tf.make_tensor_proto(np.array([3], np.float32)))
    message.inputs["hour"].CopyFrom(tf.make_tensor_proto(np.array([7], np.int64)))
    return message


def by_grpc(server: FollowingServer, label: str = "", number: int | None = None) -> object:
    """Returns the same score by gRPC, or the code of the refusal."""
    try:
        answer = server.prediction.Predict(grpc_request(label, number), timeout=60)
    except grpc.RpcError as refused:
        return refused.code().name
    return answer.outputs["probability"].float_val[0]


def test_going_back_under_load_loses_no_request_loads_nothing_and_holds_for_the_next_one(
    released: Path, files: dict[int, str], tmp_path: Path
) -> None:
    """The server never looks by itself, and the folders are gone: what answers was loaded before."""
    base = Path(shutil.copytree(released, tmp_path / "m"))

    def name(**labelled: int) -> None:
        name_versions(base, "m", files, **labelled)

    name(champion=2, previous=1)
    with following_server(base, NEVER, tmp_path / "log") as server:
        assert (server.subject, server.answer()) == ("version 2", TWO)
        for number in ("1", "2"):
            shutil.rmtree(base / number)
        with Traffic(server) as traffic:
            for _ in range(25):
                name(champion=1)
                assert (server.answer(), by_grpc(server)) == (ONE, ONE)
                assert (server.answer("/versions/2"), by_grpc(server, number=2)) == (
                    "404 Servable not found for request: Specific(m, 2)",
                    "NOT_FOUND",
                )
                name(champion=2, previous=1)
                assert (server.answer(), by_grpc(server)) == (TWO, TWO)
        assert set(traffic.answers) == {ONE, TWO}
        assert (server.state(1), server.state(2)) == (("AVAILABLE", ""), ("AVAILABLE", ""))
    assert (tmp_path / "log").read_text() == ""


def test_labels_and_numbers_answer_by_rest_and_grpc(name: Callable, server: FollowingServer) -> None:
    name(champion=2, previous=1)
    wait_until(lambda: (server.answer(), server.answer("/labels/previous")) == (TWO, ONE))
    expected = {"champion": TWO, "previous": ONE}
    assert {label: server.answer(f"/labels/{label}") for label in expected} == expected
    assert {label: by_grpc(server, label) for label in expected} == expected
    assert (server.answer("/versions/1"), by_grpc(server, number=1)) == (ONE, ONE)
    unknown = "400 Unrecognized servable version label: best"
    assert (server.answer("/labels/best"), by_grpc(server, "best")) == (unknown, "INVALID_ARGUMENT")
    empty = grpc_request()
    empty.model_spec.version_label = ""
    with pytest.raises(grpc.RpcError, match="Unrecognized servable version label"):
        server.prediction.Predict(empty, timeout=60)
    assert server.ask("GET", "/versions/%D9%A1")[0] == 400  # a digit elsewhere, and no number here
    # 3 lies in the folder, whole, and is not named.
    assert by_grpc(server, number=3) == "NOT_FOUND"
    assert server.answer("/versions/3") == "404 Servable not found for request: Specific(m, 3)"
    assert server.ask("GET", "/versions/3")[0] == 404

    status, metadata = server.ask("GET", "/labels/previous/metadata")
    assert (status, metadata["model_spec"]["version"]) == (200, "1")
    asked = GetModelMetadataRequest(metadata_field=["signature_def"])
    asked.model_spec.name, asked.model_spec.version_label = "m", "previous"
    assert server.prediction.GetModelMetadata(asked, timeout=60).model_spec.version.value == 1
    status, found = server.ask("GET", "/labels/champion")
    assert [entry["version"] for entry in found["model_version_status"]] == ["2"]


def test_a_version_that_lost_half_of_its_vocabulary_is_refused_until_it_is_whole(
    base: Path, name: Callable, server: FollowingServer
) -> None:
    """TensorFlow loads it without a word: only its table knows fewer carriers."""
    vocabulary = base / "2" / "assets" / "carriers"
    whole = vocabulary.read_bytes()
    vocabulary.write_bytes(whole[: len(whole) // 2])
    ServableModel(base / "2").close()
    name(champion=1)
    wait_until(lambda: server.answer() == ONE)
    with Traffic(server) as traffic:
        name(champion=2, previous=1)
        why = f"assets/carriers has {len(whole) // 2} bytes, and had {len(whole)}"
        wait_until(lambda: why in server.state(2)[1])
        assert server.state(2)[0] == "END"
        assert (server.answer(), server.answer("/versions/2")[:3]) == (ONE, "404")
        assert server.log.read_text().count("version 2 of m failed to load") == 1
        vocabulary.write_bytes(whole)
        wait_until(lambda: server.answer() == TWO)
    assert set(traffic.answers) == {ONE, TWO}


def test_files_that_do_not_say_what_serves_change_nothing(
    base: Path, name: Callable, server: FollowingServer
) -> None:
    name(champion=1)
    wait_until(lambda: server.answer() == ONE)
    path = served_file.path_in(base)
    good, said_before = path.read_text(), len(server.log.read_text())
    stale = good.replace('"number": 1', '"number": 9').replace('"1.0.1"', '"1.0.9"')
    others = good.replace('"model": "m"', '"model": "n"')
    (base / ".serving.json.half").write_text(good[: len(good) // 2])
    for count, content in enumerate(("", good[: len(good) // 2], stale, others, "\x00\xff", None), start=1):
        if content is None:
            path.unlink()
        else:
            path.with_name("written").write_text(content, encoding="latin-1")
            path.with_name("written").rename(path)
        wait_until(lambda count=count: len(server.log.read_text()[said_before:].splitlines()) >= count)
        assert (server.answer(), by_grpc(server)) == (ONE, ONE), content
    said = server.log.read_text()[said_before:].splitlines()
    assert all(line.endswith("version 1 goes on") for line in said), said
    name(champion=2)
    wait_until(lambda: server.answer() == TWO)


def test_it_starts_without_a_file_and_where_none_is_named_nothing_serves(
    base: Path, name: Callable, server: FollowingServer
) -> None:
    assert server.subject == f"as soon as {base}/serving.json names a version"
    name(champion=2)
    wait_until(lambda: server.answer() == TWO)
    name()
    assert server.answer() == "404 Servable not found for request: Latest(m)"
    assert by_grpc(server) == "NOT_FOUND"


def test_the_memory_of_versions_that_are_named_no_more_is_freed(tmp_path: Path) -> None:
    """Ten versions of 64 MB each come and go; two stay loaded, and a third while it is being loaded."""
    base = tmp_path / "m"
    write_large(base / "1", megabytes=64)
    for number in range(2, 11):
        shutil.copytree(base / "1", base / str(number))
    name_versions(base, "m", champion=1)
    with following_server(base, 0.05, tmp_path / "log") as server:
        before = resident_mb(server.pid)
        for number in range(2, 11):
            name_versions(base, "m", champion=number, previous=number - 1)
            wait_until(lambda number=number: server.state(number)[0] == "AVAILABLE")
        wait_until(lambda: server.state(8)[0] == "END")
        assert resident_mb(server.pid) - before < 3 * 64


def resident_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * 4096 / 2**20

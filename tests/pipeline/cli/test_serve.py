"""What `evergreen serve` serves, and what it says before."""

import http.client
import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from components.model_files.folder import record_of
from monitoring import logged_requests
from pipeline.cli.commands import evergreen
from pipeline.cli.serve import _given, _serves_elsewhere, _settings, _shown
from pipeline.config.load import load
from pipeline.errors import UserError
from pipeline.lineage.events import State, decided
from pipeline.lineage.rollouts import rollouts_of
from serving.models import served_file
from serving.models.follower import Follower
from serving.models.given_versions import GivenVersions
from serving.models.served_file import ServedEntry, ServedFile
from serving.server.settings import ServerSettings
from tests.pipeline.lineage import registries
from tests.pipeline.lineage.told_models import move, rolled, version
from tests.serving.models.fake_model import load_fake, release, served

COMMAND = Path(sys.executable).with_name("evergreen")


def test_the_command_follows_the_registry_and_compares_files_with_their_record(tmp_path: Path):
    """Though a higher number lies in the folder, and though what it is told to serve next would load.

    A candidate of a rollout with other files is turned back, and that is on record.
    """
    from tests.serving.servable_samples import write_scorer  # TensorFlow, which the other tests do not need

    root = tmp_path / "root"
    folders = {number: write_scorer(root / "models" / "flights" / str(number)) for number in (1, 2, 3)}
    registries.begin("mlmd", str(root))
    for number, folder in folders.items():
        registries.record_release(root, version(number, files=record_of(str(folder))))
    registry = registries.open_registry("mlmd", str(root))
    registry.append(decided("1.0.1", State.LIVE, reason="good", who="Ada"))
    for number, carriers in ((2, "UA\t1.0\n"), (3, "UA\t1.0\nZZ\t9.9\n")):  # shorter, and changed
        (folders[number] / "assets" / "carriers").write_text(carriers)
    logged = ["--set", "request_log.enabled=true", "--set", "request_log.sample=1"]
    options = ["--rest_api_port", "0", "--port", "0", "--set", f"root={root}", *logged]
    with subprocess.Popen([str(COMMAND), "serve", *options], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            ready = re.match(r"serving flights version 1: REST http://([^/]+)/", server.stdout.readline())
            assert ready
            registry.append(decided("1.0.2", State.LIVE, reason="better", who="Ada"))
            deadline = time.monotonic() + 60
            while (state := _status(ready[1], 2)).get("state") != "END":
                assert time.monotonic() < deadline, state
                time.sleep(0.1)
            assert "assets/carriers has 7 bytes, and had 14" in state["status"]["error_message"]
            assert _status(ready[1], 1)["state"] == "AVAILABLE"
            registry.append(move(State.LIVE, "1.0.1", 1), rolled(State.CANARY, "1.0.3", 2, stage=1))
            while (found := registry.read().state("1.0.3")) is not State.QUARANTINED:
                assert time.monotonic() < deadline, found
                time.sleep(0.1)
            (rollout,) = rollouts_of(registry.read())
            assert "errors: version 3 cannot be loaded" in rollout.end.reason
            assert _status(ready[1], 1)["state"] == "AVAILABLE"
            assert _ask(ready[1], {"distance": 3.0, "hour": 7}) == (200, {"predictions": [11.0]})
            assert _ask(ready[1], {"distance": "x", "hour": 7})[0] == 400
            metrics = f"http://{ready[1]}/metrics"
            while b'evergreen_request_log_total{outcome="written"} 2.0' not in urlopen(metrics).read():
                assert time.monotonic() < deadline
                time.sleep(0.1)
            answer = CliRunner().invoke(evergreen, ["traffic", "compact", "--set", f"root={root}"])
            assert "compacted 0 files: 0 rows" in answer.output
            assert "open      1 file still written to; one is closed at 64 MB, after 3600 s" in answer.output
        finally:
            server.terminate()
    answer = CliRunner().invoke(evergreen, ["traffic", "compact", "--set", f"root={root}"])
    assert answer.output.startswith("compacted 1 file: 2 rows")
    days = root / "requests" / "days"
    columns = ("distance", "answer.probability", "request.version", "request.status")
    table = logged_requests.read(days, logged_requests.days(days), columns, failed=True)
    assert sorted(table.to_pylist(), key=str) == [
        dict(zip(columns, row, strict=True)) for row in ((3, 11.0, 1, 200), (None, None, 1, 400))
    ]


def _ask(address: str, row: dict) -> tuple[int, dict]:
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("POST", "/v1/models/flights:predict", json.dumps({"instances": [row]}))
    answer = connection.getresponse()
    found = answer.status, json.loads(answer.read())
    connection.close()
    return found


@pytest.fixture
def old_root(tmp_path: Path) -> Path:
    """A root of an earlier version, without the file that says what serves; where no lock can be made."""
    for number in (1, 2):
        registries.record_release(tmp_path, version(number))
        (tmp_path / "models" / "flights").mkdir(parents=True, exist_ok=True)
        release(tmp_path / "models" / "flights", str(number))
    (tmp_path / "registry.lock").mkdir()  # as on a disk that is read only, opening it to write fails
    return tmp_path


def test_a_root_of_an_earlier_version_that_cannot_be_written_is_served_as_it_is_on_record(
    old_root: Path, capsys: pytest.CaptureFixture
):
    models = old_root / "models" / "flights"
    given = _given(registries.open_registry("mlmd", str(old_root)), models)
    (warning,) = capsys.readouterr().err.splitlines()
    assert warning == (
        f"evergreen: warning: {old_root}/registry.lock cannot be written (Is a directory), so nothing can be "
        f"decided here; make {old_root} writable; 1.0.2 serves, as is on record now, and no later decision "
        "reaches this server"
    )
    follower = Follower("m", GivenVersions(models, given), load_fake)
    follower.poll()
    assert [served(follower, asked) for asked in (None, "champion", "previous")] == [2, 2, 1]
    assert not served_file.path_in(models).exists()


def test_where_the_file_cannot_be_put_right_it_is_followed_as_it_is(
    old_root: Path, capsys: pytest.CaptureFixture
):
    registry, models = registries.open_registry("mlmd", str(old_root)), old_root / "models" / "flights"
    served_file.write(models, ServedFile("flights"))
    assert _given(registry, models) is None
    assert capsys.readouterr().err.endswith(f"; {served_file.path_in(models)} is followed as it is\n")
    with pytest.raises(UserError, match=r"registry\.lock cannot be written"):
        _given(registry, models.with_name("ships"))


def test_the_server_has_the_configured_settings_unless_an_option_says_otherwise():
    configured = {
        "rest_port": "1",
        "grpc_port": "2",
        "max_in_flight": "3",
        "keep_alive_s": "4",
        "drain_s": "5",
    }
    config = load("local", {f"serving.{name}": value for name, value in configured.items()})
    expected = ServerSettings(
        "flights",
        Path("models"),
        rest_api_port=1,
        port=2,
        follow=True,
        max_in_flight=3,
        keep_alive_seconds=4,
        drain_seconds=5,
    )
    assert _settings(config, Path("models"), None, None, None) == expected
    other = replace(expected, host="0.0.0.0", rest_api_port=0, port=0)
    assert _settings(config, Path("models"), "0.0.0.0", 0, 0) == other


def test_a_setting_that_is_not_configured_is_the_servers_own_default():
    """Two lists of defaults say the same."""
    plain = ServerSettings("flights", Path("models"), follow=True)
    assert _settings(load("local"), Path("models"), None, None, None) == plain


def _status(address: str, version: int) -> dict:
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.request("GET", f"/v1/models/flights/versions/{version}")
    answer = json.loads(connection.getresponse().read())
    connection.close()
    return answer.get("model_version_status", [{}])[0]


@pytest.mark.parametrize(
    ("served", "said"),
    [
        ({}, None),
        ({"flights": {"champion": 2}}, None),
        ({"flights": {"champion": 2}, "late-flights": {"former": 1}}, None),
        (
            {"flights": {"former": 1}, "late-flights": {"champion": 2}},
            "by the name 'flights' 1.0.1, which was live last under it, goes on; "
            "the champion of this deployment is 1.0.2 of 'late-flights'",
        ),
        (
            {"flights": {}, "late-flights": {"champion": 2}},
            "by the name 'flights' nothing serves; "
            "the champion of this deployment is 1.0.2 of 'late-flights'",
        ),
        (
            {"late-flights": {"champion": 2}},
            "by the name 'flights' nothing serves; "
            "the champion of this deployment is 1.0.2 of 'late-flights'",
        ),
    ],
    ids=["no file", "alone", "both", "renamed", "named nothing", "no file of its own"],
)
def test_where_another_name_has_the_champion_it_is_said(
    tmp_path: Path, served: dict[str, dict[str, int]], said: str | None
):
    (tmp_path / "flights").mkdir()
    (tmp_path / ".given").mkdir()
    for name, labelled in served.items():
        entries = (
            ServedEntry(number, f"1.0.{number}", (label,) if label == "champion" else (), 1.0, "")
            for label, number in labelled.items()
        )
        served_file.write(tmp_path / name, ServedFile(name, tuple(entries)))
    assert _serves_elsewhere(tmp_path / "flights") == said


@pytest.mark.parametrize(
    ("answer", "line"),
    [
        (0.25, "0.250000"),
        (0, "0.000000"),
        (1, "1.000000"),
        (-0.5, "-0.5"),
        (1234567.25, "1234567"),
        (["a", "b"], '["a", "b"]'),
    ],
)
def test_an_answer_is_a_line_whatever_the_task(answer: object, line: str):
    assert _shown(answer) == line

"""The command's manners: quick help, exit codes 0 1 2, one clear line and never a traceback."""

import datetime as dt
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pipeline.cli.commands import evergreen
from pipeline.cli.main import INTERRUPTED, _exit_code
from pipeline.config import load as config
from pipeline.errors import ConfigError
from pipeline.runners.workspace import Workspace
from tests.foreign_server import answering, http_answer

COMMAND = Path(sys.executable).with_name("evergreen")
HEAVY = {"tensorflow", "tfx", "pandas", "pyarrow", "numpy", "ml_metadata", "apache_beam", "keras", "sklearn"}
COMMANDS = sorted(evergreen.commands)


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(COMMAND), *arguments],
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def ended(*arguments: str) -> subprocess.CompletedProcess[str]:
    """How a command ends, in this process: a start takes longer than most commands."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", [str(COMMAND), *arguments])
        code = _exit_code()
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def refused(
    code: int, *arguments: str, ending: Callable[..., subprocess.CompletedProcess[str]] = ended
) -> str:
    """The one line that a command ends with."""
    done = ending(*arguments)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert done.stderr.endswith("\n")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr.strip()


class TestHelp:
    def test_help_imports_nothing_heavy(self):
        """Of no command; in one process, and so the first that imports something is named."""
        program = (
            "import json, sys\n"
            "from pipeline.cli.main import _exit_code\n"
            "for command in ([], *([name] for name in sys.argv[1:])):\n"
            "    sys.argv = ['evergreen', *command, '--help']\n"
            "    code = _exit_code()\n"
            "    print(json.dumps([command, code, sorted({name.split('.')[0] for name in sys.modules})]))\n"
        )
        done = subprocess.run([sys.executable, "-c", program, *COMMANDS], capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.count("Usage: evergreen") == len(COMMANDS) + 1
        said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("[[")]
        assert [(command, code) for command, code, _ in said] == [([], 0), *(([n], 0) for n in COMMANDS)]
        assert [(command, {*imported} & HEAVY) for command, _, imported in said if {*imported} & HEAVY] == []

    def test_help_of_the_command_is_printed(self):
        done = run("run", "--help", PYTHONPROFILEIMPORTTIME="1")
        assert (done.returncode, done.stdout[:20]) == (0, "Usage: evergreen run")
        imported = {line.rsplit("|", 1)[-1].strip().split(".")[0] for line in done.stderr.splitlines()}
        assert "pipeline" in imported
        assert not imported & HEAVY

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_command_says_its_effect_and_an_example(self, name: str):
        text = evergreen.commands[name].help
        assert re.match(r"[A-Z][^.]+[.:]", text)
        assert re.search(rf"Example:\s+evergreen {name}\b", text)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_every_option_is_explained(self, name: str):
        options = [p for p in evergreen.commands[name].params if p.param_type_name == "option"]
        assert [option.name for option in options if not option.help] == []


class TestUsage:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["runz"], "Error: No such command 'runz'. (Did you mean one of: 'run', 'runs'?)"),
            (["run", "--untl", "2013-01-31"], "Error: No such option '--untl'. Did you mean '--until'?"),
            (
                ["run", "--until", "2013-02-30"],
                "Error: Invalid value for '--until': '2013-02-30' is no day of the calendar written "
                "YYYY-MM-DD, as in 2013-01-31.",
            ),
            (["lineage"], "Error: Missing argument 'MODEL'."),
            (["predict", "gone.csv"], "Error: Invalid value for 'ROWS': File 'gone.csv' does not exist."),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_a_mistake_of_usage_is_named_in_the_last_line_and_ends_with_2(self, arguments, message):
        done = ended(*arguments)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.splitlines()[-1] == message
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "written",
    ["2013-2-1", "20130201", "2013-02-30", "2013-02-01 ", "2013-W05-5", "٢٠١٣-٠٢-٠١", "1 Feb 2013", ""],
)
@pytest.mark.parametrize("command", ["run", "check", "compile", "submit"])
def test_until_is_written_in_one_way(command: str, written: str):
    done = CliRunner().invoke(evergreen, [command, "--until", written])
    assert done.exit_code == 2
    assert f"{written!r} is no day of the calendar written YYYY-MM-DD, as in 2013-01-31." in done.output


class TestReason:
    @pytest.mark.parametrize("reason", ["", "  ", "\n", "a\nb"], ids=ascii)
    @pytest.mark.parametrize(
        "command",
        [
            ["run"],
            ["run", "--runner", "vertex-local", "--config", "prod"],
            ["compile", "--config", "prod"],
            ["check", "--config", "prod"],
            ["submit", "--config", "prod"],
        ],
        ids=" ".join,
    )
    def test_every_command_refuses_a_reason_that_says_nothing(self, command: list[str], reason: str):
        result = CliRunner().invoke(evergreen, [*command, "--ignore-champion", reason], standalone_mode=False)
        assert isinstance(result.exception, ConfigError)
        assert str(result.exception).startswith("--ignore-champion: ")

    def test_it_ends_with_2_and_writes_nothing(self, tmp_path: Path):
        root = tmp_path / "root"
        line = refused(2, "run", "--ignore-champion", " ", "--set", f"root={root}")
        assert line == "evergreen: --ignore-champion: ' ' is no reason; say why in a few words"
        assert not root.exists()


class TestConfiguration:
    @pytest.mark.parametrize(
        "command", [["run"], ["runs"], ["lineage", "champion"], ["serve"], ["config"]], ids=str
    )
    def test_every_command_refuses_a_faulty_configuration_with_one_line_and_2(self, command: list[str]):
        line = refused(2, *command, "--set", "window.dayz=30", ending=run if command == ["runs"] else ended)
        assert re.fullmatch(r"evergreen: --set: unknown key 'window\.dayz' \(did you mean 'days'\?\).*", line)

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (
                ["--config", "locl"],
                "evergreen: no configuration named 'locl' (did you mean 'local'?); there are",
            ),
            (
                ["--config", "./gone.yaml"],
                "evergreen: no configuration file at './gone.yaml'; give an existing",
            ),
            (
                ["--set", "window.days"],
                "evergreen: --set window.days: expected KEY=VALUE, as in --set window",
            ),
            (
                ["--set", "windw.days=3"],
                "evergreen: --set windw.days: no section 'windw' (did you mean 'window'?)",
            ),
        ],
        ids=lambda value: " ".join(value) if isinstance(value, list) else "",
    )
    def test_a_configuration_that_cannot_be_read_ends_with_one_line_and_2(
        self, arguments, message, tmp_path, monkeypatch
    ):
        monkeypatch.chdir(tmp_path)
        assert refused(2, "config", *arguments).startswith(message)

    def test_what_config_prints_is_the_configuration_that_would_be_used(self, tmp_path: Path):
        done = run("config", "--set", "window.days=30", "--set", f"root={tmp_path}")
        assert (done.returncode, done.stderr) == (0, "")
        printed = config.parse(yaml.safe_load(done.stdout))
        assert printed == config.load("local", {"window.days": "30", "root": str(tmp_path)})

    def test_an_equals_sign_may_stand_in_a_value(self):
        done = ended("config", "--set", "root=a=b")
        assert yaml.safe_load(done.stdout)["root"] == "a=b"


def test_output_that_cannot_be_written_is_one_line_and_1():
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [str(COMMAND), "config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr) == (1, "evergreen: No space left on device\n")


def test_a_reader_that_has_gone_is_no_error_to_speak_of():
    """As with `evergreen runs | head -1`."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as gone:
        done = subprocess.run([str(COMMAND), "config"], stdout=gone, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (1, b"")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_is_no_error(closed: str, tmp_path: Path):
    """Nor does a file that is opened next receive what was meant for it."""
    command = f"{COMMAND} runs --set root={tmp_path / 'root'} {closed}"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"PYTHONIOENCODING": "utf-16"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},  # the name cannot be read either
    ],
    ids=str,
)
def test_a_name_in_any_script_is_in_one_line_whatever_the_terminal_can_show(environment, tmp_path: Path):
    done = subprocess.run(
        [
            str(COMMAND),
            "run",
            "--set",
            f"data.source={tmp_path}/日本 é",
            "--set",
            f"root={tmp_path / 'root'}",
        ],
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )
    line = done.stderr.decode(environment.get("PYTHONIOENCODING", "utf-8"), errors="replace")
    assert (done.returncode, done.stdout) == (2, b"")
    assert line.startswith("evergreen: ")
    assert f"{tmp_path}/" in line
    assert line.count("\n") == 1


class TestSignals:
    """Real signals, while `evergreen predict` waits for a server that never answers."""

    @pytest.fixture
    def waiting(self, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
        (tmp_path / "rows.csv").write_text("late\n1\n")
        with socket.create_server(("127.0.0.1", 0)) as server:
            url = f"http://127.0.0.1:{server.getsockname()[1]}"
            command = [str(COMMAND), "predict", str(tmp_path / "rows.csv"), "--url", url]
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ) as process:
                server.settimeout(60)
                with server.accept()[0]:
                    yield process
                process.kill()

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_each_ends_a_command_with_one_line_and_1(self, waiting: subprocess.Popen[str], number: int):
        waiting.send_signal(number)
        out, err = waiting.communicate(timeout=30)
        assert (waiting.returncode, out, err.strip()) == (1, "", INTERRUPTED)


class TestEmptyWorkspace:
    @pytest.fixture
    def here(self, tmp_path: Path) -> list[str]:
        return ["--set", f"root={tmp_path / 'root'}"]

    def test_there_are_no_runs_and_looking_leaves_no_trace(self, here: list[str], tmp_path: Path):
        done = ended("runs", *here)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"no runs yet in {tmp_path}/root; start one with `evergreen run`\n"
        assert list(tmp_path.iterdir()) == []

    def test_for_machines_no_runs_is_an_empty_list(self, here: list[str]):
        assert json.loads(ended("runs", "--json", *here).stdout) == []

    @pytest.mark.parametrize("model", ["champion", "1.0.1"])
    def test_no_model_has_a_lineage(self, here: list[str], model: str):
        line = refused(1, "lineage", model, *here)
        assert line == f"evergreen: no model '{model}' is registered; registered: none yet"

    def test_there_is_nothing_to_serve(self, here: list[str], tmp_path: Path):
        assert refused(1, "serve", *here) == (
            f"evergreen: nothing has been released to {tmp_path}/root/models/flights yet; "
            "start a run with `evergreen run`"
        )

    def test_after_a_rename_it_is_said_by_which_names_models_were_released(
        self, here: list[str], tmp_path: Path
    ):
        for number in ("1", "2"):
            (tmp_path / "root" / "models" / "flights" / number).mkdir(parents=True)
            (tmp_path / "root" / "models" / "flights" / number / "saved_model.pb").touch()
        for nothing in (".given/7", "empty", "late-flights"):
            (tmp_path / "root" / "models" / nothing).mkdir(parents=True)
        said = (
            f"nothing has been released to {tmp_path}/root/models/late-flights yet "
            "(model.name is 'late-flights'; released here: flights)"
        )
        line = refused(1, "serve", *here, "--set", "model.name=late-flights")
        assert line == f"evergreen: {said}; start a run with `evergreen run`"

        (tmp_path / "rows.csv").write_text("x\n1\n")
        unknown = http_answer("404 Not Found", json.dumps({"error": "Latest(late-flights)"}).encode())
        with answering(unknown) as address:
            ask = ("predict", str(tmp_path / "rows.csv"), "--url", f"http://{address}", *here)
            line = refused(1, *ask, "--set", "model.name=late-flights")
            assert line == (
                f"evergreen: the model server at http://{address} refused: Latest(late-flights); {said}"
            )
            assert refused(1, *ask).endswith("Latest(late-flights)")

    def test_an_answer_of_several_values_is_a_line_of_json(self, here: list[str], tmp_path: Path):
        (tmp_path / "rows.csv").write_text("x\n1\n")
        inputs = {"x": {"name": "x:0", "dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}]}}}
        signatures = {"signature_def": {"serving_default": {"inputs": inputs}}}
        answer = {"prediction": "spät", "probabilities": [0.25, 0.75]}
        values = {"metadata": {"signature_def": signatures}, "predictions": [answer]}
        with answering(http_answer("200 OK", json.dumps(values).encode())) as address:
            done = run("predict", str(tmp_path / "rows.csv"), "--url", f"http://{address}", *here)
        assert done.stdout == '{"prediction": "spät", "probabilities": [0.25, 0.75]}\n', done.stderr

    def test_a_store_that_was_begun_and_not_written_has_no_runs(self, here: list[str], tmp_path: Path):
        (tmp_path / "root").mkdir()
        (tmp_path / "root" / "metadata.sqlite").touch()
        assert (
            ended("runs", *here).stdout == f"no runs yet in {tmp_path}/root; start one with `evergreen run`\n"
        )

    def test_a_damaged_store_is_named(self, here: list[str], tmp_path: Path):
        (tmp_path / "root").mkdir()
        (tmp_path / "root" / "metadata.sqlite").write_bytes(b"this is no database" * 100)
        assert refused(1, "runs", *here, ending=run) == (
            f"evergreen: {tmp_path}/root/metadata.sqlite: it is not a store of ML Metadata "
            "(file is not a database); restore it from a copy, or set root to another folder"
        )


class TestRunThatCannotStart:
    def start(self, tmp_path: Path, *arguments: str, code: int = 1) -> str:
        places = ("--set", f"root={tmp_path / 'root'}", "--set", f"data.source={tmp_path / 'data'}")
        return refused(code, "run", *places, *arguments)

    def write_days(self, folder: Path, *days: str) -> None:
        folder.mkdir()
        for day in days:
            (folder / f"{day}.csv").write_text("late\n1\n")

    def test_without_a_data_folder_it_says_where_it_looked(self, tmp_path: Path):
        assert self.start(tmp_path, code=2) == (
            f"evergreen: no data folder at {tmp_path}/data; set data.source to the folder of your daily "
            "files (`make data` writes the sample)"
        )

    def test_without_spans_it_says_what_files_it_expects(self, tmp_path: Path):
        self.write_days(tmp_path / "data")
        assert self.start(tmp_path) == (
            f"evergreen: {tmp_path}/data holds no span; expected files named like 2013-01-31.csv"
        )

    def test_a_window_that_the_data_does_not_fill_is_named(self, tmp_path: Path):
        self.write_days(tmp_path / "data", "2013-01-01", "2013-01-03")
        values = ("window.days=3", "window.eval_days=1", "training.validation_days=1")
        window = [part for value in values for part in ("--set", value)]
        assert "has no data for 1 of its 3 days (first 2013-01-02)" in self.start(tmp_path, *window)

    def test_a_folder_that_cannot_be_written_is_named(self, tmp_path: Path):
        (tmp_path / "root").write_text("a file in the way")
        assert self.start(tmp_path, code=2) == (
            f"evergreen: --set: root: '{tmp_path}/root' is a file; set root to a folder"
        )

    def three_days(self, tmp_path: Path) -> list[str]:
        """Data that is right, and the window that it fills."""
        self.write_days(tmp_path / "data", "2013-01-01", "2013-01-02", "2013-01-03")
        values = ("window.days=3", "window.eval_days=1", "training.validation_days=1")
        return [part for value in values for part in ("--set", value)]

    def test_a_second_run_says_which_process_holds_the_workspace(self, tmp_path: Path):
        workspace = Workspace(tmp_path / "root")
        workspace.prepare()
        with workspace.lock():
            line = self.start(tmp_path, *self.three_days(tmp_path))
        assert line.startswith(
            f"evergreen: a run is already using {tmp_path}/root (process {os.getpid()}); wait"
        )

    def test_until_after_the_data_is_refused_and_makes_nothing(self, tmp_path: Path):
        three = self.three_days(tmp_path)
        assert self.start(tmp_path, *three, "--until", "2999-01-01", code=2).startswith(
            "evergreen: there is no data for 2999-01-01; the newest day before it is 2013-01-03, "
        )
        assert not (tmp_path / "root").exists()

    def test_the_newest_day_that_cannot_be_used_is_named(self, tmp_path: Path):
        three = self.three_days(tmp_path)
        (tmp_path / "data" / "2013-01-03.csv").rename(tmp_path / "data" / "2013-01-03.CSV")
        assert "left out: 2013-01-03.CSV (rename it to 2013-01-03.csv)" in self.start(tmp_path, *three)

    def test_it_makes_nothing(self, tmp_path: Path):
        self.start(tmp_path, code=2)
        assert not (tmp_path / "root").exists()


class TestLostRecord:
    def test_a_root_whose_record_is_gone_starts_no_run_beside_the_old_artifacts(self, tmp_path: Path):
        """Numbers of executions would begin anew, in folders that exist."""
        root = tmp_path / "root"
        (root / "artifacts" / "Trainer").mkdir(parents=True)
        line = refused(1, "run", "--set", f"root={root}", "--set", f"data.source={a_year(tmp_path)}")
        assert line == (
            f"evergreen: {root} has artifacts of runs and no record of them, metadata.sqlite; "
            "put the file back, or take another root"
        )


def a_year(folder: Path) -> Path:
    """A folder with a file for each day; no run gets so far as to read one."""
    days = folder / "days"
    days.mkdir()
    first = dt.date(2013, 1, 1)
    for number in range(90):
        (days / f"{first + dt.timedelta(days=number)}.csv").write_text("a\n1\n")
    return days

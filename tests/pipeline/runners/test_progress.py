"""One line for each stage: live on a terminal, plain otherwise; the output of libraries goes to a file."""

import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.lineage.mlmd import ERROR
from pipeline.runners.progress import Progress
from pipeline.runners.stage_end import broken_off

NOTE = "auc of overall is 0.5000, needed >= 0.58; " * 10
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    return Terminal()


def show(stream: io.StringIO, state: str = "done", note: str = "") -> str:
    with Progress(stream).stage("Trainer") as ended:
        ended(state, note)
    return stream.getvalue()


@pytest.mark.parametrize("state", ["done", "cached", "closed", "failed", "skipped"])
def test_a_stage_that_ended_is_one_line_with_its_time_state_and_note(state: str):
    line = show(io.StringIO(), state, "46 days")
    assert re.fullmatch(rf"  Trainer +\d+\.\d s  {state} +46 days\n", line)


def test_without_a_terminal_there_are_no_control_characters_and_no_spinner():
    stream = io.StringIO()
    with Progress(stream).stage("Trainer") as ended:
        assert stream.getvalue() == ""
        ended("done", "")
    assert "\x1b" not in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_a_long_note_stays_one_whole_line_in_a_file():
    written = show(io.StringIO(), "closed", NOTE.strip())
    assert written.count("\n") == 1
    assert written.endswith(f"{NOTE.strip()}\n")


def test_brackets_in_a_note_are_text_and_no_markup():
    assert "[red]x[/red] [/]" in show(io.StringIO(), "closed", "[red]x[/red] [/]")


def test_a_terminal_shows_the_stage_while_it_runs(terminal: Terminal):
    with Progress(terminal).stage("Trainer") as ended:
        assert re.search(r"Trainer 0:00:0\d", CONTROL.sub("", terminal.getvalue()))
        ended("done", "")


def test_a_long_note_is_cut_to_the_width_of_the_terminal(terminal: Terminal):
    last = CONTROL.sub("", show(terminal, "closed", NOTE)).rstrip("\n").splitlines()[-1].lstrip("\r")
    assert len(last) <= 80
    assert last.endswith("…")


def test_a_stage_that_says_nothing_about_its_end_has_failed():
    stream = io.StringIO()
    with Progress(stream).stage("Trainer"):
        pass
    assert " failed" in stream.getvalue()


@pytest.mark.parametrize(("fault", "state"), [(KeyboardInterrupt, "interrupted"), (KeyError, "failed")])
def test_a_stage_that_an_error_ends_is_a_line_too(fault: type[BaseException], state: str):
    stream = io.StringIO()
    with pytest.raises(fault), Progress(stream).stage("Trainer"):
        raise fault
    assert re.fullmatch(rf"  Trainer +\d+\.\d s  {state} *\n", stream.getvalue())


def test_what_is_said_is_printed_as_it_is():
    stream = io.StringIO()
    Progress(stream).say("window  2013-01-31 … [60 days]")
    assert stream.getvalue() == "window  2013-01-31 … [60 days]\n"


NOISY = """
import os, sys
from pathlib import Path
from pipeline.runners.progress import noise_to
print("before")
try:
    with noise_to(Path(sys.argv[1])) as terminal:
        print("python out")
        print("python err", file=sys.stderr)
        os.write(1, b"C++ out\\n")
        os.system("echo child out; echo child err >&2")
        print("shown", file=terminal)
        if sys.argv[2] == "raise":
            raise KeyError("fault")
except KeyError:
    print("raised")
print("after")
print("after err", file=sys.stderr)
"""


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-16"])
def test_what_the_terminal_cannot_show_is_escaped(tmp_path: Path, encoding: str):
    program = (
        "import sys; from pathlib import Path\n"
        "from pipeline.runners.progress import Progress, noise_to\n"
        "with noise_to(Path(sys.argv[1])) as terminal:\n"
        "    Progress(terminal).say('日 … ' + chr(0xdcff))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "run.log")],
        capture_output=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    escaped = "日 … \\udcff" if encoding == "utf-16" else "\\u65e5 \\u2026 \\udcff"
    assert done.stdout.decode(encoding) == f"{escaped}\n"


FULL = """
import sys
from pathlib import Path
from pipeline.runners.progress import noise_to
try:
    with noise_to(Path("/dev/full")):
        sys.stdout.write("noise")
        raise KeyError("fault")
except KeyError:
    print("raised")
"""


def test_noise_that_a_full_disk_does_not_take_is_not_shown_later():
    done = subprocess.run(
        [sys.executable, "-c", FULL],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    assert (done.stdout, done.stderr) == ("raised\n", "")


@pytest.mark.parametrize(("end", "shown"), [("return", []), ("raise", ["raised"])])
def test_noise_goes_to_the_log_and_only_the_terminal_stream_is_shown(
    tmp_path: Path, end: str, shown: list[str]
):
    log = tmp_path / "run.log"
    log.write_text("earlier\n")
    done = subprocess.run(
        [sys.executable, "-c", NOISY, str(log), end],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONUNBUFFERED": ""},
    )
    assert done.stdout.splitlines() == ["before", "shown", *shown, "after"]
    assert done.stderr.splitlines() == ["after err"]
    logged = log.read_text().splitlines()
    assert logged[0] == "earlier"
    assert sorted(logged[1:]) == ["C++ out", "child err", "child out", "python err", "python out"]


def test_a_run_whose_reader_went_away_records_that(monkeypatch: pytest.MonkeyPatch):
    """As of `evergreen run | head -1`; rich answers a broken pipe by ending the process."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", buffering=1) as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        with pytest.raises(SystemExit) as end:
            Progress(stream).say("a stage")
    assert broken_off(end.value)[ERROR] == "whoever read its output went away"
    assert broken_off(SystemExit(1))[ERROR] == "SystemExit: 1"

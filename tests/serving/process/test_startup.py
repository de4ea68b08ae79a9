"""The start of a process: the collector pauses and works again, hidden packages are found again."""

import gc
import signal
import subprocess
import sys
import time

import pytest

from serving.process.startup import gc_paused, hidden_imports

HELD_BACK = """
import os, subprocess, sys, threading, time
from serving.process.startup import held_back_stderr

def write(text):
    print("python", text, file=sys.stderr)
    os.write(2, f"native {text}\\n".encode())
    subprocess.run(["sh", "-c", f"echo child {text} >&2"])

"""
WRITTEN = "python {0}\nnative {0}\nchild {0}\n"


def test_nothing_is_collected_during_imports_and_what_is_there_is_not_looked_at_again():
    before = gc.get_freeze_count()
    with gc_paused():
        assert not gc.isenabled()
        kept = [[] for _ in range(1000)]
    assert gc.isenabled()
    assert gc.get_freeze_count() >= before + len(kept)
    gc.unfreeze()


def test_the_collector_works_again_after_a_failure():
    with pytest.raises(ImportError), gc_paused():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()


def test_a_hidden_package_cannot_be_imported_until_the_end():
    sys.modules.pop("wave", None)
    with hidden_imports("wave"), pytest.raises(ImportError):
        import wave
    import wave

    assert wave.open


def test_what_was_imported_before_stays():
    import json

    with hidden_imports("json"):
        assert sys.modules["json"] is json
    assert sys.modules["json"] is json


def test_a_hidden_package_can_be_imported_after_a_failure():
    sys.modules.pop("wave", None)
    with pytest.raises(RuntimeError), hidden_imports("wave"):
        raise RuntimeError
    assert "wave" not in sys.modules


def held_back(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", HELD_BACK + program], capture_output=True, text=True)


def test_what_an_import_writes_to_stderr_is_not_seen_and_what_is_written_later_is():
    """By the process itself, by a process that it starts, and by a thread of the import's."""
    done = held_back(
        "imported = threading.Event()\n"
        "def late():\n"
        "    imported.wait()\n"
        "    write('thread')\n"
        "thread = threading.Thread(target=late)\n"
        "with held_back_stderr():\n"
        "    write('import')\n"
        "    sys.stderr.write('no end of line')\n"
        "    thread.start()\n"
        "write('after')\n"
        "imported.set()\n"
        "thread.join()\n"
    )
    assert (done.returncode, done.stderr) == (0, WRITTEN.format("after") + WRITTEN.format("thread"))


def test_neither_a_process_nor_a_descriptor_is_left_of_a_silent_import():
    done = held_back(
        "def descriptors():\n"
        "    return os.listdir('/proc/self/fd'), os.readlink('/proc/self/fd/2')\n"
        "before = descriptors()\n"
        "with held_back_stderr():\n"
        "    write('import')\n"
        "assert descriptors() == before\n"
        "try:\n"
        "    os.waitpid(-1, os.WNOHANG)\n"
        "except ChildProcessError:\n"
        "    print('alone')\n"
    )
    assert (done.stdout, done.stderr) == ("alone\n", "")


def test_what_a_failed_import_has_written_stands_above_its_traceback():
    done = held_back("with held_back_stderr():\n    write('import')\n    import no_such_module\n")
    assert done.returncode == 1
    assert done.stderr.startswith(WRITTEN.format("import") + "Traceback")
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'no_such_module'\n")


def test_a_failed_import_does_not_wait_for_a_process_that_it_started():
    started = time.monotonic()
    done = held_back(
        "with held_back_stderr():\n"
        "    subprocess.Popen(['sleep', '60'], stdout=subprocess.DEVNULL)\n"
        "    import no_such_module\n"
    )
    assert time.monotonic() - started < 50
    assert done.stderr.endswith("ModuleNotFoundError: No module named 'no_such_module'\n")


def test_a_process_whose_stderr_is_closed_starts():
    program = f"{HELD_BACK}with held_back_stderr():\n    import json\nprint('started')\n"
    closed = ["bash", "-c", '"$@" 2>&-', "bash", sys.executable, "-c", program]
    assert subprocess.run(closed, stdout=subprocess.PIPE, text=True, check=True).stdout == "started\n"


def test_without_the_program_that_holds_nothing_is_held_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    done = held_back("with held_back_stderr():\n    sys.stderr.write('import')\n")
    assert (done.returncode, done.stderr) == (0, "import")


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGKILL])
def test_what_was_written_before_a_crash_is_seen(number: signal.Signals):
    done = held_back(f"with held_back_stderr():\n    write('import')\n    os.kill(os.getpid(), {number:d})\n")
    assert (done.returncode, done.stderr) == (-number, WRITTEN.format("import"))

"""Shortens the start of a process that imports TensorFlow, TFX and Beam."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator

# Packages that a run's libraries import where they are installed, and work without: Keras the first two (to
# draw models and to act as a scikit-learn estimator), TFMA's text metrics the third, through portalocker.
OPTIONAL_IMPORTS = ("matplotlib", "sklearn", "redis")


@contextlib.contextmanager
def gc_paused() -> Iterator[None]:
    """Pauses the garbage collector, and then exempts every object that exists from collection.

    For large imports: they create no garbage, yet searching them for some takes a large part of the time that
    importing TensorFlow, TFX and Beam takes.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


@contextlib.contextmanager
def hidden_imports(*names: str) -> Iterator[None]:
    """Makes imports of the named packages fail; those already imported stay importable."""
    missing = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type]  # None makes an import fail
    try:
        yield
    finally:
        for name in missing:
            del sys.modules[name]


@contextlib.contextmanager
def held_back_stderr() -> Iterator[None]:
    """Drops what Python and C++ write to file descriptor 2; shows it if the block fails or this process dies.

    For importing TensorFlow: since 2.21 it logs a few lines before it looks at any setting.
    """
    holder = _start_holder()
    if holder is None:
        yield
        return
    sys.stderr.flush()
    terminal = os.dup(2)
    failed = True
    with holder:
        assert holder.stdin
        os.dup2(holder.stdin.fileno(), 2)
        try:
            yield
            failed = False
        finally:
            sys.stderr.flush()
            os.dup2(terminal, 2)
            os.close(terminal)
            if failed:
                _wait_for(holder)
            else:
                holder.kill()


def _start_holder() -> subprocess.Popen[bytes] | None:
    """Returns a process that writes what it read when its pipe ends, which it also does when this one dies.

    Returns None where stderr is closed or the program is missing: then nothing is held back.
    """
    if sys.stderr is None:
        return None
    try:
        command = ["tail", "-n", "1000"]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=2, start_new_session=True)
    except OSError:
        return None


def _wait_for(holder: subprocess.Popen[bytes]) -> None:
    """Lets the holder write; its pipe does not end while a process that the import started still has it."""
    assert holder.stdin
    holder.stdin.close()
    try:
        holder.wait(timeout=2)
    except subprocess.TimeoutExpired:
        holder.kill()


def prepare_tensorflow_without_keras() -> None:
    """Makes a later `import tensorflow` in this process skip Keras, and silent but for its first lines.

    Call it before TensorFlow or gRPC is imported; later it has no effect. Only for a process that serves
    models: Keras cannot be imported in it afterwards.

    TensorFlow imports Keras last, and Keras imports matplotlib, pandas, IPython and scikit-learn where they
    are installed, and that takes about as long as all the rest. The session loader needs none of it, and
    TensorFlow tolerates that its import of Keras fails. Should a later TensorFlow insist on Keras, its import
    fails when the server starts: then delete the last line.
    """
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    os.environ["GRPC_VERBOSITY"] = "NONE"
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", category=FutureWarning, module=r"google\.api_core")
    sys.modules.setdefault("keras", None)  # type: ignore[arg-type]  # None makes the import fail

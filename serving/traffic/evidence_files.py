"""The file in which this server keeps its evidence of a rollout."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from pathlib import Path

from serving.rollout import evidence as evidence_file
from serving.rollout.evidence import FOLDER, Evidence, EvidenceError, folder_of

log = logging.getLogger(__name__)


class EvidenceFiles:
    """Reads and writes the evidence of one server.

    Its files bear the first name of this machine that no other running server holds, as HOST-0. So a server
    that is started again goes on where it was, two of them never share a file, and the evidence of those that
    are gone is still summed.
    """

    def __init__(self, models: Path) -> None:
        """Takes the folder of the numbered version folders; nothing is written there before a rollout."""
        self._models = models
        self._name = ""
        self._lock = -1  # descriptor that holds the name until the process ends
        self._trouble = ""

    def read(self, rollout: str) -> Evidence:
        """Returns what this server saw of a rollout, and whether any server turned it back."""
        try:
            self._claim()
            folder = folder_of(self._models, rollout)
            own = evidence_file.read(folder, self._name)
            return Evidence(own.stages, (), evidence_file.read_all(folder).turned_back)
        except (OSError, EvidenceError) as error:
            self._say(f"the evidence of a rollout cannot be read, it begins anew: {error}")
            return Evidence()

    def write(self, rollout: str, evidence: Evidence) -> None:
        """Writes what this server saw of a rollout; where it cannot, that is said, and it goes on without."""
        try:
            self._claim()
            evidence_file.write(folder_of(self._models, rollout), self._name, evidence)
            self._trouble = ""
        except OSError as error:
            self._say(f"the evidence of a rollout cannot be written, a restart would lose it: {error}")

    def close(self) -> None:
        """Gives the name to the next server."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def _say(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            log.error("%s", text)

    def _claim(self) -> None:
        if self._lock >= 0:
            return
        (self._models / FOLDER).mkdir(exist_ok=True)
        host, number = socket.gethostname().replace("/", "_"), 0
        while True:
            name = f"{host}-{number}"
            lock = os.open(
                self._models / FOLDER / f".{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644
            )
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                number += 1
                continue
            except BaseException:
                os.close(lock)
                raise
            self._name, self._lock = name, lock
            return

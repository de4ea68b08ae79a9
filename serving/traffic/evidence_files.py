"""The file in which this server keeps its evidence of a rollout."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
from pathlib import Path

from serving.rollout import evidence as evidence_file
from serving.rollout.evidence import FOLDER, Evidence, EvidenceError, folder_of
from serving.rollout.plan import RolloutPlan

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

    def read(self, plan: RolloutPlan) -> Evidence:
        """Returns what this server saw of a rollout, and whether any server turned it back.

        A file that holds no evidence of this plan is said, and the others are read all the same.
        """
        folder, own, all_known = folder_of(self._models, plan.id), Evidence(), Evidence()
        try:
            self._claim()
            names = evidence_file.writers(folder)
        except OSError as error:
            self._say(f"the evidence of a rollout cannot be read, it begins anew: {error}")
            return own
        for name in names:
            try:
                known = evidence_file.read(folder, name, len(plan.stages))
            except EvidenceError as error:
                how = "it begins anew" if name == self._name else "it goes on without; move it away"
                self._say(f"the evidence of a rollout cannot be read, {how}: {error}")
                continue
            all_known += known
            if name == self._name:
                own = known
        return Evidence(own.stages, (), all_known.turned_back)

    def write(self, rollout: str, evidence: Evidence) -> bool:
        """Writes what this server saw of a rollout.

        Returns:
          Whether it is on disk; where it cannot be written, that is said once, and the caller tries again.
        """
        try:
            self._claim()
            evidence_file.write(folder_of(self._models, rollout), self._name, evidence)
        except OSError as error:
            self._say(f"the evidence of a rollout cannot be written, a restart would lose it: {error}")
            return False
        self._trouble = ""
        return True

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
        """Takes a name, unless this server holds one; the lock of a folder that was removed holds none."""
        if self._lock >= 0 and _is_at(self._lock, self._lock_path(self._name)):
            return
        self.close()
        (self._models / FOLDER).mkdir(exist_ok=True)
        host, number = socket.gethostname().replace("/", "_"), 0
        while True:
            name = f"{host}-{number}"
            lock = os.open(self._lock_path(name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(lock)
                number += 1
                continue
            except BaseException:
                os.close(lock)
                raise
            if not _is_at(lock, self._lock_path(name)):  # removed in between
                os.close(lock)
                continue
            self._name, self._lock = name, lock
            return

    def _lock_path(self, name: str) -> Path:
        return self._models / FOLDER / f".{name}.lock"


def _is_at(descriptor: int, path: Path) -> bool:
    """Returns whether an open file still is the one at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False

"""Message: what people are told of one run, as a value that every notifier puts into its own form."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal, get_args

Kind = Literal["run-finished", "run-warned", "run-stopped", "run-failed", "test"]
Severity = Literal["info", "warning", "error"]

KINDS: tuple[Kind, ...] = get_args(Kind)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the lowest first


@dataclasses.dataclass(frozen=True)
class Message:
    """What people are told.

    Attributes:
      kind: what happened: a run finished; finished with warnings, such as drift; was stopped by a gate;
        failed; or a person tries the notifiers out.
      severity: info, warning or error.
      title: one line.
      text: sentences, one a line.
      details: name to value, both one line: run, window, version released.
      log: address of a web page or path of a file that says more; empty if there is none.
    """

    kind: Kind
    severity: Severity
    title: str
    text: str
    details: Mapping[str, str] = dataclasses.field(default_factory=dict)
    log: str = ""

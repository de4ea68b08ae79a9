"""Faults that are planted into a copy of infra/terraform, and what the rules say of its plan."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from tests.infra import plan_faults
from tests.infra.terraform_plans import CONNECTED, Workspace

# File, what is replaced (a pattern), by what, and what is said of it.
Fault = tuple[str, str, str, str]
END = r"\Z"
GRANT = """
resource "google_%(kind)s_iam_member" "%(name)s" {
  %(place)s
  role   = "%(role)s"
  member = "%(member)s"
}
"""


def sentences(folder: Path, faults: Iterable[Fault], environment: str) -> list[str]:
    """What the rules find in an environment's plan when all faults are in one copy: a plan takes seconds."""
    copy = Workspace(folder)
    for file, pattern, planted, _ in faults:
        path = copy.folder / file
        before = path.read_text()
        place = re.search(pattern, before, re.DOTALL)
        assert place, (file, pattern)
        path.write_text(before[: place.start()] + planted + before[place.end() :])
    copy.keep_run(CONNECTED)
    code, planned, printed = copy.test(environment)
    assert code == 0, printed[-3000:]
    return list(plan_faults.in_plan(planned[CONNECTED], environment))

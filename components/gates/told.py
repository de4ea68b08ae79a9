"""One line for each verdict, in the log of the step that made it.

Vertex AI counts a job in which a gate said no as succeeded. Alert policies find the stop by this line
(infra/terraform/modules/observability), so its words are an interface. It is JSON, which some of Google's log
agents take apart and others keep as text: `message` holds the words in both cases.
"""

from __future__ import annotations

import json

from components.gates.verdict import Verdict

LONGEST_REASON = 2_000  # an entry of Cloud Logging has 256 KB; a mail is read on a telephone


def line_of(verdict: Verdict) -> str:
    """Returns a verdict as JSON; `message` begins with `evergreen gate-open` or `evergreen gate-closed`."""
    answer = "open" if verdict.passed else "closed"
    reason = " ".join(verdict.reason.split())[:LONGEST_REASON]
    return json.dumps(
        {
            "severity": "INFO" if verdict.passed else "WARNING",
            "message": f"evergreen gate-{answer} {verdict.gate}: {reason}",
            "gate": verdict.gate,
            "passed": verdict.passed,
        }
    )

"""Whether an image may be released, by what scanning found in it: decided on plain values."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence


@dataclasses.dataclass(frozen=True)
class Finding:
    """A vulnerability that a scan found.

    Attributes:
      id: such as CVE-2026-1234.
      severity: as Artifact Analysis names it: CRITICAL, HIGH, and less.
      fixed: whether a version without it exists.
    """

    id: str
    severity: str
    fixed: bool


def why_closed(scans: Sequence[str], findings: Sequence[Finding]) -> str | None:
    """Returns why an image is not released; None if it is.

    A critical finding that nobody has fixed yet does not close: waiting for it would hold back other fixes.

    Args:
      scans: status of each scan of the image; without one that ended well nothing is known of it.
      findings: of all scans.
    """
    if "FINISHED_SUCCESS" not in scans:
        return f"no scan of it has ended well ({', '.join(scans) or 'none was made'})"
    closing = sorted({finding.id for finding in findings if finding.severity == "CRITICAL" and finding.fixed})
    if not closing:
        return None
    more = f" and {len(closing) - 5} more" if len(closing) > 5 else ""
    return (
        f"critical, and fixed in a newer version: {', '.join(closing[:5])}{more}; update the base or the lock"
    )

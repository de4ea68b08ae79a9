"""An image is released when a scan ended well and found nothing critical that is fixed elsewhere."""

from __future__ import annotations

import pytest

from infra.promotion.scan_rule import Finding, why_closed

GOOD = ("FINISHED_SUCCESS",)


def critical(number: int) -> Finding:
    return Finding(f"CVE-{number}", "CRITICAL", fixed=True)


@pytest.mark.parametrize(
    ("scans", "findings", "why"),
    [
        (GOOD, (), None),
        (("SCANNING", *GOOD), (), None),
        (GOOD, (Finding("CVE-1", "HIGH", fixed=True), Finding("CVE-2", "CRITICAL", fixed=False)), None),
        ((), (), "no scan of it has ended well (none was made)"),
        (("SCANNING",), (), "no scan of it has ended well (SCANNING)"),
        (GOOD, (critical(1),), "critical, and fixed in a newer version: CVE-1; update"),
        (GOOD, tuple(critical(n) for n in range(5)), "CVE-3, CVE-4; update"),
        (GOOD, tuple(critical(n) for n in range(6)), "CVE-4 and 1 more; update"),
        (("FINISHED_FAILED",), (critical(1),), "no scan of it has ended well (FINISHED_FAILED)"),
    ],
)
def test_an_image_is_released_for_nothing_less(
    scans: tuple[str, ...], findings: tuple[Finding, ...], why: str | None
) -> None:
    """An image of which nothing is known stays closed."""
    found = why_closed(scans, findings)
    assert (found is None) == (why is None)
    assert (why or "") in (found or "")

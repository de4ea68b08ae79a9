"""Records of requests, as the predictor tells of them."""

from typing import Any

import numpy as np

from serving.traffic.record import RequestRecord

MIDNIGHT = 1_772_323_200.0  # 2026-03-01 in UTC


def record(**changes: Any) -> RequestRecord:
    """Returns a request of two rows that was answered, changed by `changes`."""
    usual = RequestRecord(
        at_s=MIDNIGHT,
        version=3,
        variant="champion",
        signature_name="serving_default",
        status=200,
        code="OK",
        seconds=0.0005,
        rows=2,
        key="",
        inputs={
            "hour": np.array([7, -(2**63)]),
            "temp": np.array([0.1, np.nan], np.float32),
            "carrier": np.array([b"UA", b""], object),
        },
        outputs={"probability": np.array([[0.25], [np.inf]], np.float32)},
        error="",
    )
    return usual._replace(**changes)

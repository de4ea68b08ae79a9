"""Names of the data gate's checks on days, columns and windows: in verdicts, configuration and overrides.

In `data_gate.checks` a name is written with underscores. Pure Python.
"""

from __future__ import annotations

FEW_ROWS = "few rows"
ONE_CLASS = "one class"
DUPLICATES = "duplicate rows"
OTHER_DAYS = "rows of another day"
SAME_CONTENT = "same content"
REFUSED = "refused rows"
ON_DAYS = (FEW_ROWS, ONE_CLASS, DUPLICATES, OTHER_DAYS, SAME_CONTENT, REFUSED)

FUTURE = "future day"
STALE = "stale data"
ON_CALENDAR = (FUTURE, STALE)

NULLS = "null share"
COMMONEST = "commonest value"
CROSS = "cross"
UNSEEN = "unseen values"
UNSEEN_NUMBERS = "unseen numbers"
MEDIAN = "median"
DISTRIBUTION = "distribution"
ON_COLUMNS = (NULLS, COMMONEST, CROSS, UNSEEN, UNSEEN_NUMBERS, MEDIAN, DISTRIBUTION)  # the plainest first

DRIFT = "drift"
LABEL_DRIFT = "label drift"
SKEW = "skew"
BESIDE_BASELINE = (DRIFT, LABEL_DRIFT, SKEW)

ALL = (*ON_DAYS, *ON_CALENDAR, *ON_COLUMNS, *BESIDE_BASELINE)
